import type { Migration, Release } from '../../infra/release/release.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Observed } from './target.ts';

/**
 * Reads what the ledger says, in one place. All functions are pure; entries come oldest first.
 *
 * An attempt is the entries with one `attempt` id: `started`, then how it ended. The last one counts.
 */
export interface Attempt {
  /** The last entry: how the attempt ended, or that it started. */
  readonly entry: LedgerEntry;
  readonly startedAt: string;
}

/** The attempts, in the order in which they started. */
export function attempts(entries: readonly LedgerEntry[]): readonly Attempt[] {
  const byId = new Map<string, Attempt>();
  for (const entry of entries) {
    byId.set(entry.attempt, { entry, startedAt: byId.get(entry.attempt)?.startedAt ?? entry.at });
  }
  return [...byId.values()];
}

/** Attempts whose process ended before recording how: it was killed, or the machine went down. */
export function unfinished(entries: readonly LedgerEntry[]): readonly Attempt[] {
  return attempts(entries).filter(({ entry }) => entry.outcome === 'started');
}

/** Whether the attempt ended with its release running. */
export function hasServed({ outcome }: Pick<LedgerEntry, 'outcome'>): boolean {
  return outcome === 'good' || outcome === 'unverified';
}

/** The entry of the release that the ledger says runs: the last attempt that ended with its release running. */
export function standing(entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  return attempts(entries).findLast(({ entry }) => hasServed(entry))?.entry;
}

/**
 * Good releases in the order of rolling back through them, latest last.
 * A rollback removes the release that it left, so that a second rollback goes further back instead of returning to it.
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

/** Every release that was ever good here, latest first, each version once. */
export function restorableReleases(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const byVersion = new Map<string, LedgerEntry>();
  for (const { entry } of [...attempts(entries)].reverse()) {
    if (entry.outcome === 'good' && !byVersion.has(entry.release.version)) byVersion.set(entry.release.version, entry);
  }
  return [...byVersion.values()];
}

/** The release with this digest, if the ledger knows it. */
export function releaseOfDigest(entries: readonly LedgerEntry[], digest: string): Release | undefined {
  return entries.findLast(({ release }) => release.digest === digest)?.release;
}

/** The digest that all tasks run; `undefined` if they differ or there are none. */
export function runningDigest(observed: Observed | undefined): string | undefined {
  const digests = new Set(observed?.services.flatMap(({ tasks }) => tasks.map(({ digest }) => digest)) ?? []);
  return digests.size === 1 ? [...digests][0] : undefined;
}

/** `contract` migrations that ran here, or may have, and that `release` does not contain: see {@link migrationsSince}. */
export function contractMigrationsSince(entries: readonly LedgerEntry[], release: Release): readonly Migration[] {
  return migrationsSince(entries, release).filter(({ kind }) => kind === 'contract');
}

/** As {@link contractMigrationsSince}: those of which nobody has said whether older code can live with them. */
export function unknownMigrationsSince(entries: readonly LedgerEntry[], release: Release): readonly Migration[] {
  return migrationsSince(entries, release).filter(({ kind }) => kind === 'unknown');
}

/**
 * Migrations that this environment's schema has, or may have, and `release` does not contain: its code may still use what
 * they removed.
 *
 * Migrations only go forward, so every migration that ever ran here counts, also those of failed attempts: migrations
 * run before the rollout. Only an attempt that ended before its image was built cannot have run any.
 */
function migrationsSince(entries: readonly LedgerEntry[], release: Release): readonly Migration[] {
  const known = new Set(release.migrations.map(({ name }) => name));
  const found = new Map<string, Migration>();
  for (const { entry } of attempts(entries)) {
    if (entry.built === false) continue;
    for (const migration of entry.release.migrations) {
      if (!known.has(migration.name)) found.set(migration.name, migration);
    }
  }
  return [...found.values()];
}

/** `contract` migrations of `next` that are new to the schema of `entries`: they make a rollback impossible. */
export function contractMigrationsBrought(entries: readonly LedgerEntry[], next: Release): readonly Migration[] {
  return migrationsBrought(entries, next).filter(({ kind }) => kind === 'contract');
}

/** As {@link contractMigrationsBrought}: those that may make a rollback impossible. */
export function unknownMigrationsBrought(entries: readonly LedgerEntry[], next: Release): readonly Migration[] {
  return migrationsBrought(entries, next).filter(({ kind }) => kind === 'unknown');
}

function migrationsBrought(entries: readonly LedgerEntry[], next: Release): readonly Migration[] {
  const present = new Set(
    attempts(entries)
      .filter(({ entry }) => entry.built !== false)
      .flatMap(({ entry }) => entry.release.migrations.map(({ name }) => name)),
  );
  return next.migrations.filter(({ name }) => !present.has(name));
}
