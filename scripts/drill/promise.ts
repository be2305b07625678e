import { type Evidence, type MarkName, markOf } from './evidence.ts';
import type { Sent } from './load.ts';

/** One thing that is promised before a drill begins, and how it is judged afterwards. */
export interface Clause {
  /** The promise, in one phrase: `no request fails`. */
  readonly text: string;
  readonly judge: (evidence: Evidence) => Judgement;
  /** When requests may fail without breaking it; absent: never, or it is not about requests. */
  readonly allows?: (evidence: Evidence) => Band | undefined;
}

/** Milliseconds since the load began. */
export interface Band {
  readonly from: number;
  readonly to: number;
}

export type Judgement =
  | { readonly kept: boolean; readonly seen: string }
  /** There was nothing to judge by; that is neither kept nor broken. */
  | { readonly notChecked: string };

/** A clause with its judgement. */
export type Finding = { readonly promised: string } & Judgement;

export type Verdict = 'kept' | 'broken';

export function judge(clauses: readonly Clause[], evidence: Evidence): readonly Finding[] {
  return clauses.map(({ text, judge }) => ({ promised: text, ...judge(evidence) }));
}

/** Times at which the promise allows requests to fail. */
export function bandsOf(clauses: readonly Clause[], evidence: Evidence): readonly Band[] {
  return clauses.flatMap(({ allows }) => allows?.(evidence) ?? []);
}

/** Kept if no clause is broken and at least one was judged: of nothing, nothing is kept. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const judged = findings.filter((finding) => 'kept' in finding);
  return judged.length > 0 && judged.every(({ kept }) => kept) ? 'kept' : 'broken';
}

const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
const secondsOf = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const failedOf = (sent: readonly Sent[]) => sent.filter(({ failure }) => failure !== undefined);
const endOf = ({ dueAt, latencyMs }: Sent) => dueAt + latencyMs;

export function noRequestFails(): Clause {
  return { ...atMostFail(0), text: 'no request fails' };
}

export function atMostFail(most: number, because = ''): Clause {
  return {
    text: `at most ${most} requests fail${because}`,
    judge: ({ sent }) => {
      if (sent.length === 0) return { kept: false, seen: 'no request was sent' };
      const failed = failedOf(sent);
      return { kept: failed.length <= most, seen: `${failed.length} of ${sent.length} failed${reasons(failed)}` };
    },
  };
}

/** @param most share of the requests that are due between two marks */
export function atMostShareFails(most: number, from: MarkName, to: MarkName): Clause {
  return {
    text: `at most ${percent(most)} of the requests fail meanwhile`,
    allows: (evidence) => bandBetween(evidence, from, to, 0),
    judge: (evidence) => {
      const [begin, end] = [markOf(evidence, from)?.at, markOf(evidence, to)?.at];
      if (begin === undefined || end === undefined) return { kept: false, seen: 'what it is about did not happen' };
      const within = evidence.sent.filter(({ dueAt }) => dueAt >= begin && dueAt <= end);
      const failed = failedOf(within);
      return {
        kept: within.length > 0 && failed.length <= most * within.length,
        seen: `${failed.length} of ${within.length} failed${reasons(failed)}`,
      };
    },
  };
}

/** Requests may fail while the fault lasts; not before it, and not later than some seconds after its end. */
export function recoversWithin(seconds: number, from: MarkName): Clause {
  return {
    text: `no request fails before it, nor later than ${seconds} s after ${from === 'over' ? 'its end' : 'it'}`,
    allows: (evidence) => bandBetween(evidence, 'fault', from, seconds),
    judge: (evidence) => {
      const [fault, end] = [markOf(evidence, 'fault')?.at, markOf(evidence, from)?.at];
      if (fault === undefined || end === undefined) return { kept: false, seen: 'the fault did not happen' };
      const failed = failedOf(evidence.sent);
      const before = failed.filter((one) => endOf(one) < fault).length;
      // Counted from when a request was due: those that hung in the outage belong to it.
      const last = failed.at(-1) === undefined ? fault : Math.max(...failed.map(({ dueAt }) => dueAt));
      const took = Math.max(0, last - end);
      const seen =
        failed.length === 0
          ? 'no request failed'
          : `${failed.length} of ${evidence.sent.length} failed, the last one ${lastFailure(last, fault, end, from)}${before > 0 ? `; ${before} before it` : ''}${reasons(failed)}`;
      const later = evidence.sent.some((one) => one.dueAt > Math.max(last, end) && one.failure === undefined);
      if (!later) return { kept: false, seen: `${seen}; no request after it was answered` };
      return { kept: before === 0 && took <= seconds * 1000, seen };
    },
  };
}

function bandBetween(evidence: Evidence, from: MarkName, to: MarkName, seconds: number): Band | undefined {
  const [begin, end] = [markOf(evidence, from)?.at, markOf(evidence, to)?.at];
  return begin === undefined || end === undefined ? undefined : { from: begin, to: end + seconds * 1000 };
}

function lastFailure(last: number, fault: number, end: number, from: MarkName): string {
  return last > end && from === 'over'
    ? `${secondsOf(last - end)} after its end`
    : `${secondsOf(last - fault)} after it began`;
}

export function percentile(values: readonly number[], share: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}

/** Which releases answered after the last command, or after the fault where there was none. */
export function servesOnly(version: (evidence: Evidence) => string | undefined, text: string): Clause {
  return {
    text,
    judge: (evidence) => {
      if (evidence.versionBefore === undefined) {
        return { notChecked: 'the app’s manifest names no path that answers with its version' };
      }
      const expected = version(evidence) ?? 'the release that the command names';
      const from = evidence.marks.findLast(({ name }) => name === 'ended')?.at ?? markOf(evidence, 'fault')?.at ?? 0;
      const seen = new Set(
        evidence.sent.flatMap(({ dueAt, version: one }) => (dueAt >= from && one !== undefined ? [one] : [])),
      );
      return {
        kept: seen.size === 1 && seen.has(expected),
        seen: seen.size === 0 ? 'no answer named a release' : [...seen].join(', '),
      };
    },
  };
}

export function keepsServing(): Clause {
  return servesOnly(({ versionBefore }) => versionBefore, 'the release before it keeps serving');
}

/** A command ends so. @param reason that its error has to name */
export function commandEnds(
  exitCodes: readonly number[],
  text: string,
  reason?: RegExp,
  which: 'first' | 'last' = 'last',
): Clause {
  return {
    text,
    judge: ({ commands }) => {
      const last = commands.at(which === 'first' ? 0 : -1);
      if (last === undefined) return { kept: false, seen: 'no command ran' };
      const said = JSON.stringify(last.json);
      const code = Reflect.get(Object(last.json['error']), 'code');
      const seen = `\`${last.words.slice(0, 2).join(' ')}\` ended with ${last.exitCode ?? 'a signal'}${typeof code === 'string' ? ` (${code})` : ''} after ${last.seconds.toFixed(1)} s`;
      const named = reason === undefined || reason.test(said);
      return {
        kept: last.exitCode !== undefined && exitCodes.includes(last.exitCode) && named,
        seen: named ? seen : `${seen}, and its report does not name the reason`,
      };
    },
  };
}

/** Tasks of a service that were there when the fault began and are not there at the end. */
export function tasksReplaced(service: string, most: number): Clause {
  return {
    text: most === 0 ? `no task of ${service} is replaced` : `at most ${most} of the tasks of ${service} is replaced`,
    judge: (evidence) => {
      const fault = markOf(evidence, 'fault')?.at ?? 0;
      const of = (sample: Evidence['samples'][number] | undefined) =>
        sample?.services.find(({ name }) => name === service)?.containers;
      const before = of(evidence.samples.findLast(({ at }) => at <= fault) ?? evidence.samples[0]);
      const after = of(evidence.samples.at(-1));
      if (before === undefined || after === undefined) return { kept: false, seen: `no task of ${service} was seen` };
      const gone = before.filter((id) => !after.includes(id));
      const codes = gone.map(
        (id) => evidence.ended.find(({ container }) => container === id)?.exitCode ?? 'no end yet',
      );
      const how = gone.length === 0 ? '' : `; ended with ${codes.join(', ')}`;
      return { kept: gone.length <= most, seen: `${gone.length} of ${before.length} replaced${how}` };
    },
  };
}

/** All tasks of a service are ready again. @param from the mark from which the seconds count */
export function tasksReadyWithin(service: string, seconds: number, from: MarkName): Clause {
  return {
    text: `all tasks of ${service} are ready within ${seconds} s`,
    judge: (evidence) => {
      const begin = markOf(evidence, from)?.at;
      if (begin === undefined) return { kept: false, seen: 'the fault did not happen' };
      const complete = ({ services }: Evidence['samples'][number]) => {
        const found = services.find(({ name }) => name === service);
        return found !== undefined && found.desired > 0 && found.ready >= found.desired;
      };
      const after = evidence.samples.filter(({ at }) => at >= begin);
      const lastMissing = after.findLastIndex((sample) => !complete(sample));
      if (after.length === 0) return { kept: false, seen: 'nothing was sampled' };
      if (lastMissing === after.length - 1) return { kept: false, seen: 'not all of them were at the end' };
      const took = lastMissing === -1 ? 0 : (after[lastMissing + 1]?.at ?? begin) - begin;
      return {
        kept: took <= seconds * 1000,
        seen: lastMissing === -1 ? 'they always were' : `after ${secondsOf(took)}`,
      };
    },
  };
}

/** A drill that breaks what an alarm watches, and does not make it fire, shows that the alarm guards nothing. */
export function alarmFires(name: string): Clause {
  return {
    text: `the alarm ${name} fires`,
    judge: (evidence) => {
      const { alarms } = evidence;
      if (alarms === undefined) return { kept: false, seen: 'no alarm was read' };
      const fault = markOf(evidence, 'fault')?.at ?? 0;
      const fired = alarms.find((one) => one.fires && one.name === name && one.at >= fault);
      const others = [...new Set(alarms.filter(({ fires }) => fires).map((one) => one.name))];
      return fired === undefined
        ? { kept: false, seen: others.length === 0 ? 'none fired' : `only ${others.join(', ')} fired` }
        : { kept: true, seen: `${secondsOf(fired.at - fault)} after it began` };
    },
  };
}

/** The fault itself has to be seen: a drill of what did not happen shows nothing. */
export function taskEnds(
  service: string,
  how: { readonly exitCode?: number; readonly outOfMemory?: true },
  text: string,
): Clause {
  return {
    text,
    judge: ({ ended }) => {
      const of = ended.filter((task) => task.service === service);
      const matching = of.filter(
        ({ exitCode, outOfMemory }) =>
          (how.exitCode === undefined || exitCode === how.exitCode) && (how.outOfMemory === undefined || outOfMemory),
      );
      const seen = of
        .map(({ exitCode, outOfMemory }) => `${exitCode}${outOfMemory ? ', out of memory' : ''}`)
        .join('; ');
      return {
        kept: matching.length > 0,
        seen: of.length === 0 ? `no task of ${service} ended` : `ended with ${seen}`,
      };
    },
  };
}

export function everyTaskEndsWith(service: string, exitCode: number): Clause {
  return {
    text: `each task of ${service} that is stopped ends with ${exitCode}`,
    judge: ({ ended }) => {
      const of = ended.filter((task) => task.service === service);
      const seen = of.map((task) => String(task.exitCode)).join(', ');
      return of.length === 0
        ? { notChecked: `no task of ${service} ended while the drill watched` }
        : { kept: of.every((task) => task.exitCode === exitCode), seen: `ended with ${seen}` };
    },
  };
}

/** A request of the drill's own. */
export function probesPass(text: string): Clause {
  return {
    text,
    judge: ({ probes }) => {
      const failed = probes.filter(({ passed }) => !passed);
      const shown = failed[0]?.detail ?? probes[0]?.detail ?? '';
      return {
        kept: probes.length > 0 && failed.length === 0,
        seen: `${probes.length - failed.length} of ${probes.length}: ${shown}`,
      };
    },
  };
}

/** Every acknowledged write is read back. */
export function nothingLost(): Clause {
  return {
    text: 'nothing acknowledged is lost or doubled',
    judge: ({ writes }) => {
      if ('notChecked' in writes)
        return writes.notChecked.startsWith('no write') ? writes : { kept: false, seen: writes.notChecked };
      const { written, acknowledged, lost, doubled } = writes;
      if (acknowledged === 0) return { kept: false, seen: `none of ${written} writes was acknowledged` };
      const example = lost[0] ?? doubled[0];
      return {
        kept: lost.length === 0 && doubled.length === 0,
        seen: `${acknowledged} of ${written} writes acknowledged, ${acknowledged - lost.length} read back, ${lost.length} lost, ${doubled.length} doubled${example === undefined ? '' : ` (${example})`}`,
      };
    },
  };
}

/**
 * The database is that of the moment of the fault: what was acknowledged before is there, and what was written well after
 * it, and before the restored one served, is not. If nothing is gone, nothing was restored.
 */
export function restoredToTheMoment(): Clause {
  return {
    text: 'everything acknowledged before that time is there, once, and what was written after it is not',
    judge: (evidence) => {
      const { writes } = evidence;
      const fault = markOf(evidence, 'fault')?.at;
      if (fault === undefined) return { kept: false, seen: 'no time was chosen' };
      if ('notChecked' in writes)
        return writes.notChecked.startsWith('no write') ? writes : { kept: false, seen: writes.notChecked };
      const early = writes.lost.filter((_entry, index) => (writes.lostAt?.[index] ?? 0) < fault);
      const seen = `${writes.acknowledged} of ${writes.written} writes acknowledged, ${early.length} from before that time lost, ${writes.lost.length - early.length} from after it gone, ${writes.doubled.length} doubled`;
      return { kept: early.length === 0 && writes.doubled.length === 0 && writes.lost.length > 0, seen };
    },
  };
}

function reasons(failed: readonly Sent[]): string {
  const counts = new Map<string, number>();
  for (const { failure = '' } of failed) counts.set(failure, (counts.get(failure) ?? 0) + 1);
  const text = [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([reason, count]) => `${count} × ${reason}`)
    .join(', ');
  return text === '' ? '' : ` (${text})`;
}
