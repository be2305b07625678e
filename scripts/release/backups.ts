/** What of `Progress` in target.ts they say. */
interface Steps {
  step(title: string): void;
  detail(line: string): void;
}

/** A state of the database that the platform keeps under a name. */
export interface Snapshot {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Who made it: the platform by itself, or a person. */
  readonly made: 'automatic' | 'manual';
  readonly sizeMiB?: number;
}

/** A database that does not serve, and stays until somebody removes it. */
export interface KeptDatabase {
  readonly id: string;
  /** `replaced`: served until a restore took its place. `copy`: restored beside the one that serves. */
  readonly what: 'replaced' | 'copy';
  readonly sizeMiB?: number;
}

/** From when until when a database can be restored to any second. Both ISO 8601, UTC. */
export interface RestorableTimes {
  readonly from: string;
  readonly to: string;
}

export interface BackupReport {
  /** Oldest first. There are several after a restore: each database has a history of its own. */
  readonly times: readonly RestorableTimes[];
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[];
  readonly kept: readonly KeptDatabase[];
  /** What is lost at most when the database itself is lost, in seconds, with its source in words. */
  readonly atMostLost: { readonly seconds: number; readonly why: string };
}

export interface RestoreRequest {
  readonly from: string;
  readonly into: string;
  /** The state at this time; ISO 8601, UTC. */
  readonly at: string;
  /** The snapshot that was named; absent: a time was. */
  readonly snapshot?: string;
}

/** A database that was restored beside the one that serves. */
export interface RestoredDatabase {
  readonly id: string;
  /** When the last transaction in it was committed, as the platform says; ISO 8601. */
  readonly lastTransaction?: string;
  /** Tables with the number of their rows, each of which was read. */
  readonly tables?: readonly { readonly name: string; readonly rows: number }[];
  /** Why its content was not read. */
  readonly notRead?: string;
}

/** Backups of the database of an environment. Every method rejects with a UserError for what the user can fix. */
export interface Backups {
  /** `undefined`: the environment has no database of its own. */
  report(environment: string): Promise<BackupReport | undefined>;
  create(environment: string, progress: Steps, signal: AbortSignal): Promise<Snapshot>;
  /** Restores beside the database that serves, which is not touched. */
  restore(request: RestoreRequest, progress: Steps, signal: AbortSignal): Promise<RestoredDatabase>;
  /** Why {@link restore} could not read back what it restores; `undefined`: it can. Asked before hours are spent on one. */
  unreadable(environment: string): Promise<string | undefined>;
  /**
   * Puts a restored database in the place of the one that serves. The platform then has it; the next `apply` migrates it
   * and gives it to the services.
   *
   * @returns under which name the former one is kept
   */
  switchTo(environment: string, id: string, progress: Steps, signal: AbortSignal): Promise<string>;
  /** Deletes a kept database or a snapshot that a person made. @returns false if there is none of that name */
  remove(environment: string, id: string): Promise<boolean>;
}
