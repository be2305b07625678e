import { describe, expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { history } from './history.ts';
import { contract, memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { up } from './up.ts';

const one = release('1.0.0');
const two = release('2.0.0');

const oneWay = { acceptLoss: [], oneWay: 'nobody reads the column' };

const running = (platform: MemoryPlatform) =>
  platform.environment('staging').tasks.map(({ release }) => release.version);
const outcomes = (platform: MemoryPlatform) =>
  platform.environment('staging').entries.map(({ action, outcome }) => `${action} ${outcome}`);

/** A platform on which 1.0.0 runs, and the source is 2.0.0. */
async function withOneRunning(): Promise<MemoryPlatform> {
  const platform = new MemoryPlatform(one);
  await up(memoryFlow(platform), 'staging');
  platform.source = two;
  return platform;
}

describe('up', () => {
  it('ends what a tool said before it says what serves', async () => {
    const platform = await withOneRunning();
    platform.beforeStep = async (name) => {
      if (name === 'build')
        throw new UserError({
          code: 'IMAGE_BUILD_FAILED',
          message: 'RUN npm run build failed: boom (app/src/main.ts:1)',
        });
    };
    expect((await rejection(up(memoryFlow(platform), 'staging'))).message).toBe(
      'RUN npm run build failed: boom (app/src/main.ts:1). 1.0.0 keeps serving.',
    );
  });

  it('builds, migrates, rolls out, compares, verifies and writes down', async () => {
    const flow = memoryFlow();
    expect(await up(flow, 'staging')).toEqual({
      environment: 'staging',
      url: 'http://staging.test',
      release: one,
      changed: true,
      notes: [],
      seconds: 0,
    });
    expect(running(flow.platform)).toEqual(['1.0.0', '1.0.0']);
    expect(outcomes(flow.platform)).toEqual(['up started', 'up good']);
    expect(flow.progress.lines).toEqual([
      'Check the prerequisites',
      'Compare staging with its settings',
      'build',
      'migrate',
      'roll out',
      'wait',
      'wait',
      'wait',
      'Compare what runs with 1.0.0',
      '  api: 2 of 2 tasks run it and are healthy',
      'Verify 1.0.0 at http://staging.test',
      '  ✓ health: GET /health gave 200',
      '  ✓ ready: GET /ready gave 200',
      '  ✓ version: GET /version gave 1.0.0 20 times in a row',
      "  ✓ smoke test: the app's own smoke test passed",
      '  ✓ error rate: 0 of 60 requests failed',
    ]);
  });

  it('records what it ran with, and how it was verified', async () => {
    const flow = memoryFlow();
    await up(flow, 'staging');
    const [started, good] = flow.platform.environment('staging').entries;
    expect(started).toMatchObject({ outcome: 'started', release: { version: '1.0.0', digest: '' }, by: 'ada@desk' });
    expect(good).toMatchObject({
      attempt: started?.attempt,
      release: one,
      revision: 'revision-1',
      settingsHash: 'settings',
      programCommit: 'program',
      at: '2026-11-21T09:00:00.000Z',
      verification: { passed: true },
    });
  });

  it('changes nothing, writes nothing and says so when all is as asked', async () => {
    const flow = memoryFlow();
    await up(flow, 'staging');
    const result = await up(memoryFlow(flow.platform), 'staging');
    expect(result).toMatchObject({ changed: false, release: one, notes: [] });
    expect(outcomes(flow.platform)).toEqual(['up started', 'up good']);
  });

  it('reports every unmet prerequisite at once, before the lock is taken', async () => {
    const flow = memoryFlow();
    for (const name of ['Docker', 'disk']) {
      const check = async () => {
        throw new UserError({ code: 'X', message: `no ${name}`, remedy: `get ${name}` });
      };
      flow.target.unmet.push({ name, check });
    }
    flow.target.unmet.push({ name: 'AWS', skip: 'target local', check: () => Promise.reject(new Error('not run')) });
    const error = await rejection(up(flow, 'staging'));
    expect(error).toMatchObject({
      code: 'PREREQUISITES_UNMET',
      message: '2 prerequisites are not met.',
      details: '✗ Docker: no Docker\n  → get Docker\n✗ disk: no disk\n  → get disk',
      remedy: 'Fix what is listed and run the command again. `npm run stack -- doctor staging` checks everything.',
    });
    expect(flow.platform.environment('staging').entries).toEqual([]);
  });

  it('lets a second command know who holds the lock, and releases it afterwards', async () => {
    const flow = memoryFlow();
    flow.platform.environment('staging').lockedBy = 'promote by eve';
    expect((await rejection(up(flow, 'staging'))).message).toBe('staging is being changed: promote by eve.');
    flow.platform.environment('staging').lockedBy = undefined;
    await up(flow, 'staging');
    expect(flow.platform.environment('staging').lockedBy).toBeUndefined();
  });

  it('says which releases can no longer be rolled back to', async () => {
    const platform = await withOneRunning();
    platform.source = release('2.0.0', contract('1-drop'));
    expect((await up(memoryFlow(platform), 'staging', oneWay)).notes).toEqual([
      'The contract migration 1-drop has run: a rollback to 1.0.0 or older is no longer possible.',
    ]);
  });
});

describe('a failing up', () => {
  it.each([
    ['unbuildable', '2.0.0', 'BUILD_FAILED', '2.0.0 does not build. 1.0.0 keeps serving.', 'tsc: 1 error'],
    [
      'throwing',
      '1-drop',
      'MIGRATION_FAILED',
      'The migration 1-drop failed. 1.0.0 keeps serving.',
      'last lines of staging',
    ],
    ['neverReady', '2.0.0', 'ROLLOUT_FAILED', '2.0.0 never got ready. 1.0.0 keeps serving.', 'last lines of staging'],
    [
      'lies',
      '2.0.0',
      'NOT_RUNNING_AS_ASKED',
      'staging does not run 2.0.0 as requested: api: 2 of 2 tasks run 312e302e3000, not 322e302e3000. 1.0.0 keeps serving.',
      'last lines of staging',
    ],
  ] as const)(
    'of a release that is %s leaves the one before serving and says why',
    async (fault, name, code, message, details) => {
      const platform = await withOneRunning();
      platform.source = release('2.0.0', contract('1-drop'));
      platform.faults[fault].push(name);
      const error = await rejection(up(memoryFlow(platform), 'staging', oneWay));
      expect(error).toMatchObject({ code, message, details });
      expect(running(platform)).toEqual(['1.0.0', '1.0.0']);
      expect(outcomes(platform).slice(2)).toEqual(['up started', 'up failed']);
      expect(platform.environment('staging').entries.at(-1)).toMatchObject({ reason: message });
      expect((await history(memoryFlow(platform).target, 'staging')).disagreement).toBeUndefined();
      expect(platform.environment('staging').lockedBy).toBeUndefined();
    },
  );

  it('notes that no migration can have run when the image was not built, and which image it was when it was', async () => {
    const platform = await withOneRunning();
    platform.faults.unbuildable.push('2.0.0');
    await rejection(up(memoryFlow(platform), 'staging'));
    expect(platform.environment('staging').entries.at(-1)).toMatchObject({ built: false, release: { digest: '' } });

    platform.faults.unbuildable.length = 0;
    platform.faults.neverReady.push('2.0.0');
    await rejection(up(memoryFlow(platform), 'staging'));
    expect(platform.environment('staging').entries.at(-1)).toMatchObject({ release: two });
    expect(platform.environment('staging').entries.at(-1)).not.toHaveProperty('built');
  });

  it('succeeds once it is fixed', async () => {
    const platform = await withOneRunning();
    platform.faults.neverReady.push('2.0.0');
    await rejection(up(memoryFlow(platform), 'staging'));
    platform.faults.neverReady.length = 0;
    expect(await up(memoryFlow(platform), 'staging')).toMatchObject({ changed: true, release: two });
    expect(running(platform)).toEqual(['2.0.0', '2.0.0']);
  });

  it('says that nothing runs when it was the first', async () => {
    const flow = memoryFlow();
    flow.platform.faults.throwing.push('0-create');
    flow.platform.source = release('1.0.0', contract('0-create'));
    expect((await rejection(up(flow, 'staging'))).message).toBe(
      'The migration 0-create failed. What runs now: nothing.',
    );
  });

  it('leaves a release that failed its verification running, unverified, and names the rollback', async () => {
    const platform = await withOneRunning();
    platform.faults.failingWrites.push('2.0.0');
    const error = await rejection(up(memoryFlow(platform), 'staging'));
    expect(error).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message:
        '2.0.0 runs on staging but failed its verification: smoke test: POST /todos gave 500: {"title":"Internal Server Error"}.',
      remedy: '`npm run stack -- rollback staging` rolls back to the previous release.',
    });
    expect(running(platform)).toEqual(['2.0.0', '2.0.0']);
    expect(outcomes(platform).at(-1)).toBe('up unverified');
  });

  it('keeps a bug as it is, and writes the attempt down as failed', async () => {
    const platform = await withOneRunning();
    platform.beforeStep = async (name) => {
      if (name === 'migrate') throw new TypeError('x is undefined');
    };
    await expect(up(memoryFlow(platform), 'staging')).rejects.toThrow(new TypeError('x is undefined'));
    expect(platform.environment('staging').entries.at(-1)).toMatchObject({
      outcome: 'failed',
      reason: 'x is undefined',
    });
  });
});

describe('an unchanged environment', () => {
  it('is not called good when a task is unhealthy', async () => {
    const flow = memoryFlow();
    await up(flow, 'staging');
    const plan = await flow.target.plan('staging');
    flow.target.plan = async () => plan;
    for (const task of flow.platform.environment('staging').tasks.slice(1)) task.healthy = false;
    expect(await rejection(up(flow, 'staging'))).toMatchObject({
      code: 'NOT_RUNNING_AS_ASKED',
      message: 'staging does not run 1.0.0 as requested: api: 1 of 2 tasks are not healthy.',
      details: 'last lines of staging',
    });
  });

  it('is verified when an earlier command could not', async () => {
    const platform = await withOneRunning();
    platform.faults.failingWrites.push('2.0.0');
    await rejection(up(memoryFlow(platform), 'staging'));
    expect((await rejection(up(memoryFlow(platform), 'staging'))).code).toBe('VERIFICATION_FAILED');
    platform.faults.failingWrites.length = 0;
    expect(await up(memoryFlow(platform), 'staging')).toMatchObject({
      changed: false,
      notes: ['2.0.0 was already running; it is now recorded as verified, from c-2.0.0.'],
    });
    expect(outcomes(platform).at(-1)).toBe('up good');
  });
});
