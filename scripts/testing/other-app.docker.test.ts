import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout, type Outcome } from './checkout.ts';
import { errorOf, releaseOf } from './expectations.ts';
import { shortRequests, twoTasks } from './quick-settings.ts';

/** A plain Node app in the place of the bundled one, by one setting and its manifest. The tests build on each other in order. */
const instance = `t${process.pid}-other`;

const checksOf = ({ json }: Outcome) => json['checks'] as { name: string; passed: boolean; detail: string }[];
const notCheckedOf = ({ json }: Outcome) => json['notChecked'] as { name: string; why: string }[];

describe('another app on the stack', () => {
  let checkout: Checkout;

  beforeAll(async () => {
    checkout = await createCheckout(instance);
    cpSync(join(import.meta.dirname, 'plain-app'), join(checkout.directory, 'plain-app'), { recursive: true });
    await checkout.configure('staging', { appDirectory: 'plain-app', ...shortRequests, ...twoTasks });
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it('comes up, verified by its own smoke test', async () => {
    const up = await checkout.stack('up', 'staging');
    expect(releaseOf(up).version).toMatch(/^2\.0\.0-[0-9a-f]{12}$/);
    expect(await (await fetch(`${up.json['url']}/greeting`)).json()).toEqual({ greeting: 'hello' });
  });

  it('writes to /tmp and to the folders of its manifest, and to no other', async () => {
    const { json } = await checkout.stack('verify', 'staging');
    const writes = await (await fetch(`${json['url']}/writes`)).json();
    expect(writes).toEqual({ '/tmp': 'written', '/app/uploads': 'written', '/app': 'EROFS' });
  });

  it('keeps the contract, as it is run through all of it, and so does its earlier release', async () => {
    await checkout.edit('plain-app/dist/main.js', (text) => text.replace("'draining'", "'draining, then closing'"));
    const verified = await checkout.stack('verify', 'staging', '--contract');
    expect(verified.exitCode, verified.talk).toBe(0);
    expect(checksOf(verified).filter(({ passed }) => !passed)).toEqual([]);
    expect(checksOf(verified)).toContainEqual({
      name: 'an earlier release runs on the schema of this one',
      passed: true,
      detail: expect.stringMatching(/^2\.0\.0-[0-9a-f]{12} ran its release command and got ready$/),
    });
    expect(notCheckedOf(verified).map(({ name }) => name)).toEqual(['keeps its promises about the database']);
  });

  it('is checked as far as possible when it does not start', async () => {
    await checkout.edit('plain-app/dist/main.js', (text) =>
      text
        .replace("log('info', `serving", "console.log('not JSON') ?? log('info', `serving")
        .replace('[stopping ? 503 : 200', '[500'),
    );
    // Its tasks fail after the sum of these, and three failures are enough.
    const soon = { slowestBootSeconds: '5', toleratedOutageSeconds: '10', apiDesiredCount: '4' };
    await checkout.configure('staging', soon);
    const broken = errorOf(await checkout.stack('verify', 'staging', '--contract'));
    expect(broken).toMatchObject({ code: 'CONTRACT_NOT_KEPT' });
    const lines = `${broken.details}`.split('\n');
    const failed = lines.flatMap((line) => /^✗ (.+?): /.exec(line)?.[1] ?? []);
    expect(failed).toEqual(['migrates, starts and gets ready', 'GET /ready is 200', 'logs JSON lines']);
    expect(lines).toContain('✓ GET /health is 200: GET /health gave 200');
    expect(lines).toContainEqual(
      expect.stringMatching(/^– loses no request .* not checked, because the release does not start.* exit code 0, /),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^– an earlier release .* not checked, because this one did not start/),
    );
  });
});
