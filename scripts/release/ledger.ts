import type { Phase, Span } from '../../infra/contract/timeline.ts';
import type { Release } from '../../infra/release/release.ts';
import type { Envelope } from './signed-statement.ts';

/** `verify`: somebody verified what runs, without changing anything. */
export type LedgerAction = 'up' | 'promote' | 'rollback' | 'verify';

/**
 * How an attempt ended.
 * - `started`: it is in progress, or its process died; the entry that settles it has the same `attempt`
 * - `good`: reached steady state and was verified
 * - `unverified`: runs, but was not verified: a check failed, or the command was interrupted first
 * - `failed`: never fully ran; `reason` says why
 * - `rolled-back`: ran, failed its verification, and was rolled back
 */
export type LedgerOutcome = 'started' | 'good' | 'unverified' | 'failed' | 'rolled-back';

export interface Verification {
  readonly passed: boolean;
  /** Each check by name, in the order in which it ran. */
  readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
  /** What the app gives no means to check. Not part of `passed`. */
  readonly notChecked?: readonly { readonly name: string; readonly why: string }[];
}

/** A release that an environment rolled back from: it is not deployed there again without a reason. */
export interface Hold {
  readonly version: string;
  readonly digest: string;
  /** Why it was rolled back, in one sentence. */
  readonly reason: string;
}

/** Rules that a person overrode for one attempt, each with the reason given. */
export interface Accepted {
  /** `--allow-dirty`: the release was built from uncommitted changes. */
  readonly dirty?: string | undefined;
  /** `--accept-rolled-back`: the release was on hold. */
  readonly rolledBack?: string | undefined;
  /** `--accept-loss`: logical names of the resources whose data may go. */
  readonly losses?: readonly string[] | undefined;
  /** `--even-frozen`: the reason of the freeze that did not stop a rollback. */
  readonly frozen?: string | undefined;
  /** `--accept-unknown-migrations`: names of those that nobody has called safe. */
  readonly unknownMigrations?: readonly string[] | undefined;
  /** `--one-way`: there is no rollback after the release. */
  readonly oneWay?: string | undefined;
}

/** A release's phases as they were predicted when it started, and as they were. */
export interface Timings {
  readonly predicted: readonly Phase[];
  readonly measured: readonly Span[];
  /** Of the machine on which everything runs, where that is one: average of a minute, and its cores. */
  readonly load?: { readonly average: number; readonly cores: number };
}

/** One entry of an environment's history: what was tried, by whom, and how it ended. */
export interface LedgerEntry {
  /** Shared by the entries of one attempt: its start, its end, and its end with the times of tasks that ended later. */
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
  /** The platform's name for the running revision: a task definition ARN or a Swarm service version; empty until it runs. */
  readonly revision: string;
  readonly by: string;
  /** When the attempt reached this outcome; ISO 8601, UTC. */
  readonly at: string;
  /** From the start of the attempt. */
  readonly seconds: number;
  readonly verification?: Verification;
  /** Why the outcome is not `good`. */
  readonly reason?: string;
  /** False if the attempt is known to have ended before its image was built, so that none of its migrations ran. */
  readonly built?: false;
  /** The release that the attempt put on hold: the one that it left, or its own if that was rolled back. */
  readonly hold?: Hold;
  readonly accepted?: Accepted;
  /** Who built the release from which commit, signed; absent where no key was configured. */
  readonly signature?: Envelope;
  /** How long the rollout was predicted to take, and took. */
  readonly timings?: Timings;
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

/** Maintenance was turned on, with this page, or off. The last one counts. */
export interface MaintenanceEntry {
  readonly environment: string;
  readonly on: boolean;
  /** Empty where it ends. */
  readonly message: string;
  readonly retryAfterSeconds: number;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What changes the tasks that run, or what new ones get, and is no release. */
export type OperationAction = 'restart' | 'scale' | 'secrets set' | 'secrets unset' | 'restore' | 'remove backup';

/**
 * Something that a person did to an environment beside its releases: it says what happened when, and never decides what
 * may run next.
 */
export interface OperationEntry {
  /** Shared by the entries of one operation: its start and its end. */
  readonly operation: string;
  readonly environment: string;
  readonly action: OperationAction;
  /** Names of processes or of a secret, and counts; never a value. */
  readonly what: string;
  /** Of the release that ran; absent where it does not matter. */
  readonly version?: string;
  /**
   * - `started`: it is in progress, or its process died
   * - `done`: what was asked for is the case, and for a restart verified
   * - `unverified`: it was not possible to verify it
   * - `failed`: `reason` says why; part of it may be the case
   */
  readonly outcome: 'started' | 'done' | 'unverified' | 'failed';
  readonly reason?: string;
  readonly by: string;
  /** When it reached this outcome; ISO 8601, UTC. */
  readonly at: string;
  /** From its start. */
  readonly seconds: number;
}

/** When an environment expires that was made to. The last one counts. */
export interface ExpiryEntry {
  readonly environment: string;
  /** ISO 8601, UTC. */
  readonly expires: string;
  /** The environment whose settings it was made from. */
  readonly from: string;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** An environment's release history: appended to, never rewritten. */
export interface Ledger {
  /** Oldest first. */
  list(): Promise<readonly LedgerEntry[]>;
  /** When this resolves, the entry survives a crash of the process and of the machine. */
  append(entry: LedgerEntry): Promise<void>;
  /** Oldest first. */
  freezes(): Promise<readonly FreezeEntry[]>;
  appendFreeze(entry: FreezeEntry): Promise<void>;
  /** Oldest first; empty for an environment that lasts. */
  expiries(): Promise<readonly ExpiryEntry[]>;
  appendExpiry(entry: ExpiryEntry): Promise<void>;
  /** Oldest first. */
  maintenances(): Promise<readonly MaintenanceEntry[]>;
  appendMaintenance(entry: MaintenanceEntry): Promise<void>;
  /** Oldest first; the latest ones. */
  operations(): Promise<readonly OperationEntry[]>;
  appendOperation(entry: OperationEntry): Promise<void>;
}
