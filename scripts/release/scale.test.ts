import { describe, expect, it } from 'vitest';
import { freeze } from './freeze.ts';
import { history } from './history.ts';
import { scale } from './scale.ts';
import { type MemoryFlow, memoryFlow } from './testing/memory-flow.ts';
import { rejection } from './testing/rejection.ts';
import { up } from './up.ts';

async function running(): Promise<MemoryFlow> {
  const flow = memoryFlow();
  await up(flow, 'staging');
  return memoryFlow(flow.platform);
}

describe('scale', () => {
  it('is in the history where it changed something, also when it fails', async () => {
    const flow = await running();
    await scale(flow, 'staging', 'api', 4);
    await scale(flow, 'staging', 'api', 4);
    flow.platform.beforeStep = async (name) => {
      const broken = flow.platform.environment('staging').tasks[4];
      if (name === 'observe' && broken !== undefined) broken.healthy = false;
    };
    await rejection(scale(flow, 'staging', 'api', 5));
    const { operations } = await history(flow.target, 'staging');

    expect(operations).toMatchObject([
      {
        action: 'scale',
        what: 'api from 4 to 5 tasks',
        outcome: 'failed',
        reason: 'api of staging has 4 healthy tasks of 5.',
      },
      { action: 'scale', what: 'api from 2 to 4 tasks', outcome: 'done' },
    ]);
  });

  it('waits until so many tasks are healthy', async () => {
    const flow = await running();

    expect(await scale(flow, 'staging', 'api', 4)).toMatchObject({
      process: 'api',
      before: 2,
      count: 4,
      changed: true,
    });
    expect(flow.platform.environment('staging').tasks).toHaveLength(4);
    expect(flow.platform.environment('staging').lockedBy).toBeUndefined();
  });

  it('changes nothing where so many run', async () => {
    const flow = await running();
    const steps: string[] = [];
    flow.platform.beforeStep = async (name) => void steps.push(name);

    expect(await scale(flow, 'staging', 'api', 2)).toMatchObject({ changed: false });
    expect(steps).not.toContain('scale');
  });

  it.each([1, 7])('refuses %i tasks, which are out of the settings’ bounds', async (count) => {
    const flow = await running();

    expect(await rejection(scale(flow, 'staging', 'api', count))).toMatchObject({
      code: 'COUNT_OUT_OF_BOUNDS',
      rule: expect.stringContaining('2 to 6'),
    });
    expect(flow.platform.environment('staging').desired).toBe(2);
  });

  it('refuses an unknown process, a frozen environment, and one that does not run', async () => {
    const flow = await running();
    expect(await rejection(scale(flow, 'staging', 'cron', 3))).toMatchObject({ code: 'PROCESS_UNKNOWN' });
    await freeze(flow, 'staging', 'holidays');
    expect(await rejection(scale(flow, 'staging', 'api', 3))).toMatchObject({ code: 'ENVIRONMENT_FROZEN' });
    expect(await rejection(scale(flow, 'prod', 'api', 3))).toMatchObject({ code: 'NOTHING_RUNS' });
  });

  it('says when the tasks do not become healthy in time, with the platform’s explanation', async () => {
    const flow = await running();
    const scaling = scale(flow, 'staging', 'api', 3);
    flow.platform.beforeStep = async (name) => {
      const broken = flow.platform.environment('staging').tasks[2];
      if (name === 'observe' && broken !== undefined) broken.healthy = false;
    };

    expect(await rejection(scaling)).toMatchObject({
      code: 'SCALE_NOT_REACHED',
      message: 'api of staging has 2 healthy tasks of 3.',
      details: 'last lines of staging',
    });
    expect(flow.platform.environment('staging').lockedBy).toBeUndefined();
  });
});
