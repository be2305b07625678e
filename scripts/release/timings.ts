import type { Basis, MeasuredPhases, Phase, PhaseName, Span } from '../../infra/contract/timeline.ts';
import { formatSeconds } from '../messages/duration.ts';
import type { LedgerEntry, Timings } from './ledger.ts';
import { attempts } from './standing.ts';
import type { PlatformTimes } from './target.ts';

export interface Comparison {
  readonly phases: readonly PhaseName[];
  /** Absent: the prediction has none of these phases. */
  readonly predicted?: number;
  readonly measured: number;
  readonly ongoing: boolean;
  /** Whether both agree within a quarter, or a second; false also of what had not ended. */
  readonly agrees: boolean;
  /** Why they do not agree; absent where they do. */
  readonly why?: string;
}

const tolerated = 0.25;
/** Platforms report moments that are up to a second apart from what they mean: checks run once a second. */
const resolutionSeconds = 1;
/** Releases of which the median counts. */
const remembered = 5;
/** More tasks that want to run than there are cores, by half. */
const busyLoad = 1.5;

/** The phases that no setting decides, as the latest verified releases here took them. */
export function measuredPhases(entries: readonly LedgerEntry[]): MeasuredPhases {
  const timed = attempts(entries)
    .flatMap(({ entry }) => (entry.outcome === 'good' && entry.timings !== undefined ? [entry.timings] : []))
    .slice(-remembered);
  const pull = median(timed.flatMap((timings) => alone(timings, 'pull')));
  const boot = median(timed.flatMap((timings) => alone(timings, 'boot')));
  return { ...(pull === undefined ? {} : { pull }), ...(boot === undefined ? {} : { boot }) };
}

/** A phase's own seconds: what was measured together with others, less what the settings make of those. */
function alone({ predicted, measured }: Timings, name: PhaseName): readonly number[] {
  const span = measured.find(({ phases }) => phases.includes(name));
  if (span === undefined || span.ongoing === true) return [];
  const others = predicted.filter((phase) => phase.name !== name && span.phases.includes(phase.name));
  return [Math.max(0.1, rounded(span.seconds - sumOf(others)))];
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return undefined;
  return sorted.length % 2 === 1 ? upper : rounded(((sorted[middle - 1] ?? upper) + upper) / 2);
}

/** Each measured span beside what was predicted of it, and why they differ. */
export function compareTimings({ predicted, measured, load }: Timings): readonly Comparison[] {
  return measured.map(({ phases, seconds, ongoing = false }) => {
    const expected = predicted.filter(({ name }) => phases.includes(name));
    const sum = expected.length === 0 ? undefined : rounded(sumOf(expected));
    const difference = sum === undefined ? seconds : seconds - sum;
    const agrees =
      !ongoing && sum !== undefined && Math.abs(difference) <= Math.max(tolerated * sum, resolutionSeconds);
    return {
      phases,
      ...(sum === undefined ? {} : { predicted: sum }),
      measured: seconds,
      ongoing,
      agrees,
      ...(agrees ? {} : { why: whyOf({ phases, expected, difference, ongoing, load }) }),
    };
  });
}

interface Difference {
  readonly phases: readonly PhaseName[];
  readonly expected: readonly Phase[];
  readonly difference: number;
  readonly ongoing: boolean;
  readonly load: PlatformTimes['load'] | undefined;
}

function whyOf({ phases, expected, difference, ongoing, load }: Difference): string {
  const has = (basis: Basis) => expected.some((phase) => phase.basis === basis);
  if (ongoing) return 'the old tasks had not ended when the command did';
  if (expected.length === 0) return 'nothing was predicted of it';
  if (has('limit') && difference < 0) return 'the prediction is a limit: it was never measured here';
  if (phases.includes('stop') && difference > 0) return 'old tasks waited for what they had in flight';
  if (load !== undefined && difference > 0 && load.average > busyLoad * load.cores) {
    return `the machine was busy: load ${load.average.toFixed(1)} on ${load.cores} cores`;
  }
  if (has('measured')) return `the ${remembered} releases before it took ${difference > 0 ? 'less' : 'longer'}`;
  if (has('platform')) return 'no setting decides it: it is the platform’s';
  return 'not explained';
}

/** From the first to the moment when all requests reached the new tasks; `undefined` where that was not measured. */
export function servedAfterSeconds({ measured }: Pick<Timings, 'measured'>): number | undefined {
  const spans = measured.filter(({ phases }) => phases.some((phase) => ['pull', 'boot', 'healthy'].includes(phase)));
  return spans.length === 0 ? undefined : rounded(sumOf(spans));
}

export interface SlowestPhase {
  readonly phases: readonly PhaseName[];
  /** On average. */
  readonly seconds: number;
  /** Of all that was measured. */
  readonly share: number;
  readonly releases: number;
}

/** The phase in which the latest releases spent most time. What had not ended counts only where nothing else is known. */
export function slowestPhase(latest: readonly Timings[]): SlowestPhase | undefined {
  const spans = latest.flatMap(({ measured }) => measured);
  const keys = [...new Set(spans.map(({ phases }) => phases.join()))];
  const averages = keys.map((key) => {
    const all = spans.filter(({ phases }) => phases.join() === key);
    const ended = all.filter(({ ongoing }) => ongoing !== true);
    const counted = ended.length > 0 ? ended : all;
    return { phases: all[0]?.phases ?? [], seconds: rounded(sumOf(counted) / counted.length) };
  });
  const [most] = averages.toSorted((a, b) => b.seconds - a.seconds);
  return most === undefined ? undefined : { ...most, share: most.seconds / sumOf(averages), releases: latest.length };
}

/** The same timings, once the platform knows more of what had not ended; `undefined` where it does not. */
export function completed(timings: Timings, times: PlatformTimes | undefined): Timings | undefined {
  const open = ({ measured }: { readonly measured: readonly Span[] }) =>
    measured.some(({ ongoing }) => ongoing === true);
  if (times === undefined || !open(timings) || open({ measured: times.spans })) return undefined;
  // Where tasks were replaced since then, without a release, the platform speaks of those.
  const ended = timings.measured.filter(({ ongoing }) => ongoing !== true);
  const same = ended.every(({ phases, seconds }) =>
    times.spans.some((span) => span.phases.join() === phases.join() && span.seconds === seconds),
  );
  return same ? { ...timings, measured: times.spans } : undefined;
}

/** How the newer half of the releases compares with the older; `undefined` for fewer than four. @param latest newest first */
export function trendOf(latest: readonly Timings[]): { readonly before: number; readonly now: number } | undefined {
  const served = latest.flatMap((timings) => servedAfterSeconds(timings) ?? []);
  const half = Math.floor(served.length / 2);
  const now = median(served.slice(0, half));
  const before = median(served.slice(half));
  return half < 2 || now === undefined || before === undefined ? undefined : { before, now };
}

/** `pull 2.4 s (2.0 s predicted), boot 8.6 s (at most 1 min 0 s predicted)` */
export function sayTimings(timings: Timings): string {
  const limits = timings.predicted.filter(({ basis }) => basis === 'limit').map(({ name }) => name);
  return compareTimings(timings)
    .map(({ phases, predicted, measured, ongoing }) => {
      const limit = phases.some((phase) => limits.includes(phase)) ? 'at most ' : '';
      const beside = predicted === undefined ? '' : ` (${limit}${formatSeconds(predicted)} predicted)`;
      return `${phases.join(' and ')} ${ongoing ? 'more than ' : ''}${formatSeconds(measured)}${beside}`;
    })
    .join(', ');
}

function sumOf(parts: readonly { readonly seconds: number }[]): number {
  return parts.reduce((sum, { seconds }) => sum + seconds, 0);
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
