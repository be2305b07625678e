import { describe, expect, it } from 'vitest';
import { lockLost } from './lock.ts';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions, releaseToProd, rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

const one = release('1.0.0');
const two = release('2.0.0');
const lost = lockLost('aws', 'prod', 'was taken by ci@runner-7 (process 41): up, since 2026-11-21T12:00:00.000Z', 2);

/** Prod runs 1.0.0, staging 2.0.0. */
async function twoOnStaging(): Promise<MemoryPlatform> {
  const platform = new MemoryPlatform(one);
  await releaseToProd(platform, one);
  platform.source = two;
  await up(memoryFlow(platform), 'staging');
  return platform;
}

/** From the step on, whatever changes the environment is refused, as by a target whose lock is lost. */
function loseAt(platform: MemoryPlatform, step: string): string[] {
  const after: string[] = [];
  let isLost = false;
  platform.beforeStep = async (name) => {
    isLost ||= name === step;
    if (!isLost) return;
    after.push(name);
    if (['build', 'migrate', 'roll out', 'wait', 'write ledger'].includes(name)) throw lost;
  };
  return after;
}

const outcomes = (platform: MemoryPlatform) =>
  platform.environment('prod').entries.map(({ action, outcome }) => `${action} ${outcome}`);

describe('a command whose lock another has taken', () => {
  it('says so', () => {
    expect(lost).toMatchObject({
      code: 'LOCK_LOST',
      message:
        'The lock of prod was taken by ci@runner-7 (process 41): up, since 2026-11-21T12:00:00.000Z. This command stopped: it changes nothing any more.',
      rule: 'Without a heartbeat for 2 minutes, because its machine slept or was offline, a command loses its lock.',
      remedy: '`npm run stack -- history prod --target aws` shows what the other command did. Then run this one again.',
    });
  });

  it('changes nothing before its first step', async () => {
    const platform = await twoOnStaging();
    loseAt(platform, 'write ledger');
    expect(await rejection(promote(memoryFlow(platform), promoteOptions))).toBe(lost);
    expect(outcomes(platform)).toEqual(['promote started', 'promote good']);
  });

  it.each(['roll out', 'wait'])('undoes nothing and records nothing when it loses it at %s', async (step) => {
    const platform = await twoOnStaging();
    const after = loseAt(platform, step);
    expect(await rejection(promote(memoryFlow(platform), promoteOptions))).toBe(lost);
    expect(after).toEqual([step, 'release lock']);
    expect(outcomes(platform).at(-1)).toBe('promote started');
  });

  it('does not roll back a promotion that fails its verification', async () => {
    const platform = await twoOnStaging();
    platform.faults.failingWrites.push('2.0.0');
    loseAt(platform, 'request');
    expect(await rejection(promote(memoryFlow(platform), promoteOptions))).toBe(lost);
    expect(outcomes(platform).at(-1)).toBe('promote started');
  });

  it('ends a rollback', async () => {
    const platform = await twoOnStaging();
    await promote(memoryFlow(platform), promoteOptions);
    loseAt(platform, 'roll out');
    expect(await rejection(rollback(memoryFlow(platform), 'prod', rollbackOptions))).toBe(lost);
    expect(outcomes(platform).at(-1)).toBe('rollback started');
  });

  it('leaves what it began to the next command, which settles it', async () => {
    const platform = await twoOnStaging();
    loseAt(platform, 'wait');
    await rejection(promote(memoryFlow(platform), promoteOptions));
    platform.beforeStep = async () => undefined;
    await up(memoryFlow(platform), 'prod');
    expect(outcomes(platform).slice(-4)).toEqual(['promote started', 'promote failed', 'up started', 'up good']);
  });
});
