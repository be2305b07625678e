import type { ReadLine } from '../../output/log-line.ts';
import type { AlarmState } from '../../release/alarm-states.ts';
import type { Change } from '../../release/changes.ts';
import type { ChartFigures, Panel, TimeRange } from '../../release/dashboard.ts';
import type { Status } from '../../release/status.ts';
import type { Outline } from '../answers.ts';
import { rangeOf, type Sources } from '../sources.ts';

const long = '0.1.0-9c48f4fc16b5-dirty-of-a-branch-with-a-very-long-name';
const previous = '0.1.0-77f0c0a1b2c3';

/** What a page shows in the middle of a rollout, while an alarm fires and errors come. */
export function busySources(panels: readonly Panel[], now = Date.now()): Sources {
  const outline: Outline = { environment: 'staging', target: 'local', panels, rolloutSeconds: 42 };
  const charts = panels.filter((panel) => panel.kind === 'chart');
  return {
    outline,
    now: async () => ({ status: statusAt(now), changes: { value: changesAt(now) }, alarms: { value: alarmsAt(now) } }),
    charts: async (minutes) => {
      const range = rangeOf(minutes, now);
      const figures = charts.map(({ title, lines }) =>
        /^Database: connections/.test(title)
          ? { unknown: 'Prometheus did not answer the query of a chart: fetch failed.' }
          : { value: figuresOf(title, lines, range) },
      );
      return { range, figures };
    },
    failures: async () => ({ value: failuresAt(now) }),
    trace: async (correlationId) => ({
      correlationId,
      lines: { value: failuresAt(now).some((line) => line.correlationId === correlationId) ? traceAt(now) : [] },
    }),
  };
}

/** An environment of which nothing can be read. */
export function unknownSources(panels: readonly Panel[]): Sources {
  const why = 'The Docker engine does not answer.';
  const unknown = { unknown: why };
  const busy = busySources(panels);
  const { at } = statusAt(Date.now());
  return {
    outline: busy.outline,
    now: async () => ({
      status: {
        environment: 'staging',
        at,
        runs: unknown,
        last: unknown,
        holds: unknown,
        frozen: unknown,
        alarms: unknown,
        lastRuns: unknown,
        maintenance: unknown,
        expiry: unknown,
        rollback: unknown,
        problems: [],
        explanation: '',
      },
      changes: unknown,
      alarms: unknown,
    }),
    charts: async (minutes) => {
      const { range, figures } = await busy.charts(minutes);
      return { range, figures: figures.map(() => unknown) };
    },
    failures: async () => unknown,
    trace: async (correlationId) => ({ correlationId, lines: unknown }),
  };
}

/** ISO 8601, so many seconds before. */
function before(now: number, seconds: number): string {
  return new Date(now - seconds * 1000).toISOString();
}

function statusAt(now: number): Status {
  const [old, next] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string];
  return {
    environment: 'staging',
    at: new Date(now).toISOString(),
    runs: {
      value: {
        url: 'http://127.0.0.1:8080',
        processes: [
          {
            name: 'api',
            desired: 4,
            running: 6,
            healthy: 5,
            releases: [
              { digest: old, version: previous, tasks: 3, healthy: 3 },
              // The ledger has its digest when it has come.
              { digest: next, tasks: 3, healthy: 2 },
            ],
          },
          {
            name: 'worker',
            desired: 2,
            running: 1,
            healthy: 1,
            releases: [{ digest: old, version: previous, tasks: 1, healthy: 1 }],
          },
        ],
      },
    },
    last: {
      value: {
        action: 'up',
        outcome: 'started',
        version: long,
        commit: 'c'.repeat(40),
        by: 'ada@desk',
        at: before(now, 9),
      },
    },
    holds: {
      value: [
        {
          version: '0.1.0-deadbeef0000',
          digest: old,
          reason: 'it answered 5 % with 500',
          at: before(now, 4000),
          by: 'ada@desk',
        },
      ],
    },
    frozen: { value: null },
    alarms: {
      value: {
        firing: [
          {
            name: 'api-5xx',
            reason: '37 in the last minute, more than 10',
            since: before(now, 65),
          },
        ],
        withoutData: ['queue-age'],
      },
    },
    lastRuns: { value: [] },
    maintenance: { value: { recorded: null, shown: false } },
    expiry: { value: null },
    rollback: { value: { to: previous, evenFrozen: false, time: { seconds: 4.2, atMost: false } } },
    problems: ['worker: 1 of 2 desired tasks run', 'api-5xx is firing'],
    explanation: '',
  };
}

function alarmsAt(now: number): readonly AlarmState[] {
  const state = (name: string, facts: Partial<AlarmState>): AlarmState => ({
    name,
    state: 'not firing',
    condition: 'EventLoopLagP99Ms (Maximum) > 200 in 3 periods of 5 s',
    runbook: 'docs/runbooks/errors-or-slow-requests.md',
    guards: [],
    ...facts,
  });
  return [
    state('api-5xx', {
      state: 'firing',
      condition: 'HTTPCode_Target_5XX_Count (Sum) > 0.83 in 2 of 3 periods of 5 s',
      since: before(now, 65),
      guards: ['api'],
    }),
    ...['api-latency-p99', 'api-unhealthy', 'api-cpu', 'api-memory', 'worker-no-task'].map((name) => state(name, {})),
    state('queue-age', { state: 'no data', because: 'tasks of worker: not answering' }),
    state('database-storage', {
      state: 'not here',
      because: 'storage of its own: Postgres has the disk of this machine',
    }),
  ];
}

function changesAt(now: number): readonly Change[] {
  const release = (what: string, outcome: string, secondsAgo: number, seconds: number, reason?: string): Change => ({
    kind: 'release',
    action: 'up',
    what,
    outcome,
    by: 'ada@desk',
    at: before(now, secondsAgo),
    seconds,
    ...(reason === undefined ? {} : { reason }),
  });
  return [
    release(long, 'started', 9, 0),
    {
      kind: 'operation',
      action: 'scale',
      what: 'api: 2 → 4 tasks',
      outcome: 'done',
      by: 'ada@desk',
      at: before(now, 200),
      seconds: 6.1,
    },
    release(previous, 'good', 420, 18.4),
    release(
      '0.1.0-deadbeef0000',
      'rolled-back',
      640,
      61,
      'The check “smoke test” failed: GET /todos answered 500.\nmore',
    ),
    ...Array.from({ length: 9 }, (_, index) => release(`0.1.0-00000000000${index}`, 'good', 4000 + index * 3600, 20)),
  ];
}

/** Figures with the shape of real ones: even, with a dip of ten seconds and a burst of errors. */
function figuresOf(title: string, lines: readonly string[], { from, to, step }: TimeRange): ChartFigures {
  const count = Math.floor((to - from) / step) + 1;
  return lines.map((line, number) => {
    const level = levelOf(title, line, number);
    return Array.from({ length: count }, (_, index) => {
      // The environment came up within the range.
      if (index < count * 0.06) return null;
      const wave = Math.sin(index / 9 + number * 2) * 0.06 + Math.sin(index / 2.3 + number) * 0.03;
      const burst = /5xx/.test(line) && index > count * 0.9 ? 37 : 0;
      const value = level * (1 + wave) + burst;
      return /asks|obs|evict/.test(title) ? Math.round(value) : Math.max(0, value);
    });
  });
}

function levelOf(title: string, line: string, number: number): number {
  if (/unhealthy|5xx|evictions|dead|misses/.test(line)) return 0;
  if (/4xx/.test(line)) return 12;
  if (/Requests/.test(title)) return 5400;
  if (/p99 latency/.test(title)) return 0.042;
  if (/Event loop/.test(title)) return 14 + number * 5;
  if (/asks/.test(title)) return 4;
  if (/hits/.test(line)) return 3100;
  return 22 + number * 17;
}

function failuresAt(now: number): readonly ReadLine[] {
  return Array.from({ length: 14 }, (_, index) => ({
    at: before(now, 2 + index * 7),
    task: index % 3 === 2 ? 'worker.1' : `api.${1 + (index % 4)}`,
    ...(index % 2 === 0 ? { level: 'error' } : { level: 'info' }),
    text:
      index % 2 === 0
        ? 'unhandled error: connect ECONNREFUSED 10.0.7.3:5432: the server closed the connection unexpectedly attempt=3'
        : `POST /todos/${'f'.repeat(index)} 500 1204 ms`,
    ...(index === 4 ? {} : { correlationId: `7f0d2c1a-41b5-4e1e-9a0b-${String(index).padStart(12, '0')}` }),
  }));
}

function traceAt(now: number): readonly ReadLine[] {
  const line = (milliseconds: number, task: string, level: string, text: string): ReadLine => ({
    at: new Date(now - 9000 + milliseconds).toISOString(),
    ...{ task, level, text },
  });
  return [
    line(0, 'api.2', 'info', 'todo created id=41'),
    line(4, 'api.2', 'info', 'POST /todos 201 4 ms'),
    line(180, 'worker.1', 'warn', 'job failed, next attempt in 2 s: connect ECONNREFUSED 10.0.7.3:5432 job=webhook'),
    line(2210, 'worker.1', 'error', 'job given up: connect ECONNREFUSED 10.0.7.3:5432 job=webhook attempt=2'),
  ];
}
