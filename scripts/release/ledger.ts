import type { Release } from '../../infra/release.ts';

export type LedgerAction = 'up' | 'promote' | 'rollback';

/** `good`: reached steady state and was verified. The others name what became of the attempt. */
export type LedgerOutcome = 'good' | 'unverified' | 'failed' | 'rolled-back';

export interface Verification {
  readonly passed: boolean;
  /** Each check by name, in the order in which it ran. */
  readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
}

/** One line of an environment's history: what was tried, by whom, and how it ended. */
export interface LedgerEntry {
  readonly environment: string;
  readonly action: LedgerAction;
  readonly outcome: LedgerOutcome;
  readonly release: Release;
  /** SHA-256 of the settings that the release ran with, secrets left out. */
  readonly settingsHash: string;
  /** Commit of the infrastructure program. */
  readonly programCommit: string;
  /** What the platform calls the running revision: a task definition ARN, or a Swarm service version. */
  readonly revision: string;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly seconds: number;
  readonly verification?: Verification;
  /** Why it ended as it did, when the outcome is not `good`. */
  readonly reason?: string;
}

/** History of an environment's releases: appended to, never rewritten. */
export interface Ledger {
  /** Oldest first. */
  list(): Promise<readonly LedgerEntry[]>;
  append(entry: LedgerEntry): Promise<void>;
}
