import { describe, expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { freeze } from './freeze.ts';
import { rollback } from './rollback.ts';
import { readStatus } from './status.ts';
import { contract, type MemoryFlow, memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rollbackOptions } from './testing/scenario.ts';
import { up } from './up.ts';

async function running(...releases: readonly ReturnType<typeof release>[]): Promise<MemoryFlow> {
  const platform = new MemoryPlatform(release('1.0.0'));
  for (const one of releases) {
    platform.source = one;
    const oneWay = one.migrations.some(({ kind }) => kind === 'contract');
    await up(memoryFlow(platform), 'staging', { acceptLoss: [], ...(oneWay ? { oneWay: 'tested' } : {}) });
  }
  return memoryFlow(platform);
}

describe('status', () => {
  it('says what runs, what brought it, and what it can be rolled back to', async () => {
    const flow = await running(release('1.0.0'), release('2.0.0'));

    const status = await readStatus(flow, 'staging');

    const { digest } = release('2.0.0');
    expect(status).toMatchObject({
      runs: {
        value: {
          processes: [
            {
              name: 'api',
              desired: 2,
              running: 2,
              healthy: 2,
              releases: [{ digest, version: '2.0.0', tasks: 2, healthy: 2 }],
            },
          ],
        },
      },
      last: { value: { action: 'up', outcome: 'good', version: '2.0.0', by: 'ada@desk' } },
      rollback: { value: { to: '1.0.0', evenFrozen: false, time: { seconds: 12, atMost: true } } },
      holds: { value: [] },
      frozen: { value: null },
      alarms: { value: { firing: [] } },
      problems: [],
      explanation: '',
    });
  });

  it('calls the failed run of a schedule a problem, and one that ended with 0 none', async () => {
    const flow = await running(release('1.0.0'));
    const at = '2026-11-21T08:30:00.000Z';
    flow.platform.runs.push({ process: 'report', at, failed: 'exit code 3' }, { process: 'clean', at });
    const status = await readStatus(flow, 'staging');

    expect(status.problems).toEqual(['the last run of report failed at 2026-11-21T08:30:00Z: exit code 3']);
    expect(status.explanation).toBe('last lines of staging');
  });

  it('calls a stand-in that is not ready a problem', async () => {
    const flow = await running(release('1.0.0'));
    const standIn = { name: 'ministack', title: 'MiniStack', resources: 'uploads', healthy: false };
    const observe = flow.target.observe.bind(flow.target);
    Object.assign(flow.target, {
      observe: async (environment: string) => ({ ...(await observe(environment)), standIns: [standIn] }),
    });
    const status = await readStatus(flow, 'staging');

    expect(status.problems).toEqual(['MiniStack, which stands in for uploads, is not ready']);
    expect(status.runs).toMatchObject({ value: { standIns: [standIn] } });
  });

  it('says that nothing runs where nothing was ever tried', async () => {
    const status = await readStatus(memoryFlow(), 'staging');

    expect(status).toMatchObject({ runs: { value: null }, last: { value: null }, problems: [] });
    expect(status.rollback).toEqual({ value: { refused: 'nothing runs' } });
  });

  it('says what is not as the ledger has it, with the platform’s explanation', async () => {
    const flow = await running(release('1.0.0'));
    const [task] = flow.platform.environment('staging').tasks;
    if (task !== undefined) task.healthy = false;
    flow.platform.firing.push({ name: 'api-errors', reason: '12 errors in a minute' });

    const status = await readStatus(flow, 'staging');

    expect(status.problems).toEqual(['api: 1 of 2 tasks are not healthy', 'api-errors is firing']);
    expect(status.runs).toMatchObject({ value: { processes: [{ healthy: 1, releases: [{ tasks: 2, healthy: 1 }] }] } });
    expect(status.explanation).toBe('last lines of staging');
  });

  it('gives the rule that forbids a rollback', async () => {
    const flow = await running(release('1.0.0'), release('2.0.0', contract('0002-drop')));

    const { rollback: way } = await readStatus(flow, 'staging');

    expect(way).toMatchObject({ value: { refused: expect.stringContaining('0002-drop') } });
  });

  it('does not call a rollback possible past a migration that nobody has declared', async () => {
    const flow = await running(release('1.0.0'), release('2.0.0', { name: '0002', kind: 'unknown' }));

    const { rollback: way } = await readStatus(flow, 'staging');

    expect(way).toMatchObject({ unknown: expect.stringContaining('0002') });
  });

  it('has the freeze, and what is on hold', async () => {
    const flow = await running(release('1.0.0'), release('2.0.0'));
    await rollback(memoryFlow(flow.platform), 'staging', rollbackOptions);
    await freeze(flow, 'staging', 'holidays');

    const status = await readStatus(flow, 'staging');

    expect(status.holds).toMatchObject({ value: [{ version: '2.0.0' }] });
    expect(status.frozen).toMatchObject({ value: { reason: 'holidays' } });
    expect(status.last).toMatchObject({ value: { action: 'rollback', version: '1.0.0' } });
  });

  it.each([
    ['observe', ['runs', 'rollback']],
    ['read ledger', ['last', 'holds', 'rollback']],
    ['read alarms', ['alarms']],
    ['read runs', ['lastRuns']],
    ['find image', ['rollback']],
  ])('calls unknown what could not be read (%s), and says the rest', async (step, names) => {
    const flow = await running(release('1.0.0'), release('2.0.0'));
    flow.platform.beforeStep = async (name) => {
      if (name === step) throw new UserError({ code: 'AWS_PERMISSION', message: 'The credentials lack a permission.' });
    };

    const status = await readStatus(flow, 'staging');

    const { runs, last, holds, frozen, alarms, lastRuns, rollback } = status;
    const unknown = Object.entries({ runs, last, holds, frozen, alarms, lastRuns, rollback })
      .filter(([, known]) => 'unknown' in known)
      .map(([name]) => name);
    expect(unknown).toEqual(names);
  });
});
