import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock/clock.ts';
import { Shutdown, type ShutdownSteps } from './shutdown.ts';

/** Time that passes when the test says so. */
class FakeClock implements Clock {
  #now = 0;
  #timers: { at: number; readonly everyMs: number | undefined; readonly action: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, action: () => void) {
    return this.#add({ at: this.#now + delayMs, everyMs: undefined, action });
  }

  every(intervalMs: number, action: () => void) {
    return this.#add({ at: this.#now + intervalMs, everyMs: intervalMs, action });
  }

  get running(): number {
    return this.#timers.length;
  }

  async pass(durationMs: number): Promise<void> {
    const end = this.#now + durationMs;
    await settle();
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) {
        break;
      }
      this.#now = next.at;
      if (next.everyMs === undefined) {
        this.#timers = this.#timers.filter((timer) => timer !== next);
      } else {
        next.at += next.everyMs;
      }
      next.action();
      await settle();
    }
    this.#now = end;
  }

  #add(timer: { at: number; readonly everyMs: number | undefined; readonly action: () => void }) {
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
}

/** Lets every promise that can continue do so. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
}

function scene(override: Partial<ShutdownSteps> = {}) {
  const clock = new FakeClock();
  const events: string[] = [];
  const connectionsClosed = Promise.withResolvers<void>();
  const record = (event: string) => () => void events.push(`${clock.now()} ${event}`);
  const recordAndResolve = (event: string, promise: Promise<void>) => () => {
    record(event)();
    return promise;
  };
  const steps: ShutdownSteps = {
    startDraining: record('startDraining'),
    stopAccepting: recordAndResolve('stopAccepting', connectionsClosed.promise),
    closeIdleConnections: record('closeIdleConnections'),
    cutIncompleteRequests: record('cutIncompleteRequests'),
    closeAllConnections: record('closeAllConnections'),
    closeResources: recordAndResolve('closeResources', Promise.resolve()),
    flushLogs: record('flushLogs'),
    exit: (code) => void events.push(`${clock.now()} exit ${code}`),
    ...override,
  };
  const logger = pino({ level: 'silent' });
  const shutdown = new Shutdown(steps, { drainDelayMs: 5_000, timeoutMs: 40_000 }, clock, logger);
  return { clock, events, connectionsClosed, shutdown };
}

describe('a shutdown', () => {
  it('drains, stops accepting, finishes, closes, flushes, exits: in this order', async () => {
    const { clock, events, connectionsClosed, shutdown } = scene();
    shutdown.onSignal('SIGTERM');
    await clock.pass(5_250);
    connectionsClosed.resolve();
    await clock.pass(0);
    expect(events).toEqual([
      '0 startDraining',
      '5000 stopAccepting',
      '5100 closeIdleConnections',
      '5200 closeIdleConnections',
      '5250 closeResources',
      '5250 flushLogs',
      '5250 exit 0',
    ]);
    expect(clock.running).toBe(0);
  });

  it('keeps accepting for the whole drain delay', async () => {
    const { clock, events, shutdown } = scene();
    shutdown.onSignal('SIGTERM');
    await clock.pass(4_999);
    expect(events).toEqual(['0 startDraining']);
  });

  it('closes resources only when the last connection is closed, however long that takes within the budget', async () => {
    const { clock, events, connectionsClosed, shutdown } = scene();
    shutdown.onSignal('SIGTERM');
    await clock.pass(39_000);
    expect(events).not.toContainEqual(expect.stringContaining('closeResources'));
    connectionsClosed.resolve();
    await clock.pass(0);
    expect(events.slice(-3)).toEqual(['39000 closeResources', '39000 flushLogs', '39000 exit 0']);
  });

  it('cuts what is in flight at the end of the budget, counted from the signal, and exits with 1', async () => {
    const { clock, events, shutdown } = scene();
    shutdown.onSignal('SIGTERM');
    await clock.pass(40_000);
    expect(events.filter((event) => !event.includes('closeIdleConnections'))).toEqual([
      '0 startDraining',
      '5000 stopAccepting',
      '39000 cutIncompleteRequests',
      '40000 closeAllConnections',
      '40000 flushLogs',
      '40000 exit 1',
    ]);
  });

  it('cuts at once at a second signal, whichever it is', async () => {
    const { clock, events, shutdown } = scene();
    shutdown.onSignal('SIGTERM');
    await clock.pass(1_000);
    shutdown.onSignal('SIGINT');
    expect(events).toEqual(['0 startDraining', '1000 closeAllConnections', '1000 flushLogs', '1000 exit 1']);
  });

  it('exits with 1 when a resource cannot be closed', async () => {
    const { clock, events, connectionsClosed, shutdown } = scene({
      closeResources: () => Promise.reject(new Error('the pool is stuck')),
    });
    connectionsClosed.resolve();
    shutdown.onSignal('SIGTERM');
    await clock.pass(5_000);
    expect(events.at(-1)).toBe('5000 exit 1');
    expect(clock.running).toBe(0);
  });

  it('does not wait for a resource that never closes', async () => {
    const { clock, events, connectionsClosed, shutdown } = scene({
      closeResources: () => new Promise(() => undefined),
    });
    connectionsClosed.resolve();
    shutdown.onSignal('SIGTERM');
    await clock.pass(40_000);
    expect(events.at(-1)).toBe('40000 exit 1');
  });
});
