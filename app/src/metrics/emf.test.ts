import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { emfFields } from './emf.ts';
import { startMetrics } from './start-metrics.ts';

const identity = { service: 'worker', environment: 'test', region: 'local', version: '1', commit: 'c', image: 'i' };

describe('metrics among the log lines', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'Date'], now: 1_700_000_000_000 }));
  afterEach(() => vi.useRealTimers());

  it('have the form that CloudWatch reads', () => {
    expect(emfFields('nest-fargate/test', 'api', [{ name: 'Lag', unit: 'Milliseconds', value: 3 }], 17)).toEqual({
      _aws: {
        Timestamp: 17,
        CloudWatchMetrics: [
          {
            Namespace: 'nest-fargate/test',
            Dimensions: [['Service']],
            Metrics: [{ Name: 'Lag', Unit: 'Milliseconds' }],
          },
        ],
      },
      Service: 'api',
      Lag: 3,
    });
  });

  const linesAfter = async (minutes: number, namespace: string | undefined) => {
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger(identity, 'info', { write: (line) => void lines.push(JSON.parse(line)) });
    const sources = {
      service: 'worker',
      pool: () => ({ size: 4, inUse: 1, waiting: 0 }),
      jobs: { backlog: async () => ({ depth: 7, oldestSeconds: 12.5, postponed: 2, dead: 1 }), onEnd: () => undefined },
    };
    startMetrics({ port: 0, namespace }, sources, logger);
    await vi.advanceTimersByTimeAsync(minutes * 60_000);
    return lines;
  };

  it('are written each minute', async () => {
    const lines = await linesAfter(2, 'nest-fargate/test');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({
      level: 'info',
      Service: 'worker',
      EventLoopLagP99Ms: expect.any(Number),
      DatabasePoolInUsePercent: 25,
      QueueAgeSeconds: 12.5,
      QueueDepth: 7,
      DeadJobs: 1,
      _aws: { Timestamp: 1_700_000_120_000 },
    });
  });

  it('are not written where no namespace is set', async () => {
    expect(await linesAfter(3, undefined)).toEqual([]);
  });
});
