import { describe, expect, it } from 'vitest';
import { history } from './history.ts';
import { rollback } from './rollback.ts';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { releaseToProd, rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

async function historyOf(platform: MemoryPlatform, environment: string) {
  return await history(memoryFlow(platform).target, environment);
}

describe('history', () => {
  it('is empty where nothing was tried', async () => {
    expect(await historyOf(new MemoryPlatform(release('1.0.0')), 'staging')).toEqual({
      environment: 'staging',
      rows: [],
    });
  });

  it('has one row per attempt, the latest first, and marks the one that brought what runs', async () => {
    const platform = new MemoryPlatform(release('1.0.0'));
    await releaseToProd(platform, release('1.0.0'));
    await releaseToProd(platform, release('2.0.0'));
    await rollback(memoryFlow(platform), 'prod', rollbackOptions);
    const { rows, disagreement } = await historyOf(platform, 'prod');
    expect(rows.map(({ version, action, outcome, running }) => ({ version, action, outcome, running }))).toEqual([
      { version: '1.0.0', action: 'rollback', outcome: 'good', running: true },
      { version: '2.0.0', action: 'promote', outcome: 'good', running: false },
      { version: '1.0.0', action: 'promote', outcome: 'good', running: false },
    ]);
    expect(rows[0]).toEqual({
      version: '1.0.0',
      at: '2026-11-21T09:00:00.000Z',
      by: 'ada@desk',
      commit: 'c-1.0.0',
      action: 'rollback',
      outcome: 'good',
      seconds: 0,
      digest: release('1.0.0').digest,
      running: true,
    });
    expect(disagreement).toBeUndefined();
  });

  it('gives the reason of what failed', async () => {
    const platform = new MemoryPlatform(release('1.0.0'));
    await up(memoryFlow(platform), 'staging');
    platform.source = release('2.0.0');
    platform.faults.neverReady.push('2.0.0');
    await rejection(up(memoryFlow(platform), 'staging'));
    const { rows } = await historyOf(platform, 'staging');
    expect(rows[0]).toMatchObject({
      outcome: 'failed',
      running: false,
      reason: '2.0.0 never got ready. 1.0.0 keeps serving.',
    });
    expect(rows[1]).toMatchObject({ outcome: 'good', running: true });
  });

  it('says when the platform runs something else than the ledger says', async () => {
    const platform = new MemoryPlatform(release('1.0.0'));
    await up(memoryFlow(platform), 'staging');
    platform.want('staging', release('6.6.6'));
    platform.settle('staging');
    const { rows, disagreement } = await historyOf(platform, 'staging');
    expect(disagreement).toBe('the ledger says 1.0.0, but api: 2 of 2 tasks run 362e362e3600, not 312e302e3000');
    expect(rows[0]?.running).toBe(false);
  });

  it('says when something runs that the ledger has never heard of', async () => {
    const platform = new MemoryPlatform(release('1.0.0'));
    platform.want('staging', release('6.6.6'));
    platform.settle('staging');
    expect((await historyOf(platform, 'staging')).disagreement).toBe(
      'the ledger has no running release, but the platform runs api 2 × an unrecorded image 362e362e3600',
    );
  });
});
