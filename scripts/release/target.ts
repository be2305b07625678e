import type { Release } from '../../infra/release/release.ts';
import type { Ledger, LedgerAction } from './ledger.ts';

export type Environment = string;

/** A condition that is checked before the first change; all are checked, then all failures are reported at once. */
export interface Prerequisite {
  readonly name: string;
  /** Why it is not checked, when it is not. */
  readonly skip?: string;
  /** Resolves when it holds or cannot be told, rejects with a UserError when it does not hold. */
  check(): Promise<Finding>;
}

/** What a check found. At most one of the fields is set. */
export interface Finding {
  /** What was found, for `doctor` to print: a version, a port, free space. */
  readonly value?: string;
  /** Why nothing can be said. That is never reported as met, and never stops a command. */
  readonly unknown?: string;
  /** Why there was nothing to check, where only looking tells. */
  readonly skipped?: string;
}

/** Says what happens, one call per line; a flow announces a step before it starts it. */
export interface Progress {
  step(title: string): void;
  detail(line: string): void;
  /** Marks the step under way as failed, if more steps follow: the rollback. An error at the end marks the last one. */
  fail?(): void;
}

export interface Lock {
  release(): Promise<void>;
}

/** What an `up` would do. Making a plan changes nothing. */
export interface Plan {
  readonly environment: Environment;
  /** Unknown until it is built when `build` is true: `image` and `digest` are then empty. */
  readonly release: Release;
  readonly build: boolean;
  readonly settingsHash: string;
  readonly programCommit: string;
  /** One line a change, in the words of the platform; empty when the platform already is as planned. */
  readonly changes: readonly string[];
  readonly losses: readonly Loss[];
}

/** A change after which data is gone, because what holds it is replaced or deleted. */
export interface Loss {
  /** Logical name of what holds the data, by which the loss is accepted. */
  readonly name: string;
  /** The change, in the words of the platform. */
  readonly change: string;
}

/** One running copy of the release as the platform sees it. */
export interface RunningTask {
  readonly id: string;
  readonly digest: string;
  readonly healthy: boolean;
}

export interface RunningService {
  readonly name: string;
  readonly desired: number;
  readonly tasks: readonly RunningTask[];
  readonly revision: string;
}

/** What really runs: read from the platform, never from state or outputs. */
export interface Observed {
  readonly url: string;
  /** Those that run the release's image (the API, a worker), not the database or the load balancer. */
  readonly services: readonly RunningService[];
}

export interface LogQuery {
  /** One service by its name, the database's too; all that `observe` gives when absent. */
  readonly service?: string;
  /** Keeps waiting for new lines until the signal aborts. */
  readonly follow: boolean;
  readonly sinceSeconds?: number;
  /** At most so many of the latest lines of each service. */
  readonly tail?: number;
}

export interface LogLine {
  readonly service: string;
  /** The task (container) that wrote it. */
  readonly task: string;
  /** When it was written: ISO 8601, UTC. */
  readonly at?: string;
  readonly text: string;
}

export interface Applied {
  readonly release: Release;
  readonly revision: string;
  readonly url: string;
}

/**
 * Where an environment is realised. The flows in scripts/release/ know nothing else of a platform.
 * Every method rejects with a UserError for what the user can fix.
 */
export interface Target {
  readonly kind: 'local' | 'aws';
  /** @param purpose what they are checked for; nothing in particular when absent. What repairs things is refused less. */
  prerequisites(environment: Environment, purpose?: LedgerAction): readonly Prerequisite[];
  /** Rejects with code `ENVIRONMENT_LOCKED`, naming the holder, when another process is changing the environment. */
  lock(environment: Environment, purpose: string): Promise<Lock>;
  /** `pinned`: run this release instead of what the settings ask for (promotion and rollback). */
  plan(environment: Environment, pinned?: Release): Promise<Plan>;
  /** Builds where the plan says so, migrates, rolls out; rejects when anything but the planned release ends up serving. */
  apply(plan: Plan, progress: Progress, signal: AbortSignal): Promise<Applied>;
  /** `undefined`: nothing of this environment exists. */
  observe(environment: Environment): Promise<Observed | undefined>;
  /** Why tasks are not running or not healthy: events, stopped reasons, exit codes, last log lines. */
  explain(environment: Environment): Promise<string>;
  /** Log lines of the environment's services, oldest first. Ends when all is read, or when `signal` aborts. */
  logs(environment: Environment, query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>;
  /** What the program declares and this platform does not realise (alarms, backups, WAF), one line each; needs no platform. */
  unrealised(environment: Environment): Promise<readonly string[]>;
  /** What was changed on the platform behind the program's back, one line each; changes nothing. Releases are not drift. */
  drift(environment: Environment): Promise<readonly string[]>;
  ledger(environment: Environment): Ledger;
  /** Whether the image of an earlier release can still be started. Rejects with a UserError that says why not. */
  assertRestorable(environment: Environment, release: Release): Promise<void>;
  down(environment: Environment, progress: Progress): Promise<void>;
}
