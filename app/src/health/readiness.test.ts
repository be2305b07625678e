import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock/clock.ts';
import { Readiness, type ReadinessCheck } from './readiness.ts';

/** A clock whose timers fire when the test says so. */
function manualClock() {
  let now = 0;
  let timers: (() => void)[] = [];
  const clock: Clock = {
    now: () => now,
    after: (_delayMs, action) => {
      timers.push(action);
      return () => {
        timers = timers.filter((timer) => timer !== action);
      };
    },
    every: () => () => undefined,
  };
  return {
    clock,
    advance: (durationMs: number) => {
      now += durationMs;
    },
    fire: () => {
      for (const timer of timers) {
        timer();
      }
    },
    waiting: () => timers.length,
  };
}

function database(answers: (() => Promise<void>)[]) {
  const check = {
    name: 'database',
    runs: 0,
    run: () => answers[Math.min(check.runs++, answers.length - 1)]?.() ?? Promise.resolve(),
  };
  return check satisfies ReadinessCheck;
}

const up = () => Promise.resolve();
const down = () => Promise.reject(Object.assign(new Error('connect to db.internal as todo'), { code: 'ECONNREFUSED' }));

describe('readiness', () => {
  it('is ready when every check is', async () => {
    const { clock } = manualClock();
    const readiness = new Readiness(
      [database([up]), { name: 'cache', run: up }],
      { timeoutMs: 1_000, graceMs: 0 },
      clock,
    );
    expect(await readiness.report()).toEqual({
      status: 'ready',
      checks: { database: { status: 'up', durationMs: 0 }, cache: { status: 'up', durationMs: 0 } },
    });
  });

  it('is degraded without what is optional: it does its work', async () => {
    const { clock } = manualClock();
    const valkey = { name: 'valkey', optional: true, run: down };
    const readiness = new Readiness([database([up]), valkey], { timeoutMs: 1_000, graceMs: 0 }, clock);
    expect(await readiness.report()).toEqual({
      status: 'degraded',
      checks: {
        database: { status: 'up', durationMs: 0 },
        valkey: { status: 'down', durationMs: 0, reason: 'ECONNREFUSED' },
      },
    });
  });

  it('is not ready without what it needs, whatever is optional', async () => {
    const { clock } = manualClock();
    const readiness = new Readiness(
      [database([down]), { name: 'valkey', optional: true, run: up }],
      { timeoutMs: 1_000, graceMs: 0 },
      clock,
    );
    expect((await readiness.report()).status).toBe('starting');
  });

  it('is starting until it was ready once, and unavailable after', async () => {
    const { clock, advance } = manualClock();
    const readiness = new Readiness([database([down, up, down])], { timeoutMs: 1_000, graceMs: 0 }, clock);
    expect((await readiness.report()).status).toBe('starting');
    expect((await readiness.report()).status).toBe('ready');
    advance(1_000);
    expect((await readiness.report()).status).toBe('unavailable');
  });

  it('says why a check failed by its code, without host or user', async () => {
    const { clock } = manualClock();
    const { checks } = await new Readiness([database([down])], { timeoutMs: 1_000, graceMs: 0 }, clock).report();
    expect(checks).toEqual({ database: { status: 'down', durationMs: 0, reason: 'ECONNREFUSED' } });
  });

  it('gives up on a check that does not answer in time, and leaves no timer behind', async () => {
    const { clock, fire, waiting } = manualClock();
    const readiness = new Readiness(
      [database([() => new Promise(() => undefined)])],
      { timeoutMs: 1_000, graceMs: 0 },
      clock,
    );
    const report = readiness.report();
    fire();
    expect((await report).checks).toMatchObject({ database: { status: 'down', reason: 'no answer within 1000 ms' } });
    expect(waiting()).toBe(0);
  });

  it('runs the checks once for all who ask within half a second', async () => {
    const { clock, advance } = manualClock();
    const check = database([up]);
    const readiness = new Readiness([check], { timeoutMs: 1_000, graceMs: 0 }, clock);
    await Promise.all([readiness.report(), readiness.report(), readiness.report()]);
    advance(499);
    await readiness.report();
    expect(check.runs).toBe(1);
    advance(1);
    await readiness.report();
    expect(check.runs).toBe(2);
  });

  it('does not keep a failure while starting: being asked too early must not delay the start', async () => {
    const { clock } = manualClock();
    const readiness = new Readiness([database([down, up])], { timeoutMs: 1_000, graceMs: 0 }, clock);
    await readiness.report();
    expect((await readiness.report()).status).toBe('ready');
  });

  it('is draining from the moment it is told, asks nobody any more, and also if a check was still running', async () => {
    const { clock } = manualClock();
    const check = database([up]);
    const readiness = new Readiness([check], { timeoutMs: 1_000, graceMs: 0 }, clock);
    const asked = readiness.report();
    readiness.startDraining();
    expect((await asked).status).toBe('draining');
    expect(await readiness.report()).toEqual({ status: 'draining', checks: {} });
    expect(check.runs).toBe(1);
  });

  it('stays ready through an outage that is tolerated, and not through a longer one', async () => {
    const { clock, advance } = manualClock();
    const check = database([up, down, down, up, down, down]);
    const readiness = new Readiness([check], { timeoutMs: 1_000, graceMs: 10_000 }, clock);
    const after = async (ms: number) => {
      advance(ms);
      const { status, checks } = await readiness.report();
      return [status, checks['database']?.status];
    };
    expect(await after(0)).toEqual(['ready', 'up']);
    expect(await after(5_000)).toEqual(['degraded', 'down']);
    expect(await after(4_999)).toEqual(['degraded', 'down']);
    // The next outage is tolerated for as long again.
    expect(await after(2_000)).toEqual(['ready', 'up']);
    expect(await after(9_999)).toEqual(['degraded', 'down']);
    expect(await after(501)).toEqual(['unavailable', 'down']);
  });

  it('tolerates nothing before it was ready once, nor while it drains', async () => {
    const { clock } = manualClock();
    const readiness = new Readiness([database([down, up])], { timeoutMs: 1_000, graceMs: 10_000 }, clock);
    expect((await readiness.report()).status).toBe('starting');
    expect((await readiness.report()).status).toBe('ready');
    readiness.startDraining();
    expect((await readiness.report()).status).toBe('draining');
  });
});
