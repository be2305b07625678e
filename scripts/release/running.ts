import type { Release } from '../../infra/release/release.ts';
import type { Flow } from './flow.ts';
import type { LedgerEntry } from './ledger.ts';
import { goodReleases, releaseOfDigest, runningDigest } from './standing.ts';
import type { Observed } from './target.ts';

export interface Running {
  /** `undefined`: nothing of the environment exists. */
  readonly observed: Observed | undefined;
  /** The release that all tasks run, if it is one release and the ledger knows it. */
  readonly release: Release | undefined;
  /** What to roll back to if a change fails: what runs, or the last good release if that is not one release. */
  readonly before: Release | undefined;
}

/** What runs, read from the platform and named by the ledger. */
export async function observeRunning(
  flow: Flow,
  environment: string,
  entries: readonly LedgerEntry[],
): Promise<Running> {
  return nameRunning(await flow.target.observe(environment), entries);
}

/** What was observed, named by the ledger. */
export function nameRunning(observed: Observed | undefined, entries: readonly LedgerEntry[]): Running {
  if (observed === undefined) return { observed, release: undefined, before: undefined };
  const digest = runningDigest(observed);
  const release = digest === undefined ? undefined : releaseOfDigest(entries, digest);
  return { observed, release, before: release ?? goodReleases(entries).at(-1)?.release };
}
