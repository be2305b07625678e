import type { Release } from '../../infra/release/release.ts';

/** `verify`: an operator verified what runs, apart from any change. */
export type LedgerAction = 'up' | 'promote' | 'rollback' | 'verify';

/**
 * What became of an attempt.
 * - `started`: it is under way, or its process died; the entry that settles it has the same `attempt`
 * - `good`: reached steady state and was verified
 * - `unverified`: runs, but was not verified: a check failed, or the command was interrupted before
 * - `failed`: never ran whole; `reason` says why
 * - `rolled-back`: ran, failed its verification, and was rolled back
 */
export type LedgerOutcome = 'started' | 'good' | 'unverified' | 'failed' | 'rolled-back';

export interface Verification {
  readonly passed: boolean;
  /** Each check by name, in the order in which it ran. */
  readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
}

/** A release that an environment rolled back from: it is not deployed there again without a reason. */
export interface Hold {
  readonly version: string;
  readonly digest: string;
  /** Why it was rolled back, in one sentence. */
  readonly reason: string;
}

/** Rules that a person set aside for one attempt, each with the reason that they gave. */
export interface Accepted {
  /** `--allow-dirty`: the release was built from a work tree that is no commit. */
  readonly dirty?: string | undefined;
  /** `--accept-rolled-back`: the release was on hold. */
  readonly rolledBack?: string | undefined;
  /** `--accept-loss`: logical names of the resources whose data may go. */
  readonly losses?: readonly string[] | undefined;
  /** `--even-frozen`: the reason of the freeze that did not stop a rollback. */
  readonly frozen?: string | undefined;
}

/** One line of an environment's history: what was tried, by whom, and how it ended. */
export interface LedgerEntry {
  /** Pairs the entry that says an attempt started with those that say how it ended. */
  readonly attempt: string;
  readonly environment: string;
  readonly action: LedgerAction;
  readonly outcome: LedgerOutcome;
  /** Image and digest are empty until the image is built. */
  readonly release: Release;
  /** SHA-256 of the settings that the release ran with, secrets left out. */
  readonly settingsHash: string;
  /** Commit of the infrastructure program. */
  readonly programCommit: string;
  /** What the platform calls the running revision: a task definition ARN, or a Swarm service version; empty until it runs. */
  readonly revision: string;
  readonly by: string;
  /** When the attempt reached this outcome; ISO 8601, UTC. */
  readonly at: string;
  /** From the start of the attempt. */
  readonly seconds: number;
  readonly verification?: Verification;
  /** Why it ended as it did, when the outcome is not `good`. */
  readonly reason?: string;
  /** False when the attempt is known to have ended before its image was built, so that none of its migrations ran. */
  readonly built?: false;
  /** The release that the attempt put on hold by leaving it, or that it was itself rolled back from. */
  readonly hold?: Hold;
  readonly accepted?: Accepted;
}

/** The beginning or the end of a freeze. The last one counts. */
export interface FreezeEntry {
  readonly environment: string;
  readonly frozen: boolean;
  /** Why; empty where a freeze ends. */
  readonly reason: string;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** History of an environment's releases: appended to, never rewritten. */
export interface Ledger {
  /** Oldest first. */
  list(): Promise<readonly LedgerEntry[]>;
  /** On return the entry survives a crash of this process and of the machine. */
  append(entry: LedgerEntry): Promise<void>;
  /** Oldest first. */
  freezes(): Promise<readonly FreezeEntry[]>;
  appendFreeze(entry: FreezeEntry): Promise<void>;
}
