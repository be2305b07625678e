import { beforeEach, describe, expect, it } from 'vitest';
import { findDrift } from './drift.ts';
import { freeze } from './freeze.ts';
import { history } from './history.ts';
import { turnOff, turnOn } from './maintenance.ts';
import { promote } from './promote.ts';
import { restart } from './restart.ts';
import { rollback } from './rollback.ts';
import { readStatus } from './status.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions, releaseToProd, rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';
import { verifyRunning } from './verify-running.ts';

const page = { message: 'We move the database.', retryAfterSeconds: 600 };
let platform: MemoryPlatform;
const state = () => platform.environment('prod');
const outcomes = () => state().entries.map(({ action, outcome }) => `${action} ${outcome}`);

/** 2.0.0 runs on prod, and 3.0.0 is verified on staging. */
beforeEach(async () => {
  platform = new MemoryPlatform(release('1.0.0'));
  await releaseToProd(platform, release('1.0.0'));
  await releaseToProd(platform, release('2.0.0'));
  platform.source = release('3.0.0');
  await up(memoryFlow(platform), 'staging');
});

describe('maintenance', () => {
  it('is shown, and who turned it on is recorded', async () => {
    const result = await turnOn(memoryFlow(platform), 'prod', page);
    expect(result).toMatchObject({ changed: true, maintenance: { ...page, by: 'ada@desk' } });
    expect(state().page).toEqual(page);
    expect((await history(memoryFlow(platform).target, 'prod')).maintenance).toMatchObject({ by: 'ada@desk' });
    const status = await readStatus(memoryFlow(platform), 'prod');
    expect(status.maintenance).toMatchObject({ value: { recorded: page, shown: true } });
    expect(status.problems).toEqual([]);
  });

  it('is recorded once for the same page, and again for another one', async () => {
    await turnOn(memoryFlow(platform), 'prod', page);
    expect((await turnOn(memoryFlow(platform), 'prod', page)).changed).toBe(false);
    expect((await turnOn(memoryFlow(platform), 'prod', { ...page, message: 'Longer.' })).changed).toBe(true);
    expect(state().maintenances).toHaveLength(2);
    expect(state().page?.message).toBe('Longer.');
  });

  it('ends, and says whether there was any', async () => {
    await turnOn(memoryFlow(platform), 'prod', page);
    expect((await turnOff(memoryFlow(platform), 'prod')).changed).toBe(true);
    expect((await turnOff(memoryFlow(platform), 'prod')).changed).toBe(false);
    expect(state().page).toBeUndefined();
    expect((await verifyRunning(memoryFlow(platform), 'prod', undefined)).verification.passed).toBe(true);
  });

  it('may be turned on while the environment is frozen', async () => {
    await freeze(memoryFlow(platform), 'prod', 'an incident');
    expect((await turnOn(memoryFlow(platform), 'prod', page)).changed).toBe(true);
  });

  it('is refused where nothing runs', async () => {
    expect((await rejection(turnOn(memoryFlow(platform), 'empty', page))).code).toBe('NOTHING_RUNS');
    expect(platform.environment('empty').maintenances).toEqual([]);
  });

  it('counts as on after it failed halfway', async () => {
    platform.beforeStep = async (name) => {
      if (name === 'show page') throw new Error('the connection broke');
    };
    await expect(turnOn(memoryFlow(platform), 'prod', page)).rejects.toThrow('the connection broke');
    platform.beforeStep = async () => undefined;
    const status = await readStatus(memoryFlow(platform), 'prod');
    expect(status.problems).toEqual([expect.stringContaining('but the load balancer shows no page')]);
    expect((await turnOff(memoryFlow(platform), 'prod')).changed).toBe(true);
  });

  it('is drift where the history does not know it', async () => {
    state().page = page;
    const flow = memoryFlow(platform);
    expect((await findDrift(flow, 'prod')).drift).toEqual([
      'the load balancer shows a maintenance page that the history does not know',
    ]);
    await turnOn(flow, 'prod', page);
    expect((await findDrift(flow, 'prod')).drift).toEqual([]);
  });

  it.each([
    ['too long', 'ä'.repeat(500)],
    ['too long only where HTML has to escape it', '&'.repeat(400)],
  ])('is refused with a message that is %s', async (_what, message) => {
    const error = await rejection(turnOn(memoryFlow(platform), 'prod', { ...page, message }));
    expect(error).toMatchObject({
      code: 'MESSAGE_TOO_LONG',
      remedy: expect.stringMatching(/^Shorten it by \d+ bytes/),
    });
    expect(state().maintenances).toEqual([]);
  });
});

describe('while maintenance is on', () => {
  beforeEach(async () => void (await turnOn(memoryFlow(platform), 'prod', page)));

  it('verify is refused: the app does not answer', async () => {
    expect((await rejection(verifyRunning(memoryFlow(platform), 'prod', undefined))).code).toBe('MAINTENANCE_ON');
  });

  it('promote deploys, is not rolled back, and is never called verified', async () => {
    const result = await promote(memoryFlow(platform), promoteOptions);
    expect(result).toMatchObject({ changed: true, unverified: 'maintenance is on' });
    expect(outcomes().at(-1)).toBe('promote unverified');
    expect(state().tasks.map((task) => task.release.version)).toEqual(['3.0.0', '3.0.0']);
    expect(state().page).toEqual(page);
    await turnOff(memoryFlow(platform), 'prod');
    expect((await verifyRunning(memoryFlow(platform), 'prod', undefined)).recorded).toBe(true);
    expect(outcomes().at(-1)).toBe('verify good');
  });

  it('a release that does not come up fails as always', async () => {
    platform.faults.neverReady.push('3.0.0');
    expect((await rejection(promote(memoryFlow(platform), promoteOptions))).code).not.toBe('MAINTENANCE_ON');
    expect(state().tasks.map((task) => task.release.version)).toEqual(['2.0.0', '2.0.0']);
  });

  it('rollback and restart work, and say what they could not check', async () => {
    const back = await rollback(memoryFlow(platform), 'prod', rollbackOptions);
    expect(back).toMatchObject({ changed: true, unverified: 'maintenance is on' });
    expect(outcomes().at(-1)).toBe('rollback unverified');
    const again = await restart(memoryFlow(platform), 'prod', { processes: [], secrets: [] });
    expect(again.unverified).toBe('maintenance is on');
  });

  it('up with nothing to do writes nothing again and again', async () => {
    await turnOn(memoryFlow(platform), 'staging', page);
    platform.source = release('4.0.0');
    expect(await up(memoryFlow(platform), 'staging')).toMatchObject({ changed: true, unverified: 'maintenance is on' });
    const { entries } = platform.environment('staging');
    const before = entries.length;
    expect(await up(memoryFlow(platform), 'staging')).toMatchObject({
      changed: false,
      unverified: 'maintenance is on',
    });
    expect(entries).toHaveLength(before);
  });

  it('a rollout that loses the page gets it back, and says so', async () => {
    state().losesPage = true;
    const flow = memoryFlow(platform);
    await promote(flow, promoteOptions);
    expect(state().page).toEqual(page);
    expect(flow.progress.lines.join('\n')).toContain('had lost its page, and shows it again');
  });
});
