import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { answeringVersion, releaseOf } from './expectations.ts';
import { oneTask } from './quick-settings.ts';

/**
 * SIGKILL at ten moments, spread over commands that change something: whatever is half done, the next command finishes
 * or undoes it, and ledger and platform agree at the end. A moment is what the command says, not a time, so that a slow
 * machine kills at the same point as a fast one. The app is a plain one: what is killed is the command.
 */
const instance = `t${process.pid}-killed`;
const moments = {
  up: [
    ['builds', /Build the image of/],
    ['runs the migrations', /migrating slowly/],
    ['starts new tasks', /older still serving/],
    ['verifies', /Verify \S+ at/],
  ],
  promote: [
    ['looks for the release', /Find the release verified on/],
    ['starts new tasks', /older still serving/],
    ['verifies', /Verify \S+ at/],
  ],
  rollback: [
    ['looks for the release', /Find the release to roll/],
    ['starts new tasks', /older still serving/],
    ['moves the traffic', /Wait until only the new tasks get requests/],
  ],
} as const;

/** Long enough to be killed in the middle. */
const slowMigration = `console.log('migrating slowly');
setTimeout(() => console.log('migrated'), 1_000);
`;

describe('a command that is killed', () => {
  let checkout: Checkout;
  let minor = 0;

  const nextRelease = async (migration?: string) => {
    await checkout.edit('plain-app/package.json', (text) =>
      text.replace(/"version": "[^"]+"/, `"version": "2.${++minor}.0"`),
    );
    if (migration !== undefined) await checkout.write('plain-app/dist/migrate.js', migration);
    await checkout.commit(`2.${minor}.0`);
  };
  const killedWhenItSays = async (moment: RegExp, ...args: string[]) => {
    const started = checkout.start(...args);
    await started.says(moment);
    started.kill('SIGKILL');
    const { exitCode } = await started.finished;
    expect(exitCode).toBeUndefined();
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
    cpSync(join(import.meta.dirname, 'plain-app'), join(checkout.directory, 'plain-app'), { recursive: true });
    for (const environment of ['staging', 'prod']) {
      await checkout.configure(environment, { appDirectory: 'plain-app', ...oneTask });
    }
    await checkout.commit('The plain app');
    releaseOf(await checkout.stack('up', 'staging'));
    releaseOf(await checkout.stack('promote', '--yes'));
  });
  afterAll(async () => {
    await checkout.stack('down', 'prod');
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  it.each(moments.up)('up, while it %s: the next up finishes it', async (doing, moment) => {
    await nextRelease(doing === 'runs the migrations' ? slowMigration : undefined);
    await killedWhenItSays(moment, 'up', 'staging');
    const next = await checkout.stack('up', 'staging');
    const { version } = releaseOf(next);
    expect(await answeringVersion(`${next.json['url']}`)).toBe(version);
    await expectAgreement('staging', version);
  });

  it.each(moments.promote)('promote, while it %s: the next one finishes it', async (_doing, moment) => {
    await nextRelease();
    const { version } = releaseOf(await checkout.stack('up', 'staging'));
    await killedWhenItSays(moment, 'promote', '--yes');
    const next = await checkout.stack('up', 'prod');
    expect(next.exitCode).toBe(0);
    const again = await checkout.stack('promote', '--yes');
    const done = again.exitCode === 0 || (again.json['error'] as { code: string }).code === 'ALREADY_RUNNING';
    expect({ done, again }).toMatchObject({ done: true });
    expect(await answeringVersion(`${next.json['url']}`)).toBe(version);
    await expectAgreement('prod', version);
  });

  it.each(moments.rollback)('rollback, while it %s: the same one again finishes it', async (_doing, moment) => {
    const { json } = await checkout.stack('history', 'prod');
    const rows = json['rows'] as { version: string; outcome: string; running: boolean }[];
    const current = rows.find((row) => row.running)?.version;
    const target = rows.find((row) => row.outcome === 'good' && row.version !== current)?.version ?? '';
    await killedWhenItSays(moment, 'rollback', 'prod', '--to', target, '--yes');
    const again = await checkout.stack('rollback', 'prod', '--to', target, '--yes');
    const settled = again.exitCode === 0 ? again : await checkout.stack('up', 'prod');
    expect(settled.exitCode).toBe(0);
    expect(await answeringVersion(`${settled.json['url']}`)).toBe(target);
    await expectAgreement('prod', target);
  });
});
