import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout, type Outcome } from './checkout.ts';
import { errorOf, releaseOf } from './expectations.ts';

/** A plain Node app in the place of the bundled one, by one setting and its manifest. The tests build on each other in order. */
const instance = `t${process.pid}-other`;

const checksOf = ({ json }: Outcome) => json['checks'] as { name: string; passed: boolean; detail: string }[];

describe('another app on the stack', () => {
  let checkout: Checkout;

  beforeAll(async () => {
    checkout = await createCheckout(instance);
    cpSync(join(import.meta.dirname, 'plain-app'), join(checkout.directory, 'plain-app'), { recursive: true });
    await checkout.configure('staging', { appDirectory: 'plain-app' });
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

  it('keeps the contract, as it is run through all of it', async () => {
    const verified = await checkout.stack('verify', 'staging', '--contract');
    expect(verified.exitCode, verified.talk).toBe(0);
    expect(checksOf(verified).filter(({ passed }) => !passed)).toEqual([]);
    expect(checksOf(verified).length).toBeGreaterThanOrEqual(11);
  });

  it('is found out when it breaks the contract: each promise by its name', async () => {
    await checkout.edit('plain-app/dist/main.js', (text) =>
      text
        .replace("log('info', `serving", "console.log('not JSON') ?? log('info', `serving")
        .replace("process.on('SIGTERM'", "process.on('SIGTERM', () => process.exit(0));\nprocess.on('SIGUSR2'"),
    );
    const broken = errorOf(await checkout.stack('verify', 'staging', '--contract'));
    expect(broken).toMatchObject({ code: 'CONTRACT_NOT_KEPT' });
    expect(broken.message).toContain('logs JSON lines');
    expect(broken.message).toContain('loses no request when it is stopped under load');
    expect(broken.message).not.toContain('GET /health');
  });
});
