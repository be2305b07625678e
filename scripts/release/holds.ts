import type { Release } from '../../infra/release/release.ts';
import { Refusal } from '../messages/user-error.ts';
import type { Hold, LedgerEntry } from './ledger.ts';
import type { Running } from './running.ts';
import { attempts, hasServed, standing } from './standing.ts';

export interface StandingHold extends Hold {
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/**
 * Releases that an environment rolled back from and that have not served there since, latest last.
 * Manual and automatic rollbacks count alike.
 */
export function holdsOf(entries: readonly LedgerEntry[]): readonly StandingHold[] {
  const byDigest = new Map<string, StandingHold>();
  for (const { entry } of attempts(entries)) {
    if (hasServed(entry)) byDigest.delete(entry.release.digest);
    const hold = holdBy(entry);
    if (hold !== undefined) byDigest.set(hold.digest, { ...hold, by: entry.by, at: entry.at });
  }
  return [...byDigest.values()];
}

function holdBy({ action, outcome, hold, release, reason }: LedgerEntry): Hold | undefined {
  // A rollback that failed or was killed has not left the release.
  if (outcome === 'started' || (action === 'rollback' && outcome === 'failed')) return undefined;
  if (hold !== undefined) return hold;
  // Entries older than holds. An interruption says nothing about the release.
  if (outcome !== 'rolled-back' || reason?.startsWith('Interrupted.') === true) return undefined;
  return { version: release.version, digest: release.digest, reason: reason ?? 'it was rolled back' };
}

/** The hold on this release. Equal versions have equal content, and a release that is not built yet has no digest. */
export function holdOn(entries: readonly LedgerEntry[], { version, digest }: Release): StandingHold | undefined {
  return holdsOf(entries).find((hold) => hold.digest === digest || hold.version === version);
}

/** The release that a rollback to `target` leaves and puts on hold; `undefined` if the ledger does not know what it leaves. */
export function holdOnLeft(
  { release }: Running,
  entries: readonly LedgerEntry[],
  target: Release,
  reason: string,
): Hold | undefined {
  const left = release ?? standing(entries)?.release;
  if (left === undefined || left.digest === target.digest) return undefined;
  return { version: left.version, digest: left.digest, reason };
}

/**
 * Refuses a release that the environment rolled back from, unless somebody says why it may go there again.
 * @param accepted the reason given with `--accept-rolled-back`
 */
export function assertNotHeld(
  environment: string,
  release: Release,
  entries: readonly LedgerEntry[],
  accepted: string | undefined,
): void {
  const hold = holdOn(entries, release);
  if (hold !== undefined && accepted !== undefined) return;
  if (hold !== undefined) {
    throw new Refusal({
      code: 'RELEASE_HELD',
      message: `${release.version} is on hold on ${environment} since ${hold.at} (${hold.by}): ${hold.reason.replace(/\.$/, '')}.`,
      rule: 'A release that was rolled back is not deployed to that environment again without a reason.',
      remedy: 'Deploy a fixed release, or say why this one may be deployed: --accept-rolled-back "<reason>".',
    });
  }
  if (accepted === undefined) return;
  throw new Refusal({
    code: 'RELEASE_NOT_HELD',
    message: `${release.version} is not on hold on ${environment}.`,
    remedy: 'Omit --accept-rolled-back.',
  });
}
