import { readExpiry } from './expiry.ts';
import type { Flow } from './flow.ts';
import { type Freeze, readFreeze } from './freeze.ts';
import { holdsOf, type StandingHold } from './holds.ts';
import { type Known, known, mapKnown } from './known.ts';
import type { ExpiryEntry, LedgerEntry } from './ledger.ts';
import { type MaintenanceStatus, maintenanceDisagreement, maintenanceStatus } from './maintenance.ts';
import { outlookNow } from './rollback-outlook.ts';
import type { RollbackTime } from './rollback-time.ts';
import { nameRunning } from './running.ts';
import { attempts, releaseOfDigest, standing } from './standing.ts';
import type { AlarmReport, LastRun, Observed, StandIn } from './target.ts';
import { differencesFromTruth } from './truth.ts';

export interface ProcessStatus {
  readonly name: string;
  readonly desired: number;
  readonly running: number;
  readonly healthy: number;
  /** What its tasks run, each once: the version, if the ledger knows the digest. */
  readonly releases: readonly {
    readonly digest: string;
    readonly version?: string;
    readonly tasks: number;
    /** How many of them are healthy. */
    readonly healthy: number;
  }[];
}

/** The last attempt to change what runs. */
export interface LastAttempt {
  readonly action: LedgerEntry['action'];
  readonly outcome: LedgerEntry['outcome'];
  readonly version: string;
  readonly commit: string;
  readonly by: string;
  /** When it reached this outcome; ISO 8601, UTC. */
  readonly at: string;
  readonly reason?: string;
}

/** What `rollback` would do. */
export type WayToRollBack =
  | { readonly to: string; readonly evenFrozen: boolean; readonly time?: RollbackTime }
  | { readonly refused: string };

export interface Status {
  readonly environment: string;
  /** When it was read; ISO 8601, UTC. */
  readonly at: string;
  /** `null`: nothing of the environment exists. */
  readonly runs: Known<{
    readonly url: string;
    readonly processes: readonly ProcessStatus[];
    /** Absent where everything is what the program asks for. */
    readonly standIns?: readonly StandIn[];
  } | null>;
  /** `null`: nothing was ever tried. */
  readonly last: Known<LastAttempt | null>;
  readonly holds: Known<readonly StandingHold[]>;
  readonly frozen: Known<Freeze | null>;
  readonly alarms: Known<AlarmReport>;
  /** Of processes that run on a schedule; empty where there are none. */
  readonly lastRuns: Known<readonly LastRun[]>;
  readonly maintenance: Known<MaintenanceStatus>;
  /** `null`: it lasts. */
  readonly expiry: Known<ExpiryEntry | null>;
  readonly rollback: Known<WayToRollBack>;
  /** What is not as it was requested, one line each. */
  readonly problems: readonly string[];
  /** Why tasks do not run or are not healthy, in the platform's words; empty where all do. */
  readonly explanation: string;
}

export type StatusFlow = Pick<Flow, 'target' | 'clock'>;

/** All that somebody asks first, read at once. What cannot be read is unknown, with the reason, and hides nothing else. */
export async function readStatus({ target, clock }: StatusFlow, environment: string): Promise<Status> {
  const at = new Date(clock.now()).toISOString();
  const [observed, entries, frozen, alarms, lastRuns, expiry, maintenance] = await Promise.all([
    known(() => target.observe(environment)),
    known(() => target.ledger(environment).list()),
    known(async () => (await readFreeze(target, environment)) ?? null),
    known(() => target.alarms(environment)),
    known(() => target.lastRuns(environment)),
    known(async () => (await readExpiry(target, environment)) ?? null),
    maintenanceStatus(target, environment),
  ]);
  const ledger = 'value' in entries ? entries.value : [];
  const problems = [
    ...('value' in observed ? await problemsOf(observed.value, entries) : []),
    ...('value' in observed ? missingStandIns(observed.value) : []),
    ...('value' in alarms && 'firing' in alarms.value
      ? alarms.value.firing.map(({ name }) => `${name} is firing`)
      : []),
    ...('value' in lastRuns ? lastRuns.value.flatMap(failureOf) : []),
    ...('value' in maintenance ? [maintenanceDisagreement(maintenance.value) ?? []].flat() : []),
  ];
  return {
    environment,
    at,
    runs: mapKnown(observed, (value) =>
      value === undefined
        ? null
        : {
            url: value.url,
            processes: processesOf(value, ledger),
            ...(value.standIns === undefined ? {} : { standIns: value.standIns }),
          },
    ),
    last: mapKnown(entries, (list) => lastAttemptOf(list) ?? null),
    holds: mapKnown(entries, holdsOf),
    frozen,
    alarms,
    lastRuns,
    maintenance,
    expiry,
    rollback: await wayToRollBack({ target, clock }, environment, { observed, entries, frozen }),
    problems,
    explanation: problems.length === 0 ? '' : await target.explain(environment).catch(() => ''),
  };
}

function missingStandIns(observed: Observed | undefined): readonly string[] {
  const missing = (observed?.standIns ?? []).filter(({ healthy }) => !healthy);
  return missing.map(({ title, resources }) => `${title}, which stands in for ${resources}, is not ready`);
}

function failureOf({ process, at, failed }: LastRun): readonly string[] {
  if (failed === undefined) return [];
  return [`the last run of ${process} failed${at === undefined ? '' : ` at ${at.slice(0, 19)}Z`}: ${failed}`];
}

async function problemsOf(
  observed: Observed | undefined,
  entries: Known<readonly LedgerEntry[]>,
): Promise<readonly string[]> {
  const current = 'value' in entries ? standing(entries.value) : undefined;
  if (current !== undefined) return differencesFromTruth(observed, current.release);
  return (observed?.services ?? []).flatMap(({ name, desired, tasks }) => [
    ...(tasks.length === desired ? [] : [`${name}: ${tasks.length} of ${desired} desired tasks run`]),
    ...(tasks.every(({ healthy }) => healthy)
      ? []
      : [`${name}: ${tasks.filter(({ healthy }) => !healthy).length} of ${tasks.length} tasks are not healthy`]),
  ]);
}

function processesOf({ services }: Observed, entries: readonly LedgerEntry[]): readonly ProcessStatus[] {
  return services.map(({ name, desired, tasks }) => {
    const healthyOf = (some: typeof tasks) => some.filter(({ healthy }) => healthy).length;
    return {
      name,
      desired,
      running: tasks.length,
      healthy: healthyOf(tasks),
      releases: [...Map.groupBy(tasks, ({ digest }) => digest)].map(([digest, some]) => {
        const version = releaseOfDigest(entries, digest)?.version;
        return {
          digest,
          tasks: some.length,
          healthy: healthyOf(some),
          ...(version === undefined ? {} : { version }),
        };
      }),
    };
  });
}

/** The last that changed something: a `verify` only looked. */
function lastAttemptOf(entries: readonly LedgerEntry[]): LastAttempt | undefined {
  const last = attempts(entries).findLast(({ entry }) => entry.action !== 'verify')?.entry;
  if (last === undefined) return undefined;
  const { action, outcome, by, at, reason, release } = last;
  const { version, commit } = release;
  return { action, outcome, version, commit, by, at, ...(reason === undefined ? {} : { reason }) };
}

interface Read {
  readonly observed: Known<Observed | undefined>;
  readonly entries: Known<readonly LedgerEntry[]>;
  readonly frozen: Known<Freeze | null>;
}

async function wayToRollBack(
  { target }: StatusFlow,
  environment: string,
  { observed, entries, frozen }: Read,
): Promise<Known<WayToRollBack>> {
  if ('unknown' in observed) return observed;
  if ('unknown' in entries) return entries;
  if (observed.value === undefined) return { value: { refused: 'nothing runs' } };
  const running = nameRunning(observed.value, entries.value);
  const outlook = await outlookNow(target, environment, running, entries.value);
  if ('unknown' in outlook) return outlook;
  if ('refused' in outlook.value) return { value: { refused: outlook.value.refused } };
  if ('unknown' in frozen) return { unknown: `whether it is frozen is not known: ${frozen.unknown}` };
  return { value: { ...outlook.value, evenFrozen: frozen.value !== null } };
}
