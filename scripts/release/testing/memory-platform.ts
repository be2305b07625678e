import type { Migration, Release } from '../../../infra/release/release.ts';
import type { MaintenancePage } from '../../messages/maintenance-page.ts';
import { UserError } from '../../messages/user-error.ts';
import type { RestorableTimes } from '../backups.ts';
import type { ExpiryEntry, FreezeEntry, LedgerEntry, MaintenanceEntry, OperationEntry } from '../ledger.ts';
import type { FiringAlarm, LastRun, Loss, PlatformTimes } from '../target.ts';

export interface MemoryTask {
  readonly id: string;
  readonly release: Release;
  healthy: boolean;
  readonly startedAt: number;
}

/** What exists of one environment. It outlives the commands that change it. */
export interface MemoryEnvironment {
  readonly entries: LedgerEntry[];
  readonly freezes: FreezeEntry[];
  readonly expiries: ExpiryEntry[];
  readonly maintenances: MaintenanceEntry[];
  readonly operations: OperationEntry[];
  /** What the load balancer answers instead of the app. */
  page?: MaintenancePage;
  /** Whether a rollout makes another load balancer. */
  losesPage?: true;
  /** What the platform says that it was made from; absent: it says nothing. */
  madeFrom?: string;
  readonly secrets: Map<string, { readonly value: string; readonly changedAt: string }>;
  desired: number;
  tasks: MemoryTask[];
  /** What the platform was last told to run; the rollout may still be in progress. */
  wanted: Release | undefined;
  /** The release before the current rollout: what the platform rolls back to by itself. */
  fallback: Release | undefined;
  exists: boolean;
  /** Whether the environment takes promoted releases only. */
  readonly promoted: boolean;
  readonly schema: Migration[];
  /** To which times its database can be restored. */
  readonly restorable: RestorableTimes[];
  /** What the schema has once a restored database is in its place; absent: nothing. */
  restoredSchema?: readonly Migration[];
  /** Why a restored database cannot be read back. */
  unreadable?: string;
  readonly keptDatabases: string[];
  lockedBy: string | undefined;
  revision: number;
  /** What the next plan says would be lost. */
  losses: Loss[];
}

export interface Faults {
  /** Versions whose image cannot be built. */
  readonly unbuildable: string[];
  /** Names of migrations that throw. */
  readonly throwing: string[];
  /** Versions whose tasks never get ready. */
  readonly neverReady: string[];
  /** Versions that get ready, but fail a write. */
  readonly failingWrites: string[];
  /** Versions that the platform claims to run although it has rolled back. */
  readonly lies: string[];
}

/**
 * A container platform in memory, with what makes releases hard: a rollout takes several steps, continues when its
 * command dies, rolls back by itself when tasks never get ready, and migrations are never undone.
 */
export class MemoryPlatform {
  readonly faults: Faults = { unbuildable: [], throwing: [], neverReady: [], failingWrites: [], lies: [] };
  readonly images = new Map<string, Release>();
  /** What it says of the last rollout. */
  times: PlatformTimes | undefined;
  /** Manual changes. */
  readonly drifted: string[] = [];
  readonly firing: FiringAlarm[] = [];
  readonly runs: LastRun[] = [];
  /** What was planned to run, and whether without bake times. */
  readonly plans: { readonly version: string; readonly skipBakes: boolean }[] = [];
  /** What a build of the app's source gives. */
  source: Release;
  /** Called before every step; a test makes it throw, abort a signal, or never return. */
  beforeStep: (name: string) => Promise<void> = async () => undefined;
  /** When the last thing happened. */
  now = Date.parse('2026-11-21T09:00:00Z');
  readonly #environments = new Map<string, MemoryEnvironment>();
  #tasks = 0;

  constructor(source: Release) {
    this.source = source;
  }

  /** Of environments that were asked for. */
  get names(): readonly string[] {
    return [...this.#environments.keys()];
  }

  environment(name: string): MemoryEnvironment {
    const known = this.#environments.get(name);
    if (known !== undefined) return known;
    const created: MemoryEnvironment = {
      entries: [],
      freezes: [],
      expiries: [],
      maintenances: [],
      operations: [],
      secrets: new Map(),
      desired: 2,
      losses: [],
      tasks: [],
      wanted: undefined,
      fallback: undefined,
      exists: false,
      promoted: name === 'prod',
      schema: [],
      restorable: [],
      keptDatabases: [],
      lockedBy: undefined,
      revision: 0,
    };
    this.#environments.set(name, created);
    return created;
  }

  build(release: Release): Release {
    if (this.faults.unbuildable.includes(release.version)) {
      throw new UserError({
        code: 'BUILD_FAILED',
        message: `${release.version} does not build.`,
        details: 'tsc: 1 error',
      });
    }
    this.images.set(release.digest, release);
    return release;
  }

  migrate(name: string, release: Release): void {
    const { schema } = this.environment(name);
    for (const migration of release.migrations) {
      if (schema.some((applied) => applied.name === migration.name)) continue;
      if (this.faults.throwing.includes(migration.name)) {
        throw new UserError({ code: 'MIGRATION_FAILED', message: `The migration ${migration.name} failed.` });
      }
      schema.push(migration);
    }
  }

  /** Tells the platform what to run. From here on it gets there by itself. */
  want(name: string, release: Release): void {
    const environment = this.environment(name);
    environment.fallback = environment.wanted;
    environment.wanted = release;
    environment.exists = true;
    environment.revision += 1;
  }

  /** One step of a rollout: starts one new task first, then stops an old one. False when there is nothing left to do. */
  advance(name: string): boolean {
    const environment = this.environment(name);
    const { wanted, tasks, desired } = environment;
    if (wanted === undefined) return false;
    if (this.#neverServes(wanted)) {
      const fallback = environment.fallback;
      environment.wanted = fallback;
      environment.fallback = undefined;
      if (fallback === undefined) environment.tasks = [this.#task(wanted, false)];
      return fallback !== undefined;
    }
    const old = tasks.find(({ release }) => release.digest !== wanted.digest);
    const current = tasks.filter(({ release }) => release.digest === wanted.digest);
    if (old === undefined && current.length === desired) return false;
    environment.tasks = tasks.filter((task) => task !== old);
    if (current.length < desired) environment.tasks.push(this.#task(wanted, true));
    return true;
  }

  /** New tasks of the same release. */
  renew(name: string, release: Release): void {
    const environment = this.environment(name);
    environment.tasks = environment.tasks.map(() => this.#task(release, !this.#neverServes(release)));
  }

  /** What Swarm and ECS do when the command of a rollout dies: they finish it. */
  settle(name: string): void {
    while (this.advance(name)) {
      // Each turn is one step of the rollout.
    }
  }

  /** What happens to a lock when the process that holds it dies. */
  releaseLocksOfTheDead(): void {
    for (const environment of this.#environments.values()) environment.lockedBy = undefined;
  }

  #neverServes({ version }: Release): boolean {
    return this.faults.neverReady.includes(version) || this.faults.lies.includes(version);
  }

  #task(release: Release, healthy: boolean): MemoryTask {
    this.#tasks += 1;
    this.now += 1000;
    return { id: `task-${this.#tasks}`, release, healthy, startedAt: this.now };
  }
}
