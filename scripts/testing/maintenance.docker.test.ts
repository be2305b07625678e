import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { answeringVersion, errorOf, releaseOf } from './expectations.ts';

const message = `It's a "move" of <b>data</b>, 100% \\ $HOME`;

describe('maintenance on this machine', () => {
  let checkout: Checkout;
  let url: string;
  // Each on a connection of its own, as another client has it.
  const ask = (accept?: string) =>
    fetch(`${url}/version`, { headers: { connection: 'close', ...(accept === undefined ? {} : { accept }) } });

  beforeAll(async () => {
    checkout = await createCheckout(`t${process.pid}-maintenance`);
    await checkout.configure('staging', { apiDesiredCount: '1', worker: 'off' });
    const up = await checkout.stack('up', 'staging');
    releaseOf(up);
    url = `${up.json['url']}`;
    const on = await checkout.stack('maintenance', 'on', 'staging', '--message', message, '--retry-after', '2m');
    expect(on.json).toMatchObject({ state: 'on', changed: true, maintenance: { message, retryAfterSeconds: 120 } });
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it('is a page for people', async () => {
    const response = await ask('text/html,*/*;q=0.8');
    expect(response.headers.get('retry-after')).toBe('120');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toContain(
      '<p>It&#39;s a &quot;move&quot; of &lt;b&gt;data&lt;/b&gt;, 100% \\ $HOME</p>',
    );
  });

  it.each([undefined, 'application/json', '*/*'])('is a problem for a program that asks for %s', async (accept) => {
    const response = await ask(accept);
    expect([response.status, response.headers.get('content-type')]).toEqual([503, 'application/problem+json']);
    expect(response.headers.get('retry-after')).toBe('120');
    expect(await response.json()).toMatchObject({ status: 503, detail: message, retryAfterSeconds: 120 });
  });

  it('leaves the tasks as they were: they are checked, and healthy', async () => {
    const { json } = await checkout.stack('status', 'staging');
    expect(json).toMatchObject({
      problems: [],
      maintenance: { value: { recorded: { message }, shown: true } },
      runs: { value: { processes: [{ name: 'api', healthy: 1 }] } },
    });
    expect(errorOf(await checkout.stack('verify', 'staging')).code).toBe('MAINTENANCE_ON');
  });

  it('stays through an up that changes the load balancer, which does not call its release verified', async () => {
    await checkout.configure('staging', { albIdleTimeoutSeconds: '70' });
    const { version } = releaseOf(await checkout.stack('up', 'staging'));
    expect((await ask()).status).toBe(503);
    const { json } = await checkout.stack('history', 'staging');
    expect(json).toMatchObject({
      maintenance: { message },
      rows: [{ version, outcome: 'unverified', reason: 'maintenance is on' }, { outcome: 'good' }],
    });
  });

  it('ends, and what runs can be verified', async () => {
    expect((await checkout.stack('maintenance', 'off', 'staging')).json).toMatchObject({ changed: true });
    expect((await ask()).status).toBe(200);
    const verified = await checkout.stack('verify', 'staging');
    expect([verified.exitCode, await answeringVersion(url)]).toEqual([0, verified.json['version']]);
    expect((await checkout.stack('drift', 'staging')).json).toMatchObject({ drift: [] });
  });
});
