import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogLevel } from '../env/env.ts';
import { createLogger } from '../logging/logger.ts';
import { startMetrics } from './start-metrics.ts';

const identity = { service: 'worker', environment: 'test', region: 'here', version: '1', commit: 'c', image: 'i' };
const sources = {
  service: 'worker',
  pool: () => ({ size: 10, inUse: 5, waiting: 0 }),
  jobs: { backlog: async () => ({ depth: 3, postponed: 0, oldestSeconds: 42, dead: 0 }), onEnd: () => undefined },
};

function recording(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  return { lines, logger: createLogger(identity, level, destination) };
}

describe('metrics among the log lines', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  // Alarms and the worker's autoscaling read them: a quiet log must not leave them blind.
  it.each(['info', 'warn', 'error', 'fatal'] as const)('are written whatever the level is: %s', async (level) => {
    const { lines, logger } = recording(level);
    startMetrics({ port: 0, namespace: 'test/metrics' }, sources, logger);
    await vi.advanceTimersByTimeAsync(60_000);

    expect(lines).toContainEqual(
      expect.objectContaining({
        _aws: expect.objectContaining({ CloudWatchMetrics: [expect.objectContaining({ Namespace: 'test/metrics' })] }),
        QueueAgeSeconds: 42,
        DatabasePoolInUsePercent: 50,
      }),
    );
  });

  it('leave the level of other lines as it is', async () => {
    const { lines, logger } = recording('error');
    startMetrics({ port: 0, namespace: 'test/metrics' }, sources, logger);
    logger.info('quiet');
    await vi.advanceTimersByTimeAsync(60_000);

    expect(lines.map(({ operation }) => operation)).toEqual(['metrics']);
  });
});
