import { matches, readLogLine } from '../output/log-line.ts';
import { readChanges } from '../release/changes.ts';
import type { Clock } from '../release/clock.ts';
import type { Figures, TimeRange } from '../release/dashboard.ts';
import { known } from '../release/known.ts';
import { latestPerService } from '../release/read-logs.ts';
import { readStatus } from '../release/status.ts';
import type { Target } from '../release/target.ts';
import type { Charts, Failures, Now, Outline, Trace } from './answers.ts';
import { RecentFailures } from './failures.ts';
import { shared } from './share.ts';

/** What the server answers from. */
export interface Sources {
  readonly outline: Outline;
  now(): Promise<Now>;
  /** @param minutes one of {@link ranges} */
  charts(minutes: number): Promise<Charts>;
  failures(): Promise<Failures>;
  trace(correlationId: string): Promise<Trace>;
}

/** Minutes that the page offers, and how many seconds there are between two points. */
export const ranges: ReadonlyMap<number, number> = new Map([
  [15, 5],
  [60, 15],
  [360, 90],
  [1440, 300],
]);

/** Lines of a trace: a request has a dozen, a caller that sends one id with everything has any number. */
const linesOfTrace = 1_000;
/** Every open page asks every second or two. */
const goodForMs = 900;

export interface Watched {
  readonly target: Target;
  readonly clock: Clock;
  readonly figures: Figures;
  /** Aborts when the command ends. */
  readonly signal: AbortSignal;
}

/** Reads the environment for its page; what cannot be read is unknown there, with the reason. */
export async function openSources({ target, clock, figures, signal }: Watched, environment: string): Promise<Sources> {
  const timelines = await known(() => target.timelines(environment));
  const failures = new RecentFailures(
    (query) => target.logs(environment, query, signal),
    () => clock.now(),
  );
  return {
    outline: {
      environment,
      target: target.kind,
      panels: figures.panels,
      ...('value' in timelines ? { rolloutSeconds: timelines.value.rollout.servesAfterSeconds } : {}),
    },
    now: shared(async () => {
      const [status, changes, alarms] = await Promise.all([
        readStatus({ target, clock }, environment),
        known(() => readChanges(target, environment)),
        known(async () => (await target.operations.listAlarms(environment)) ?? null),
      ]);
      return { status, changes, alarms };
    }, goodForMs),
    charts: async (minutes) => {
      const range = rangeOf(minutes, clock.now());
      return { range, figures: await figures.read(range) };
    },
    failures: shared(() => known(() => failures.look()), goodForMs),
    trace: async (correlationId) => ({
      correlationId,
      lines: await known(() => readTrace(target, environment, correlationId, signal)),
    }),
  };
}

/** On multiples of its step, so that a point does not move from one reading to the next. */
export function rangeOf(minutes: number, now: number): TimeRange {
  const step = ranges.get(minutes) ?? 60;
  const to = Math.floor(now / 1000 / step) * step;
  return { from: to - minutes * 60, to, step };
}

async function readTrace(target: Target, environment: string, correlationId: string, signal: AbortSignal) {
  const lines = [];
  for await (const line of target.logs(environment, { follow: false, contains: correlationId }, signal)) {
    if (matches(line, { correlationId })) lines.push(line);
  }
  return latestPerService(lines, linesOfTrace).map(readLogLine);
}
