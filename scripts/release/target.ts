import type { MeasuredPhases, Span, Timelines } from '../../infra/contract/timeline.ts';
import type { Release } from '../../infra/release/release.ts';
import type { Backups } from './backups.ts';
import type { Dashboard } from './dashboard.ts';
import type { Ledger, LedgerAction, Timings } from './ledger.ts';
import type { Operations } from './operations.ts';

export type Environment = string;

/** A condition that is checked before the first change. All are checked, then all failures are reported at once. */
export interface Prerequisite {
  readonly name: string;
  /** Why it is not checked, if it is not. */
  readonly skip?: string;
  /** Resolves if it is met or unknown, rejects with a UserError if it is not met. */
  check(): Promise<Finding>;
}

/** What a check found. At most one of the fields is set. */
export interface Finding {
  /** What was found, for `doctor` to print: a version, a port, free space. */
  readonly value?: string;
  /** Why it is unknown. That is never reported as met, and never stops a command. */
  readonly unknown?: string;
  /** Why there was nothing to check, if that turned out only by looking. */
  readonly skipped?: string;
}

/** Reports progress, one line per call. A flow announces a step before it starts. */
export interface Progress {
  step(title: string): void;
  detail(line: string): void;
  /** Marks the current step as failed when more steps follow, which undo it. An error at the end marks the last step. */
  fail?(): void;
}

export interface Lock {
  release(): Promise<void>;
}

/** What an `up` would do. Planning changes nothing. */
export interface Plan {
  readonly environment: Environment;
  /** If `build` is true, `image` and `digest` are empty until it is built. */
  readonly release: Release;
  readonly build: boolean;
  readonly settingsHash: string;
  readonly programCommit: string;
  /** One line per change, in the platform's terms; empty if the platform already is as planned. */
  readonly changes: readonly string[];
  readonly losses: readonly Loss[];
}

/** A change that loses data, because it replaces or deletes what holds it. */
export interface Loss {
  /** Logical name of the resource that holds the data; the loss is accepted by it. */
  readonly name: string;
  /** The change, in the platform's terms. */
  readonly change: string;
}

/** One running copy of the release as the platform sees it. */
export interface RunningTask {
  readonly id: string;
  readonly digest: string;
  readonly healthy: boolean;
  /** ISO 8601, UTC; absent where the platform does not say. */
  readonly startedAt?: string;
}

/** The last run of a scheduled process that has ended. */
export interface LastRun {
  readonly process: string;
  /** When it ended; ISO 8601, UTC. Absent: none is known of. */
  readonly at?: string;
  /** Why it failed; absent: it ended with 0, or none is known of. */
  readonly failed?: string;
  /** Why none is known of, where one could have ended. */
  readonly unknown?: string;
}

/** A secret that the platform keeps. Its value stays there. */
export interface KeptSecret {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly changedAt: string;
}

/** Where the values of an environment's secrets are kept. They go in, and never come out to a command. */
export interface SecretStore {
  list(): Promise<readonly KeptSecret[]>;
  set(name: string, value: string): Promise<void>;
  /** @returns false if there was none */
  unset(name: string): Promise<boolean>;
  /** Copies those of another environment, if this one has none. False where it has, and where values never come out. */
  borrow(environment: Environment): Promise<boolean>;
}

export interface RunningService {
  readonly name: string;
  readonly desired: number;
  readonly tasks: readonly RunningTask[];
  readonly revision: string;
}

/** What really runs, read from the platform, never from state or outputs. */
export interface Observed {
  readonly url: string;
  /** Services that run the release's image (the API, a worker), not the database or the load balancer. */
  readonly services: readonly RunningService[];
  /** Absent where everything is what the program asks for. */
  readonly standIns?: readonly StandIn[];
}

/** A server in place of services that this platform does not have. */
export interface StandIn {
  /** As `logs --service` knows it. */
  readonly name: string;
  /** What a person calls it. */
  readonly title: string;
  /** Names of the resources that it has. */
  readonly resources: string;
  readonly healthy: boolean;
}

export interface LogQuery {
  /** One service by its name, the database's too; all that `observe` gives when absent. */
  readonly service?: string;
  /** Waits for new lines until the signal aborts. */
  readonly follow: boolean;
  readonly sinceSeconds?: number;
  /** A platform that can search leaves out lines without this text; the others give all. */
  readonly contains?: string;
  /** Maximum number of latest lines per service. */
  readonly tail?: number;
}

export interface LogLine {
  readonly service: string;
  /** The task that wrote it. */
  readonly task: string;
  /** When it was written: ISO 8601, UTC. */
  readonly at?: string;
  readonly text: string;
}

export interface Applied {
  readonly release: Release;
  readonly revision: string;
  readonly url: string;
  /** What a person has to do elsewhere because of what is new. */
  readonly notes?: readonly string[];
}

/** Alarms of an environment that are firing; or why it has none to ask. */
export type AlarmReport =
  | {
      readonly firing: readonly FiringAlarm[];
      /** Names of those that have too little data to tell. */
      readonly withoutData: readonly string[];
    }
  | { readonly none: string };

/** What a platform says of the rollout that it did last. */
export interface PlatformTimes extends Pick<Timings, 'load'> {
  readonly spans: readonly Span[];
}

export interface FiringAlarm {
  readonly name: string;
  /** Why, in the platform's words. */
  readonly reason: string;
  /** Since when; ISO 8601, UTC. */
  readonly since?: string;
}

/** What a platform itself says of how an environment was made, whatever the ledger and the stack file say. */
export type Origin =
  | { readonly state: 'absent' }
  /** `what`: the thing that says so, or does not. */
  | { readonly state: 'lasting'; readonly what: string }
  | { readonly state: 'expiring'; readonly what: string; readonly from: string };

/** Which migrations it contains, nobody can see. */
export type BuiltElsewhere = Pick<Release, 'version' | 'image' | 'digest' | 'commit'>;

export interface Restart {
  readonly environment: Environment;
  /** The release that runs. */
  readonly release: Release;
  /** Names as `observe` gives them. */
  readonly services: readonly string[];
}

/**
 * Where an environment runs. The flows in scripts/release/ know nothing else about a platform.
 * Every method rejects with a UserError for what the user can fix.
 */
export interface PlanOptions {
  /** Logical names of resources that exist and belong to the environment, to take into its stack. */
  readonly adopt?: readonly string[];
  /** Whatever the deployment strategy is, all traffic shifts at once: what comes back was verified here before. */
  readonly skipBakes?: boolean;
}

export interface Target {
  readonly kind: 'local' | 'aws';
  /** For people, with what runs. */
  readonly operations: Operations;
  readonly backups: Backups;
  /** @param purpose the command that they are checked for; absent: none. A rollback skips what it is the answer to. */
  prerequisites(environment: Environment, purpose?: LedgerAction): readonly Prerequisite[];
  /** Rejects with `ENVIRONMENT_LOCKED`, naming the holder, if another process is changing the environment. */
  lock(environment: Environment, purpose: string): Promise<Lock>;
  /** @param pinned run this release instead of what the settings ask for (promotion and rollback) */
  plan(environment: Environment, pinned?: Release, options?: PlanOptions): Promise<Plan>;
  /** An image that was built elsewhere, by its digest. Rejects unless tasks of this environment could run it. */
  describeImage(environment: Environment, reference: string): Promise<BuiltElsewhere>;
  /** Builds if planned, migrates, rolls out; rejects if anything but the planned release ends up serving. */
  apply(plan: Plan, progress: Progress, signal: AbortSignal): Promise<Applied>;
  /** `undefined`: nothing of this environment exists. */
  observe(environment: Environment): Promise<Observed | undefined>;
  /** Why tasks are not running or not healthy: events, stopped reasons, exit codes, last log lines. */
  explain(environment: Environment): Promise<string>;
  /** The last run of each process that runs on a schedule; those that a person started do not count. */
  lastRuns(environment: Environment): Promise<readonly LastRun[]>;
  alarms(environment: Environment): Promise<AlarmReport>;
  /** The program's dashboard. Rejects with `NOTHING_RUNS` where there is nothing to show figures of. */
  dashboard(environment: Environment): Promise<Dashboard>;
  /** Log lines of the environment's services, oldest first. Ends when all is read, or when `signal` aborts. */
  logs(environment: Environment, query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>;
  /** What the program declares and this platform does not realise (backups, WAF), one line each. Needs no platform. */
  unrealised(environment: Environment): Promise<readonly string[]>;
  /** How long a rollout and a rollback take here, by the settings and by what was measured. Asks no platform. */
  timelines(environment: Environment, measured?: MeasuredPhases): Promise<Timelines>;
  /**
   * What the rollout took that began since then, by the platform's own timestamps; `undefined` where it started no task.
   * @param since milliseconds since the epoch
   */
  times(environment: Environment, since: number): Promise<PlatformTimes | undefined>;
  /** Manual changes on the platform, one line each. Changes nothing. Releases are not drift. */
  drift(environment: Environment): Promise<readonly string[]>;
  ledger(environment: Environment): Ledger;
  /** Whether an environment was made to expire. */
  origin(environment: Environment): Promise<Origin>;
  /** Names of those environments, of which the platform has anything, that by their names may expire. */
  expiringNames(): Promise<readonly string[]>;
  secrets(environment: Environment): SecretStore;
  /**
   * Replaces the tasks of services by new ones of the same release and the same settings, with the current values of
   * their secrets. Rejects if the new ones do not end up serving; the old ones then do.
   */
  restart(restart: Restart, progress: Progress, signal: AbortSignal): Promise<void>;
  /** Rejects with a UserError that says why the image of an earlier release can no longer be started. */
  assertRestorable(environment: Environment, release: Release): Promise<void>;
  down(environment: Environment, progress: Progress): Promise<void>;
}
