import type { LedgerEntry } from './ledger.ts';
import { attempts, runningDigest, standing } from './standing.ts';
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
  /** Whether this attempt brought what runs now. */
  readonly running: boolean;
}

export interface History {
  readonly environment: string;
  /** The latest first. */
  readonly rows: readonly HistoryRow[];
  /** In what the platform differs from the ledger; absent when they agree. */
  readonly disagreement?: string;
}

/** What was tried on an environment, and whether the platform runs what the ledger says. */
export async function history(target: Target, environment: string): Promise<History> {
  const entries = await target.ledger(environment).list();
  const observed = await target.observe(environment);
  const digest = runningDigest(observed);
  const ended = attempts(entries);
  const bringer = ended.findLast(({ entry }) => entry.release.digest === digest && hasServed(entry));
  const rows = ended
    .map(({ entry, startedAt }): HistoryRow => {
      const { version, commit, digest } = entry.release;
      const { by, action, outcome, seconds, reason } = entry;
      const why = reason === undefined ? {} : { reason };
      const running = entry === bringer?.entry;
      return { version, at: startedAt, by, commit, action, outcome, seconds, digest, running, ...why };
    })
    .reverse();
  const disagreement = disagreementOf(entries, observed);
  return { environment, rows, ...(disagreement === undefined ? {} : { disagreement }) };
}

/** Whether the attempt ended with its release serving. */
export function hasServed({ outcome }: Pick<LedgerEntry, 'outcome'>): boolean {
  return outcome === 'good' || outcome === 'unverified';
}

function disagreementOf(entries: readonly LedgerEntry[], observed: Observed | undefined): string | undefined {
  const current = standing(entries);
  if (current === undefined) {
    const running = describeRunning(observed, entries);
    return running === 'nothing' ? undefined : `the ledger knows of no release that runs, but there is: ${running}`;
  }
  const differences = differencesFromTruth(observed, current.release);
  if (differences.length === 0) return undefined;
  return `the ledger says ${current.release.version}, but ${differences.join('; ')}`;
}
