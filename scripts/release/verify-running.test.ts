import { beforeEach, describe, expect, it } from 'vitest';
import { memoryFlow, release } from './testing/memory-flow.ts';
import { MemoryPlatform } from './testing/memory-platform.ts';
import { rejection } from './testing/rejection.ts';
import { up } from './up.ts';
import { verifyRunning } from './verify-running.ts';

let platform: MemoryPlatform;
beforeEach(async () => {
  platform = new MemoryPlatform(release('1.0.0'));
  await up(memoryFlow(platform), 'staging');
});

const last = () => platform.environment('staging').entries.at(-1);

describe('verifyRunning', () => {
  it('compares what runs with the ledger, and writes nothing when the ledger says so already', async () => {
    const result = await verifyRunning(memoryFlow(platform), 'staging', undefined);
    expect(result).toMatchObject({ version: '1.0.0', url: 'http://staging.test', recorded: false });
    expect(result.verification.passed).toBe(true);
    expect(result.verification.checks.map(({ name }) => name)).toEqual([
      'running tasks',
      'health',
      'ready',
      'version',
      'smoke test',
      'error rate',
    ]);
    expect(last()).toMatchObject({ action: 'up' });
  });

  it('takes back what the ledger says of a release that fails now, and gives it back when it passes again', async () => {
    platform.faults.failingWrites.push('1.0.0');
    expect(await verifyRunning(memoryFlow(platform), 'staging', undefined)).toMatchObject({
      recorded: true,
      verification: { passed: false },
    });
    expect(last()).toMatchObject({ action: 'verify', outcome: 'unverified', reason: 'the verification failed' });
    platform.faults.failingWrites.length = 0;
    expect(await verifyRunning(memoryFlow(platform), 'staging', undefined)).toMatchObject({ recorded: true });
    expect(last()).toMatchObject({ action: 'verify', outcome: 'good', verification: { passed: true } });
    expect(last()).not.toHaveProperty('reason');
  });

  it('still answers while somebody else changes the environment, and says that it wrote nothing', async () => {
    platform.faults.failingWrites.push('1.0.0');
    platform.environment('staging').lockedBy = 'up by eve';
    const flow = memoryFlow(platform);
    expect(await verifyRunning(flow, 'staging', undefined)).toMatchObject({ recorded: false });
    expect(flow.progress.lines.at(-1)).toBe('  Not recorded: staging is being changed: up by eve.');
  });

  it('finds that another version runs than the requested one', async () => {
    const { verification } = await verifyRunning(memoryFlow(platform), 'staging', '2.0.0');
    expect(verification.checks.filter(({ passed }) => !passed)).toEqual([
      { name: 'version', passed: false, detail: 'GET /version gave 1.0.0 instead of 2.0.0' },
      {
        name: 'error rate',
        passed: false,
        detail: '60 of 60 answers came from 1.0.0',
      },
    ]);
  });

  it('finds that the platform runs something else than the ledger says', async () => {
    platform.want('staging', release('0.9.0'));
    platform.settle('staging');
    const { verification } = await verifyRunning(memoryFlow(platform), 'staging', undefined);
    expect(verification.checks[0]).toEqual({
      name: 'running tasks',
      passed: false,
      detail: 'api: 2 of 2 tasks run 302e392e3000, not 312e302e3000',
    });
  });

  it('says where nothing runs', async () => {
    expect(await rejection(verifyRunning(memoryFlow(), 'staging', undefined))).toMatchObject({
      code: 'NOTHING_RUNS',
      message: 'Nothing runs on staging, so there is nothing to verify.',
    });
  });
});
