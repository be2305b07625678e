import type { Migration, Release } from '../../infra/release/release.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Observed } from './target.ts';

/**
 * What the ledger says, read in one place. All functions are pure; entries come oldest first.
 *
 * An attempt is the entries with one `attempt` id: `started`, then how it ended. The last one counts.
 */
export interface Attempt {
  /** The last entry: how the attempt ended, or that it started. */
  readonly entry: LedgerEntry;
  readonly startedAt: string;
}

/** One per attempt, in the order in which they started. */
export function attempts(entries: readonly LedgerEntry[]): readonly Attempt[] {
  const byId = new Map<string, Attempt>();
  for (const entry of entries) {
    byId.set(entry.attempt, { entry, startedAt: byId.get(entry.attempt)?.startedAt ?? entry.at });
  }
  return [...byId.values()];
}

/** Attempts whose process ended before it could say how: it was killed, or the machine went down. */
export function unfinished(entries: readonly LedgerEntry[]): readonly Attempt[] {
  return attempts(entries).filter(({ entry }) => entry.outcome === 'started');
}

/** Whether the attempt ended with its release serving. */
export function hasServed({ outcome }: Pick<LedgerEntry, 'outcome'>): boolean {
  return outcome === 'good' || outcome === 'unverified';
}

/** The entry of the release that the ledger says runs: the last attempt that ended with its release serving. */
export function standing(entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  return attempts(entries).findLast(({ entry }) => hasServed(entry))?.entry;
}

/**
 * Good releases in the order in which one goes back through them, the latest last.
 * A rollback takes away what it left behind, so that a second one goes further back instead of to what was just left.
 */
export function goodReleases(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const stack: LedgerEntry[] = [];
  for (const { entry } of attempts(entries)) {
    if (entry.outcome !== 'good') continue;
    const index = stack.findLastIndex(({ release }) => release.digest === entry.release.digest);
    if (entry.action === 'rollback' && index >= 0) stack.length = index;
    if (stack.at(-1)?.release.digest === entry.release.digest) stack.pop();
    stack.push(entry);
  }
  return stack;
}

/** Every release that was good here at some time, the latest first, each version once. */
export function restorableReleases(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const byVersion = new Map<string, LedgerEntry>();
  for (const { entry } of [...attempts(entries)].reverse()) {
    if (entry.outcome === 'good' && !byVersion.has(entry.release.version)) byVersion.set(entry.release.version, entry);
  }
  return [...byVersion.values()];
}

/** What the ledger knows of the release with this digest. */
export function releaseOfDigest(entries: readonly LedgerEntry[], digest: string): Release | undefined {
  return entries.findLast(({ release }) => release.digest === digest)?.release;
}

/** The one digest that all tasks run; `undefined` when they differ or there are none. */
export function runningDigest(observed: Observed | undefined): string | undefined {
  const digests = new Set(observed?.services.flatMap(({ tasks }) => tasks.map(({ digest }) => digest)) ?? []);
  return digests.size === 1 ? [...digests][0] : undefined;
}

/**
 * `contract` migrations that this environment's schema has, or may have, and `release` does not contain:
 * its code may still use what they removed.
 *
 * Migrations only go forward, so all that ever ran here counts, those of failed attempts too: migrations run before
 * the rollout that failed. Only an attempt that ended before its image was built cannot have run any.
 */
export function contractMigrationsSince(entries: readonly LedgerEntry[], release: Release): readonly Migration[] {
  const known = new Set(release.migrations.map(({ name }) => name));
  const forbidding = new Map<string, Migration>();
  for (const { entry } of attempts(entries)) {
    if (entry.built === false) continue;
    for (const migration of entry.release.migrations) {
      if (migration.kind === 'contract' && !known.has(migration.name)) forbidding.set(migration.name, migration);
    }
  }
  return [...forbidding.values()];
}

/** `contract` migrations that `next` brings to a schema which has those of `entries`: they forbid a rollback. */
export function contractMigrationsBrought(entries: readonly LedgerEntry[], next: Release): readonly Migration[] {
  const present = new Set(
    attempts(entries)
      .filter(({ entry }) => entry.built !== false)
      .flatMap(({ entry }) => entry.release.migrations.map(({ name }) => name)),
  );
  return next.migrations.filter(({ name, kind }) => kind === 'contract' && !present.has(name));
}
