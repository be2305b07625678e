import { beforeEach, describe, expect, it } from 'vitest';
import { Refusal } from '../messages/user-error.ts';
import { down } from './down.ts';
import { freeze, freezePrerequisite, readFreeze, unfreeze } from './freeze.ts';
import { history } from './history.ts';
import { checkPrerequisites } from './prerequisites.ts';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { type MemoryFlow, memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { promoteOptions, releaseToProd, rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';
import { verifyRunning } from './verify-running.ts';

let platform: MemoryPlatform;
const running = () => platform.environment('prod').tasks.map(({ release }) => release.version);

/** 2.0.0 runs on prod, 3.0.0 is verified on staging, and prod is frozen. */
beforeEach(async () => {
  platform = new MemoryPlatform(release('1.0.0'));
  await releaseToProd(platform, release('1.0.0'));
  await releaseToProd(platform, release('2.0.0'));
  platform.source = release('3.0.0');
  await up(memoryFlow(platform), 'staging');
  await freeze(memoryFlow(platform), 'prod', 'end of quarter');
});

const changing: readonly (readonly [string, (flow: MemoryFlow) => Promise<unknown>])[] = [
  ['up', (flow) => up(flow, 'prod')],
  ['promote', (flow) => promote(flow, promoteOptions)],
  ['promote --dry-run', (flow) => promote(flow, { ...promoteOptions, dryRun: true })],
  ['rollback', (flow) => rollback(flow, 'prod', rollbackOptions)],
  ['down', (flow) => down(flow, 'prod', { yes: true })],
];

describe('a frozen environment', () => {
  it.each(changing)('is not changed by %s', async (_, command) => {
    const entries = platform.environment('prod').entries.length;
    const error = await rejection(command(memoryFlow(platform)));
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({
      code: 'ENVIRONMENT_FROZEN',
      message: 'prod has been frozen since 2026-11-21T09:00:00.000Z by ada@desk: end of quarter.',
      rule: 'No command changes a frozen environment.',
      remedy: expect.stringMatching(/^End the freeze with `npm run stack -- unfreeze prod`/),
    });
    expect(running()).toEqual(['2.0.0', '2.0.0']);
    expect(platform.environment('prod').entries).toHaveLength(entries);
    expect(platform.environment('prod').lockedBy).toBeUndefined();
  });

  it.each(changing.filter(([name]) => name !== 'promote --dry-run'))(
    'can be changed by %s afterwards',
    async (_, command) => {
      await unfreeze(memoryFlow(platform), 'prod');
      await command(memoryFlow(platform));
    },
  );

  it('is rolled back with --even-frozen, and the ledger says which freeze was overridden', async () => {
    expect((await rejection(rollback(memoryFlow(platform), 'prod', rollbackOptions))).remedy).toBe(
      'End the freeze with `npm run stack -- unfreeze prod`, or roll back in spite of it with --even-frozen.',
    );
    await rollback(memoryFlow(platform), 'prod', { ...rollbackOptions, evenFrozen: true });
    expect(running()).toEqual(['1.0.0', '1.0.0']);
    expect(platform.environment('prod').entries.at(-1)?.accepted).toEqual({ frozen: 'end of quarter' });
    expect(await readFreeze(memoryFlow(platform).target, 'prod')).toBeDefined();
  });

  it('stops a promotion that was approved before somebody froze it', async () => {
    await unfreeze(memoryFlow(platform), 'prod');
    const flow = memoryFlow(platform);
    flow.prompt.meanwhile = async () => void (await freeze(memoryFlow(platform), 'prod', 'incident'));
    expect((await rejection(promote(flow, { ...promoteOptions, yes: false }))).code).toBe('ENVIRONMENT_FROZEN');
    expect(running()).toEqual(['2.0.0', '2.0.0']);
  });

  it('still rolls back a promotion that was under way: a freeze keeps what works', async () => {
    await unfreeze(memoryFlow(platform), 'prod');
    platform.faults.failingWrites.push('3.0.0');
    const flow = memoryFlow(platform);
    platform.beforeStep = async (name) => {
      if (name !== 'roll out') return;
      platform.beforeStep = async () => undefined;
      await freeze(memoryFlow(platform), 'prod', 'incident');
    };
    expect((await rejection(promote(flow, promoteOptions))).code).toBe('PROMOTION_ROLLED_BACK');
    expect(running()).toEqual(['2.0.0', '2.0.0']);
  });

  it('does not freeze another one, and may be looked at', async () => {
    platform.source = release('4.0.0');
    await up(memoryFlow(platform), 'staging');
    await verifyRunning(memoryFlow(platform), 'prod', undefined);
    expect((await history(memoryFlow(platform).target, 'prod')).frozen).toEqual({
      reason: 'end of quarter',
      by: 'ada@desk',
      at: '2026-11-21T09:00:00.000Z',
    });
  });

  it('is reported by doctor', async () => {
    const { target } = memoryFlow(platform);
    const checked = await checkPrerequisites([
      freezePrerequisite(target, 'prod'),
      freezePrerequisite(target, 'staging'),
    ]);
    expect(checked.map(({ outcome }) => outcome)).toEqual(['unmet', 'met']);
  });
});

describe('freeze', () => {
  it('does not replace the reason of a freeze in force', async () => {
    expect(await rejection(freeze(memoryFlow(platform), 'prod', 'another'))).toMatchObject({
      code: 'ALREADY_FROZEN',
      message: 'prod has been frozen since 2026-11-21T09:00:00.000Z by ada@desk: end of quarter.',
      remedy: 'To change the reason, run `npm run stack -- unfreeze prod` first.',
    });
  });

  it('does not wait for who changes the environment', async () => {
    platform.environment('staging').lockedBy = 'up by eve';
    await freeze(memoryFlow(platform), 'staging', 'stop after this one');
    expect(await readFreeze(memoryFlow(platform).target, 'staging')).toMatchObject({ reason: 'stop after this one' });
  });
});

it('unfreeze ends a freeze, and says when there was none', async () => {
  expect(await unfreeze(memoryFlow(platform), 'prod')).toMatchObject({ reason: 'end of quarter' });
  expect(await unfreeze(memoryFlow(platform), 'prod')).toBeUndefined();
  expect(await readFreeze(memoryFlow(platform).target, 'prod')).toBeUndefined();
});
