import { describe, expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import type { LogLine } from '../release/target.ts';
import { entry } from '../release/testing/ledger-entry.ts';
import { memoryFlow, release } from '../release/testing/memory-flow.ts';
import { MemoryPlatform } from '../release/testing/memory-platform.ts';
import { up } from '../release/up.ts';
import { openSources, rangeOf } from './sources.ts';

async function opened(logs: readonly LogLine[] = []) {
  const platform = new MemoryPlatform(release('1.0.0'));
  const flow = memoryFlow(platform);
  await up(flow, 'staging');
  const { target, clock, signal } = flow;
  target.logs = async function* () {
    yield* logs;
  };
  const figures = { panels: [], read: async () => [] };
  return { flow, sources: await openSources({ target, clock, figures, signal }, 'staging') };
}

describe('the page reads', () => {
  it('what runs, what changed it, and how long a rollout takes', async () => {
    const { flow, sources } = await opened();
    await flow.target.ledger('staging').append(entry('2.0.0', { outcome: 'started', at: '2099-01-01T00:00:00.000Z' }));
    await flow.target.ledger('staging').append(entry('1.0.0', { action: 'verify', at: '2099-01-02T00:00:00.000Z' }));
    const { status, changes } = await sources.now();

    expect(sources.outline).toMatchObject({ environment: 'staging', target: 'local', rolloutSeconds: 12 });
    expect(status.runs).toMatchObject({ value: { processes: [{ name: 'api', healthy: 2 }] } });
    expect(changes).toMatchObject({
      value: [
        { kind: 'release', what: '2.0.0', outcome: 'started' },
        { kind: 'release', what: '1.0.0', outcome: 'good' },
      ],
    });
  });

  it('all lines of one request, whichever process wrote them', async () => {
    const line = (service: string, correlationId: string): LogLine => ({
      service,
      task: `${service}.1.x`,
      text: JSON.stringify({ level: 'info', msg: service, correlationId }),
    });
    const { sources } = await opened([line('api', 'a'), line('api', 'ab'), line('worker', 'a')]);

    expect(await sources.trace('a')).toEqual({
      correlationId: 'a',
      lines: {
        value: [
          { task: 'api.1', level: 'info', text: 'api', correlationId: 'a' },
          { task: 'worker.1', level: 'info', text: 'worker', correlationId: 'a' },
        ],
      },
    });
  });

  it('as unknown what is out of reach', async () => {
    const { flow, sources } = await opened();
    // biome-ignore lint/correctness/useYield: it fails before there is a line.
    flow.target.logs = async function* () {
      throw new UserError({ code: 'DOCKER_UNAVAILABLE', message: 'The engine is gone.' });
    };
    flow.platform.beforeStep = async (name) => {
      if (name === 'read ledger') throw new UserError({ code: 'LEDGER', message: 'The ledger is gone.' });
    };

    expect(await sources.failures()).toEqual({ unknown: 'The engine is gone.' });
    expect((await sources.trace('a')).lines).toEqual({ unknown: 'The engine is gone.' });
    expect((await sources.now()).changes).toEqual({ unknown: 'The ledger is gone.' });
  });
});

it('points of a range stay where they are from one reading to the next', () => {
  expect(rangeOf(15, 1_000_003_000)).toEqual({ from: 999_100, to: 1_000_000, step: 5 });
  expect(rangeOf(60, 1_000_003_000)).toMatchObject({ to: 999_990, step: 15 });
  expect(rangeOf(15, 1_000_004_999)).toEqual(rangeOf(15, 1_000_003_000));
});
