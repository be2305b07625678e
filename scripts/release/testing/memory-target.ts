import { type MeasuredPhases, type Timelines, timelineOf } from '../../../infra/contract/timeline.ts';
import type { Release } from '../../../infra/release/release.ts';
import { UserError } from '../../messages/user-error.ts';
import type { Backups } from '../backups.ts';
import type { Dashboard } from '../dashboard.ts';
import { interrupted } from '../interruption.ts';
import type { Ledger, LedgerEntry } from '../ledger.ts';
import type { Operations } from '../operations.ts';
import type {
  AlarmReport,
  Applied,
  BuiltElsewhere,
  LastRun,
  Lock,
  LogLine,
  Observed,
  Origin,
  Plan,
  PlanOptions,
  PlatformTimes,
  Prerequisite,
  Progress,
  Restart,
  SecretStore,
  Target,
} from '../target.ts';
import type { MemoryEnvironment, MemoryPlatform } from './memory-platform.ts';

/** A `Target` on a platform in memory. Several may share a platform, as several commands do. */
export class MemoryTarget implements Target {
  kind: Target['kind'] = 'local';
  readonly operations: Operations = {
    connect: () => Promise.reject(new Error('a platform in memory has no database')),
    forward: () => Promise.reject(new Error('a platform in memory has no port')),
    knownSecrets: async () => [],
    contents: async (environment) => (this.#platform.environment(environment).exists ? ['service api'] : []),
    showsMaintenance: async (environment) => {
      const { exists, page } = this.#platform.environment(environment);
      return exists ? page !== undefined : undefined;
    },
    showMaintenance: async (environment, page) => {
      await this.#platform.beforeStep('show page');
      this.#platform.environment(environment).page = page;
      return [];
    },
    hideMaintenance: async (environment) => void delete this.#platform.environment(environment).page,
    listAlarms: async () => undefined,
    switchAlarms: async () => false,
    bounds: async () => ({
      min: 2,
      max: 6,
      settings: { min: 'apiDesiredCount', max: 'apiMaxCount' },
      seconds: 60,
    }),
    scale: async (environment, _process, count) => {
      await this.#platform.beforeStep('scale');
      this.#platform.environment(environment).desired = count;
      this.#platform.settle(environment);
    },
    exec: () => Promise.reject(new Error('a platform in memory has no container to enter')),
    run: () => Promise.reject(new Error('a platform in memory runs no program')),
  };
  readonly backups: Backups = {
    report: async (environment) => {
      const { exists, restorable, keptDatabases } = this.#platform.environment(environment);
      if (!exists) return undefined;
      return {
        times: restorable,
        snapshots: restorable.map(({ from }, index) => ({ id: `s${index}`, at: from, made: 'automatic' })),
        kept: keptDatabases.map((id) => ({ id, what: 'replaced' })),
        atMostLost: { seconds: 60, why: 'a platform in memory' },
      };
    },
    create: async () => ({ id: 'new', at: new Date(this.#platform.now).toISOString(), made: 'manual' }),
    restore: async ({ at, into }, progress) => {
      progress.step('restore');
      await this.#platform.beforeStep('restore');
      const notRead = this.#platform.environment(into).unreadable;
      if (notRead !== undefined) return { id: `copy-${at}`, notRead };
      return { id: `copy-${at}`, tables: [{ name: 'public.todos', rows: 3 }] };
    },
    unreadable: async (environment) => this.#platform.environment(environment).unreadable,
    switchTo: async (environment, id) => {
      await this.#platform.beforeStep('switch');
      const state = this.#platform.environment(environment);
      state.keptDatabases.push('before');
      state.schema.splice(0, state.schema.length, ...(state.restoredSchema ?? []));
      return `before-${id}`;
    },
    remove: async (environment, id) => {
      const kept = this.#platform.environment(environment).keptDatabases;
      const at = kept.indexOf(id);
      if (at !== -1) kept.splice(at, 1);
      return at !== -1;
    },
  };
  readonly unmet: Prerequisite[] = [];
  readonly #platform: MemoryPlatform;

  constructor(platform: MemoryPlatform) {
    this.#platform = platform;
  }

  prerequisites(): readonly Prerequisite[] {
    return [{ name: 'memory', check: async () => ({}) }, ...this.unmet];
  }

  async lock(environment: string, purpose: string): Promise<Lock> {
    await this.#platform.beforeStep('lock');
    const state = this.#platform.environment(environment);
    if (state.lockedBy !== undefined) {
      throw new UserError({
        code: 'ENVIRONMENT_LOCKED',
        message: `${environment} is being changed: ${state.lockedBy}.`,
        remedy: 'Wait for it to end.',
      });
    }
    state.lockedBy = purpose;
    return {
      release: async () => {
        await this.#platform.beforeStep('release lock');
        state.lockedBy = undefined;
      },
    };
  }

  async describeImage(_environment: string, reference: string): Promise<BuiltElsewhere> {
    const found = [...this.#platform.images.values()].find(({ image }) => image === reference);
    if (found !== undefined) return found;
    throw new UserError({ code: 'IMAGE_NOT_HERE', message: `There is no image ${reference}.` });
  }

  async plan(environment: string, pinned?: Release, { skipBakes = false }: PlanOptions = {}): Promise<Plan> {
    await this.#platform.beforeStep('plan');
    if (pinned !== undefined) this.#platform.plans.push({ version: pinned.version, skipBakes });
    const state = this.#platform.environment(environment);
    const release = pinned ?? (state.promoted ? (state.wanted ?? this.#platform.source) : this.#platform.source);
    const build = !this.#platform.images.has(release.digest);
    const changes = this.#changes(state, release, build);
    return {
      environment,
      release: build ? { ...release, image: '', digest: '' } : release,
      build,
      settingsHash: 'settings',
      programCommit: 'program',
      changes,
      losses: state.losses,
    };
  }

  #changes(state: MemoryEnvironment, release: Release, build: boolean): string[] {
    if (!state.exists) return ['create everything', `run ${release.version}`];
    if (build) return [`build ${release.version}`, `run ${release.version}`];
    const whole =
      state.wanted?.digest === release.digest &&
      state.tasks.length === state.desired &&
      state.tasks.every((task) => task.release.digest === release.digest && task.healthy);
    return whole ? [] : [`run ${release.version}`];
  }

  async apply(plan: Plan, progress: Progress, signal: AbortSignal): Promise<Applied> {
    const { environment } = plan;
    const state = this.#platform.environment(environment);
    const step = async (name: string) => {
      await this.#platform.beforeStep(name);
      if (signal.aborted) throw interrupted('');
      progress.step(name);
    };
    await step('build');
    const release = plan.build ? this.#platform.build(this.#platform.source) : plan.release;
    await step('migrate');
    state.exists = true;
    this.#platform.migrate(environment, release);
    await step('roll out');
    if (state.losesPage === true) delete state.page;
    this.#platform.want(environment, release);
    do await step('wait');
    while (this.#platform.advance(environment));
    const served =
      state.wanted?.digest === release.digest && !this.#platform.faults.neverReady.includes(release.version);
    if (!served && !this.#platform.faults.lies.includes(release.version)) {
      throw new UserError({ code: 'ROLLOUT_FAILED', message: `${release.version} never got ready.` });
    }
    return { release, revision: `revision-${state.revision}`, url: urlOf(environment) };
  }

  async observe(environment: string): Promise<Observed | undefined> {
    await this.#platform.beforeStep('observe');
    const { exists, desired, tasks, revision } = this.#platform.environment(environment);
    if (!exists) return undefined;
    const observed = tasks.map(({ id, release, healthy, startedAt }) => ({
      id,
      digest: release.digest,
      healthy,
      startedAt: new Date(startedAt).toISOString(),
    }));
    return {
      url: urlOf(environment),
      services: [{ name: 'api', desired, tasks: observed, revision: `revision-${revision}` }],
    };
  }

  async explain(environment: string): Promise<string> {
    return `last lines of ${environment}`;
  }

  async lastRuns(): Promise<readonly LastRun[]> {
    await this.#platform.beforeStep('read runs');
    return this.#platform.runs;
  }

  async alarms(): Promise<AlarmReport> {
    await this.#platform.beforeStep('read alarms');
    return { firing: this.#platform.firing, withoutData: [] };
  }

  async dashboard(): Promise<Dashboard> {
    return { figures: { panels: [], read: async () => [] } };
  }

  async *logs(environment: string): AsyncIterable<LogLine> {
    for (const { id, release } of this.#platform.environment(environment).tasks) {
      yield { service: 'api', task: id, text: `${release.version} is ready` };
    }
  }

  async unrealised(): Promise<readonly string[]> {
    return [];
  }

  async timelines(_environment: string, measured: MeasuredPhases = {}): Promise<Timelines> {
    const { boot } = measured;
    const timeline = timelineOf([
      boot === undefined
        ? { name: 'boot', seconds: 12, basis: 'limit' }
        : { name: 'boot', seconds: boot, basis: 'measured' },
    ]);
    return { rollout: timeline, rollback: timeline };
  }

  async times(): Promise<PlatformTimes | undefined> {
    await this.#platform.beforeStep('read times');
    return this.#platform.times;
  }

  async drift(): Promise<readonly string[]> {
    return this.#platform.drifted;
  }

  ledger(environment: string): Ledger {
    const { entries, freezes, expiries, maintenances, operations } = this.#platform.environment(environment);
    return {
      list: async () => {
        await this.#platform.beforeStep('read ledger');
        return [...entries];
      },
      append: async (entry: LedgerEntry) => {
        await this.#platform.beforeStep('write ledger');
        entries.push(entry);
      },
      freezes: async () => [...freezes],
      appendFreeze: async (entry) => void freezes.push(entry),
      expiries: async () => [...expiries],
      appendExpiry: async (entry) => void expiries.push(entry),
      maintenances: async () => [...maintenances],
      appendMaintenance: async (entry) => void maintenances.push(entry),
      operations: async () => [...operations],
      appendOperation: async (entry) => void operations.push(entry),
    };
  }

  async origin(environment: string): Promise<Origin> {
    await this.#platform.beforeStep('read origin');
    const { exists, madeFrom } = this.#platform.environment(environment);
    if (!exists) return { state: 'absent' };
    if (madeFrom === undefined) return { state: 'lasting', what: 'the platform' };
    return { state: 'expiring', what: 'the platform', from: madeFrom };
  }

  async expiringNames(): Promise<readonly string[]> {
    return this.#platform.names.filter((name) => name.startsWith('pr-'));
  }

  secrets(environment: string): SecretStore {
    const { secrets } = this.#platform.environment(environment);
    return {
      list: async () => [...secrets].map(([name, { changedAt }]) => ({ name, changedAt })),
      set: async (name, value) => {
        this.#platform.now += 1000;
        secrets.set(name, { value, changedAt: new Date(this.#platform.now).toISOString() });
      },
      unset: async (name) => secrets.delete(name),
      borrow: async () => false,
    };
  }

  async restart({ environment, release }: Restart, progress: Progress, signal: AbortSignal): Promise<void> {
    progress.step('restart');
    await this.#platform.beforeStep('restart');
    if (signal.aborted) throw interrupted('');
    this.#platform.renew(environment, release);
  }

  async assertRestorable(environment: string, release: Release): Promise<void> {
    await this.#platform.beforeStep('find image');
    if (this.#platform.images.has(release.digest)) return;
    throw new UserError({
      code: 'IMAGE_GONE',
      message: `The image of ${release.version} is gone, so ${environment} cannot run it.`,
    });
  }

  async down(environment: string, progress: Progress): Promise<void> {
    progress.step(`Remove ${environment}`);
    await this.#platform.beforeStep(`remove ${environment}`);
    const state = this.#platform.environment(environment);
    Object.assign(state, { exists: false, tasks: [], wanted: undefined, fallback: undefined });
    state.schema.length = 0;
    state.entries.length = 0;
    state.freezes.length = 0;
    state.expiries.length = 0;
    state.maintenances.length = 0;
    state.operations.length = 0;
    delete state.page;
  }
}

export function urlOf(environment: string): string {
  return `http://${environment}.test`;
}
