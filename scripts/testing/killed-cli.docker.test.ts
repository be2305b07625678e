import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { answeringVersion, releaseOf } from './expectations.ts';

/**
 * SIGKILL at ten moments, spread over commands that change something: whatever is half done, the next command finishes
 * or undoes it, and ledger and platform agree at the end.
 */
const instance = `t${process.pid}-killed`;
const moments = {
  up: [0.8, 2.5, 4.5, 7],
  promote: [1.5, 3.5, 6],
  rollback: [1.2, 2.8, 5],
};

describe('a command that is killed', () => {
  let checkout: Checkout;
  let minor = 1;

  const nextRelease = async () => {
    await checkout.edit('app/package.json', (text) =>
      text.replace(/"version": "[^"]+"/, `"version": "0.${++minor}.0"`),
    );
    await checkout.commit(`0.${minor}.0`);
  };
  const killed = async (seconds: number, ...args: string[]) => {
    const started = checkout.start(...args);
    await after(seconds * 1000);
    started.kill('SIGKILL');
    return await started.finished;
  };
  const expectAgreement = async (environment: string, version: string) => {
    const { exitCode, json } = await checkout.stack('history', environment);
    expect(exitCode).toBe(0);
    expect(json['disagreement'] ?? null).toBeNull();
    const running = (json['rows'] as { version: string; running: boolean }[]).find((row) => row.running);
    expect(running?.version).toBe(version);
    expect((json['rows'] as { outcome: string }[]).filter((row) => row.outcome === 'started')).toEqual([]);
  };

  beforeAll(async () => {
    checkout = await createCheckout(instance);
    // The API alone: what is killed is the command, and forty of them take long enough.
    for (const environment of ['staging', 'prod']) {
      await checkout.configure(environment, { worker: 'off', valkey: 'off' });
    }
    releaseOf(await checkout.stack('up', 'staging'));
    releaseOf(await checkout.stack('promote', '--yes'));
  });
  afterAll(async () => {
    await checkout.stack('down', 'prod');
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it.each(moments.up)('up, after %d s: the next up finishes it', async (seconds) => {
    await nextRelease();
    await killed(seconds, 'up', 'staging');
    const next = await checkout.stack('up', 'staging');
    const { version } = releaseOf(next);
    expect(await answeringVersion(`${next.json['url']}`)).toBe(version);
    await expectAgreement('staging', version);
  });

  it.each(moments.promote)('promote, after %d s: the next one finishes it', async (seconds) => {
    await nextRelease();
    const { version } = releaseOf(await checkout.stack('up', 'staging'));
    await killed(seconds, 'promote', '--yes');
    const next = await checkout.stack('up', 'prod');
    expect(next.exitCode).toBe(0);
    const again = await checkout.stack('promote', '--yes');
    const done = again.exitCode === 0 || (again.json['error'] as { code: string }).code === 'ALREADY_RUNNING';
    expect({ done, again }).toMatchObject({ done: true });
    expect(await answeringVersion(`${next.json['url']}`)).toBe(version);
    await expectAgreement('prod', version);
  });

  it.each(moments.rollback)('rollback, after %d s: the same rollback again finishes it', async (seconds) => {
    const { json } = await checkout.stack('history', 'prod');
    const rows = json['rows'] as { version: string; outcome: string; running: boolean }[];
    const current = rows.find((row) => row.running)?.version;
    const target = rows.find((row) => row.outcome === 'good' && row.version !== current)?.version ?? '';
    await killed(seconds, 'rollback', 'prod', '--to', target, '--yes');
    const again = await checkout.stack('rollback', 'prod', '--to', target, '--yes');
    const settled = again.exitCode === 0 ? again : await checkout.stack('up', 'prod');
    expect(settled.exitCode).toBe(0);
    expect(await answeringVersion(`${settled.json['url']}`)).toBe(target);
    await expectAgreement('prod', target);
  });
});
