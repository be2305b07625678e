import { type Freeze, readFreeze } from './freeze.ts';
import { holdsOf, type StandingHold } from './holds.ts';
import type {
  Accepted,
  FreezeEntry,
  Ledger,
  LedgerEntry,
  MaintenanceEntry,
  OperationAction,
  OperationEntry,
  Timings,
} from './ledger.ts';
import { type Maintenance, readMaintenance } from './maintenance.ts';
import { attempts, hasServed, runningDigest, standing } from './standing.ts';
import type { Observed, Target } from './target.ts';
import { describeRunning, differencesFromTruth } from './truth.ts';

export interface HistoryRow {
  readonly version: string;
  /** When the attempt started; ISO 8601, UTC. */
  readonly at: string;
  readonly by: string;
  readonly commit: string;
  readonly action: LedgerEntry['action'];
  readonly outcome: LedgerEntry['outcome'];
  readonly seconds: number;
  readonly digest: string;
  readonly reason?: string;
  /** Whether this attempt deployed what runs now. */
  readonly running: boolean;
  /** Its release is on hold. */
  readonly held?: true;
  /** Rules that were overridden, each with its reason. */
  readonly accepted?: Accepted;
  /** How long its rollout was predicted to take, and took. */
  readonly timings?: Timings;
}

/** What changed the environment and is no release. */
export interface OperationRow {
  readonly action: OperationAction | 'freeze' | 'unfreeze' | 'maintenance on' | 'maintenance off';
  /** Names of processes or of a secret, and counts; of a freeze its reason, of maintenance its message. */
  readonly what: string;
  /** Of the release that ran; absent where it does not matter. */
  readonly version?: string;
  readonly outcome: OperationEntry['outcome'];
  readonly reason?: string;
  readonly by: string;
  /** When it started; ISO 8601, UTC. */
  readonly at: string;
  readonly seconds: number;
}

export interface History {
  readonly environment: string;
  /** Latest first. */
  readonly rows: readonly HistoryRow[];
  /** Latest first; absent if there are none. Nothing is decided by them. */
  readonly operations?: readonly OperationRow[];
  /** Releases on hold; absent if there are none. */
  readonly holds?: readonly StandingHold[];
  /** The freeze in force; absent if there is none. */
  readonly frozen?: Freeze;
  /** The maintenance in force; absent if there is none. */
  readonly maintenance?: Maintenance;
  /** How the platform differs from the ledger; absent if they agree. */
  readonly disagreement?: string;
}

/** What was tried on an environment, what is on hold there, and whether the platform runs what the ledger says. */
export async function history(target: Target, environment: string): Promise<History> {
  const ledger = target.ledger(environment);
  const entries = await ledger.list();
  const operations = await readOperations(ledger);
  const frozen = await readFreeze(target, environment);
  const maintenance = await readMaintenance(target, environment);
  const observed = await target.observe(environment);
  const holds = holdsOf(entries);
  const digest = runningDigest(observed);
  const ended = attempts(entries);
  const bringer = ended.findLast(({ entry }) => entry.release.digest === digest && hasServed(entry));
  const rows = ended
    .map(({ entry, startedAt }): HistoryRow => {
      const { version, commit, digest } = entry.release;
      const { by, action, outcome, seconds, reason, accepted, timings } = entry;
      const running = entry === bringer?.entry;
      return {
        ...{ version, at: startedAt, by, commit, action, outcome, seconds, digest, running },
        ...(reason === undefined ? {} : { reason }),
        ...(holds.some((hold) => hold.digest === digest) ? { held: true } : {}),
        ...(accepted === undefined ? {} : { accepted }),
        ...(timings === undefined ? {} : { timings }),
      };
    })
    .reverse();
  const disagreement = disagreementOf(entries, observed);
  return {
    environment,
    rows,
    ...(operations.length === 0 ? {} : { operations }),
    ...(holds.length === 0 ? {} : { holds }),
    ...(frozen === undefined ? {} : { frozen }),
    ...(maintenance === undefined ? {} : { maintenance }),
    ...(disagreement === undefined ? {} : { disagreement }),
  };
}

/** Latest first. */
export async function readOperations(
  ledger: Pick<Ledger, 'operations' | 'freezes' | 'maintenances'>,
): Promise<readonly OperationRow[]> {
  return operationRows(await ledger.operations(), await ledger.freezes(), await ledger.maintenances());
}

function operationRows(
  operations: readonly OperationEntry[],
  freezes: readonly FreezeEntry[],
  maintenances: readonly MaintenanceEntry[],
): readonly OperationRow[] {
  const ends = new Map(operations.map((entry) => [entry.operation, entry]));
  const starts = new Map(operations.toReversed().map(({ operation, at }) => [operation, at]));
  const atOnce = { outcome: 'done', seconds: 0 } as const;
  const rows: readonly OperationRow[] = [
    ...[...ends].map(([id, { operation: _, environment: __, at, ...facts }]) => ({
      ...facts,
      at: starts.get(id) ?? at,
    })),
    ...freezes.map(({ frozen, reason, by, at }) => {
      return { action: frozen ? 'freeze' : 'unfreeze', what: reason, by, at, ...atOnce } as const;
    }),
    ...maintenances.map(({ on, message, by, at }) => {
      return { action: on ? 'maintenance on' : 'maintenance off', what: message, by, at, ...atOnce } as const;
    }),
  ];
  // Those of the same moment are in the order in which they were recorded, which the sort keeps.
  return rows.toReversed().sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

function disagreementOf(entries: readonly LedgerEntry[], observed: Observed | undefined): string | undefined {
  const current = standing(entries);
  if (current === undefined) {
    const running = describeRunning(observed, entries);
    return running === 'nothing' ? undefined : `the ledger has no running release, but the platform runs ${running}`;
  }
  const differences = differencesFromTruth(observed, current.release);
  if (differences.length === 0) return undefined;
  return `the ledger says ${current.release.version}, but ${differences.join('; ')}`;
}
