import { timelinesOnAws } from '../../infra/contract/timeline.ts';
import { frontOf, hostsOf, scheduledOf } from '../../infra/manifest/app.ts';
import type { Release } from '../../infra/release/release.ts';
import { readEnvironment, readSettings } from '../program/settings.ts';
import { readFullBackendUrl } from '../pulumi/backend-url.ts';
import { renderChange } from '../pulumi/engine-events.ts';
import { PulumiWorkspace } from '../pulumi/workspace.ts';
import { type Clock, systemClock } from '../release/clock.ts';
import type { Ledger } from '../release/ledger.ts';
import type {
  Environment,
  Lock,
  LogLine,
  LogQuery,
  Plan,
  PlanOptions,
  SecretStore,
  Target,
} from '../release/target.ts';
import { accessTo, accessToSource, type Promotion } from './access.ts';
import { alwaysOn, readAlarmStates, readAlarms } from './alarms.ts';
import { applyPlan } from './apply.ts';
import { talkToAws } from './aws-errors.ts';
import { clearDeadLock } from './backend-lock.ts';
import { createAwsBackups } from './backups.ts';
import { type AwsClients, createClients } from './clients.ts';
import { dashboardAddress } from './dashboard.ts';
import { takeDown } from './down.ts';
import { isDrift, unread } from './drift.ts';
import { explainServices, readLastRuns } from './explain.ts';
import { type Access, IdentityGuard } from './identity-guard.ts';
import { acquireLease, type Lease, thisProcess } from './lease.ts';
import { ParameterLedger } from './ledger.ts';
import { readLogs } from './log-tail.ts';
import { type AwsNames, namesOf } from './names.ts';
import { listExpiringNames, readOrigin } from './origin.ts';
import { makePlan, type PlanDetails } from './plan.ts';
import { awsPrerequisites } from './prerequisites.ts';
import { assertImagePullable, builtElsewhere } from './registry.ts';
import { restartServices } from './restart.ts';
import { observeRunning } from './running.ts';
import { ParameterSecrets } from './secrets.ts';
import { inServiceTime } from './service-time.ts';
import { activeServices, clusterExists } from './services.ts';
import { readTimes } from './times.ts';

export interface AwsTargetOptions {
  /** Where Pulumi.yaml is. */
  readonly projectDirectory: string;
  /** The user's own project, if the other one is a checkout of an earlier commit. */
  readonly ownDirectory?: string;
  /** The process's own: credentials, PULUMI_BACKEND_URL, STACK_PULUMI_DIR. */
  readonly environmentVariables: Readonly<Record<string, string | undefined>>;
  /** Is told what the user should know when the command has ended. */
  readonly note: (text: string) => void;
  /** Of the command: cuts calls of AWS before its first change; later ones are what an interruption is undone with. */
  readonly signal?: AbortSignal;
  /** Absent: the command promotes nothing. */
  readonly promotion?: Promotion;
  /** For tests. */
  readonly clock?: Clock;
}

/** The stack on AWS: the Pulumi engine with the user's backend, and AWS itself as the source of truth. */
export function createAwsTarget({ clock = systemClock, ...options }: AwsTargetOptions): Target {
  const { projectDirectory, environmentVariables } = options;
  const leases = new Map<Environment, Lease>();
  /** Rejects if another command took the lock meanwhile. What needs no lock, such as a freeze, has none to lose. */
  const stillHeld = async (environment: Environment) => leases.get(environment)?.assertHeld();
  const workspace = new PulumiWorkspace({ ...options, beforeChange: stillHeld });
  const facts = (environment: Environment) => readEnvironment(projectDirectory, environment);
  const namesFor = (environment: Environment) => namesOf(environment, readSettings(projectDirectory, environment));
  /** How many changes are under way. */
  let changing = 0;
  const interruption = () => (changing === 0 ? options.signal : undefined);
  const clientsOf = new Map<Environment, AwsClients>();
  const { promotion } = options;
  const accessOf = (environment: Environment) =>
    environment === promotion?.from
      ? accessToSource(projectDirectory, promotion, environmentVariables)
      : accessTo(projectDirectory, environment, environmentVariables);
  const clients = (environment: Environment): AwsClients => {
    const known = clientsOf.get(environment) ?? createClients(accessOf(environment), interruption);
    clientsOf.set(environment, known);
    return known;
  };
  const guard = new IdentityGuard({ ...options, workspace, clients, evidenceOf: promotion?.from });
  const ledgerOf = (environment: Environment) =>
    new ParameterLedger(clients(environment).ssm, namesOf(environment).ledger);
  const secretsOf = (environment: Environment) =>
    new ParameterSecrets({
      clients: clients(environment),
      path: namesOf(environment).secrets,
      keyAlias:
        facts(environment).settings.encryption === 'customer-managed' ? namesOf(environment).keyAlias : undefined,
      note: options.note,
    });
  const uninterrupted = async <T>(run: () => Promise<T>): Promise<T> => {
    changing += 1;
    try {
      return await run();
    } finally {
      changing -= 1;
    }
  };
  const guarded = async <T>(environment: Environment, access: Access, run: () => Promise<T>): Promise<T> => {
    await guard.check(environment, access);
    if (access === 'report') return run();
    await stillHeld(environment);
    return uninterrupted(run);
  };
  /** What it starts has to be ended, whatever interrupts it. */
  const session = <T>(environment: Environment, run: () => Promise<T>): Promise<T> =>
    guarded(environment, 'report', () => uninterrupted(run));
  const contextOf = (environment: Environment) => ({
    clients: clients(environment),
    names: namesFor(environment),
    variables: environmentVariables,
  });
  const pageContextOf = (environment: Environment) => {
    const { settings, app } = facts(environment);
    return { clients: clients(environment), names: namesOf(environment, settings, hostsOf(app)) };
  };
  const scheduleContext = (environment: Environment) =>
    [clients(environment), namesFor(environment), clock.now(), scheduledOf(facts(environment).app)] as const;
  const details = new WeakMap<Plan, PlanDetails>();
  const plan = async (environment: Environment, pinned?: Release, asked: PlanOptions = {}): Promise<Plan> => {
    await guard.check(environment, 'change');
    const request = { projectDirectory, environment, pinned, ...asked, workspace, clients: clients(environment) };
    const made = await makePlan(request);
    details.set(made.plan, made);
    return made.plan;
  };

  return {
    kind: 'aws',
    backups: createAwsBackups({
      clients,
      names: namesFor,
      clock,
      hasProxy: (environment) => readSettings(projectDirectory, environment).database.proxy,
      guarded,
      pointTo: async (environment, resourceId, progress) => {
        progress.step(`Make the stack ${environment} have the restored instance`);
        const say = (line: string) => progress.detail(line);
        await workspace.pointTo(environment, 'aws:rds/instance:Instance', resourceId, {
          say,
          message: 'stack restore',
        });
      },
      reading: {
        assertPossible: async (environment) => {
          const { assertReadable } = await import('./operate/read-back.ts');
          await assertReadable(contextOf(environment));
        },
        tables: async (environment, instance, signal) => {
          const { readTables } = await import('./operate/read-back.ts');
          return readTables(contextOf(environment), instance, signal);
        },
      },
    }),
    operations: {
      connect: (environment, request) =>
        session(environment, async () => {
          const { connectToDatabase } = await import('./operate/connect.ts');
          return connectToDatabase(contextOf(environment), request);
        }),
      forward: (environment, request) =>
        session(environment, async () => {
          const { forwardToTask } = await import('./operate/forward.ts');
          return forwardToTask(contextOf(environment), request);
        }),
      knownSecrets: () => Promise.resolve([]),
      contents: (environment) =>
        guarded(environment, 'report', async () => {
          const { contentsOf } = await import('./operate/contents.ts');
          return contentsOf(await workspace.state(environment));
        }),
      listAlarms: (environment) =>
        guarded(environment, 'report', () => readAlarmStates(clients(environment), namesFor(environment))),
      switchAlarms: (environment) => Promise.reject(alwaysOn(environment)),
      async bounds(environment, process) {
        const { scalingBounds } = await import('../program/scaling-bounds.ts');
        return scalingBounds(projectDirectory, environment, process);
      },
      scale: (environment, process, count) =>
        guarded(environment, 'change', async () => {
          const { setDesiredCount } = await import('./operate/scale.ts');
          await setDesiredCount(contextOf(environment), process, count);
        }),
      showsMaintenance: (environment) =>
        guarded(environment, 'report', async () => {
          const { showsMaintenance } = await import('./operate/maintenance.ts');
          return showsMaintenance(pageContextOf(environment));
        }),
      showMaintenance: (environment, page) =>
        guarded(environment, 'change', async () => {
          const { showMaintenance } = await import('./operate/maintenance.ts');
          return showMaintenance(pageContextOf(environment), page);
        }),
      hideMaintenance: (environment) =>
        guarded(environment, 'change', async () => {
          const { hideMaintenance } = await import('./operate/maintenance.ts');
          await hideMaintenance(pageContextOf(environment));
        }),
      exec: (environment, request) =>
        session(environment, async () => {
          const { execInTask } = await import('./operate/exec.ts');
          return execInTask(contextOf(environment), request);
        }),
      run: (environment, request, show, signal) =>
        guarded(environment, 'change', async () => {
          const { runOnce } = await import('./operate/run.ts');
          return runOnce(
            { ...contextOf(environment), clock, outputs: () => workspace.outputs(environment) },
            request,
            show,
            signal,
          );
        }),
    },
    prerequisites: (environment, purpose) =>
      awsPrerequisites({
        environment,
        purpose,
        workspace,
        options,
        clock,
        facts: () => facts(environment),
        clients: () => clients(environment),
        secrets: { list: () => secretsOf(environment).list() },
        compareEnvironment: () => guard.check(environment, 'change'),
      }),
    async lock(environment, purpose): Promise<Lock> {
      // Before the lease, which would be written to an account that is not the environment's.
      await guard.check(environment, 'change');
      const { ssm } = clients(environment);
      const path = namesOf(environment).lock;
      changing += 1;
      const end = () => {
        changing -= 1;
      };
      const asked = { ssm, path, environment, purpose, clock, holder: thisProcess };
      const lease = await acquireLease(asked).catch((error: unknown) => {
        end();
        throw error;
      });
      leases.set(environment, lease);
      const release = async () => {
        leases.delete(environment);
        await lease.release().finally(end);
      };
      try {
        await clearDeadLock(workspace, environment);
        return { release };
      } catch (error) {
        await release();
        throw error;
      }
    },
    plan,
    async describeImage(environment, reference) {
      await guard.check(environment, 'report');
      const built = builtElsewhere(namesOf(environment), reference);
      await assertImagePullable(clients(environment), built);
      return built;
    },
    async apply(asked, progress, signal) {
      const { environment, build, release } = asked;
      const known = details.get(asked) ?? details.get(await plan(environment, build ? undefined : release));
      if (known === undefined) throw new Error(`No plan of ${environment} was made.`);
      await stillHeld(environment);
      await guard.record(environment);
      const lost = leases.get(environment)?.lost;
      const { contract, settings } = facts(environment);
      const { rolloutTimeoutSeconds } = contract;
      const { note } = options;
      const workflows = {
        environment,
        repository: settings.github?.repository,
        region: settings.region,
        backendUrl: readFullBackendUrl(projectDirectory, environmentVariables),
      };
      const request = {
        details: { ...known, plan: asked },
        names: namesFor(environment),
        workflows,
        workspace,
        clock,
        rolloutTimeoutSeconds,
        progress,
        signal: lost === undefined ? signal : AbortSignal.any([signal, lost]),
        note,
      };
      const sourceClients = () => {
        const from = facts(environment).settings.release.promoteFrom;
        if (from === undefined) return clients(environment);
        return createClients(accessToSource(projectDirectory, { from, to: environment }, environmentVariables));
      };
      return applyPlan({ ...request, clients: clients(environment), sourceClients }).catch((error: unknown) => {
        throw lost?.aborted ? lost.reason : error;
      });
    },
    observe: (environment) =>
      guarded(environment, 'report', () =>
        observeRunning(clients(environment), namesFor(environment), facts(environment).settings.edge.domain?.name),
      ),
    explain: (environment) => guarded(environment, 'report', () => explainServices(...scheduleContext(environment))),
    lastRuns: (environment) => guarded(environment, 'report', () => readLastRuns(...scheduleContext(environment))),
    alarms: (environment) =>
      guarded(environment, 'report', () => readAlarms(clients(environment), namesOf(environment))),
    dashboard: (environment) =>
      Promise.resolve({
        address: dashboardAddress(readSettings(projectDirectory, environment).region, namesOf(environment).dashboard),
      }),
    async *logs(environment, query, signal) {
      await guard.check(environment, 'report');
      const asked = clients(environment);
      yield* logsOf(asked, namesFor(environment), query, { clock: inServiceTime(clock, asked), signal });
    },
    unrealised: () => Promise.resolve([]),
    async timelines(environment, measured) {
      const { contract, settings } = facts(environment);
      return timelinesOnAws(contract, settings, measured);
    },
    times: (environment, since) =>
      guarded(environment, 'report', () => {
        const asked = clients(environment);
        const names = namesFor(environment);
        const service = { cluster: names.cluster, name: names.service(frontOf(facts(environment).app).name) };
        const now = inServiceTime(clock, asked).now();
        return readTimes(asked, service, { since: since + now - clock.now(), now });
      }),
    async drift(environment) {
      await guard.check(environment, 'change');
      return (await workspace.drift(environment, unread)).filter(isDrift).map(renderChange);
    },
    ledger(environment): Ledger {
      const ledger = ledgerOf(environment);
      return {
        list: () => guarded(environment, 'report', () => ledger.list()),
        append: (entry) => guarded(environment, 'change', () => ledger.append(entry)),
        freezes: () => guarded(environment, 'report', () => ledger.freezes()),
        appendFreeze: (entry) => guarded(environment, 'change', () => ledger.appendFreeze(entry)),
        expiries: () => guarded(environment, 'report', () => ledger.expiries()),
        appendExpiry: (entry) => guarded(environment, 'change', () => ledger.appendExpiry(entry)),
        maintenances: () => guarded(environment, 'report', () => ledger.maintenances()),
        appendMaintenance: (entry) => guarded(environment, 'change', () => ledger.appendMaintenance(entry)),
        operations: () => guarded(environment, 'report', () => ledger.operations()),
        appendOperation: (entry) => guarded(environment, 'change', () => ledger.appendOperation(entry)),
      };
    },
    origin: (environment) =>
      guarded(environment, 'report', () =>
        readOrigin(clients(environment), namesFor(environment), async () =>
          (await workspace.exists(environment)) ? workspace.state(environment) : undefined,
        ),
      ),
    expiringNames: () => listExpiringNames(workspace),
    secrets(environment): SecretStore {
      const store = () => secretsOf(environment);
      return {
        list: () => guarded(environment, 'report', () => store().list()),
        set: (name, value) => guarded(environment, 'change', () => store().set(name, value)),
        unset: (name) => guarded(environment, 'change', () => store().unset(name)),
        borrow: () => store().borrow(),
      };
    },
    async restart({ environment, services }, progress, signal) {
      await guarded(environment, 'change', () => {
        progress.step(`Restart ${services.join(', ')}`);
        const timeoutSeconds = facts(environment).contract.rolloutTimeoutSeconds;
        const wait = { clock, signal, timeoutSeconds, say: (line: string) => progress.detail(line) };
        return restartServices(clients(environment), namesFor(environment), services, wait);
      });
    },
    assertRestorable: (environment, release) => assertImagePullable(clients(environment), release),
    async down(environment, progress) {
      await guard.check(environment, 'change');
      await stillHeld(environment);
      const ledger = {
        clear: async () => {
          await stillHeld(environment);
          await ledgerOf(environment).clear();
        },
      };
      const { note } = options;
      const request = { environment, workspace, clock, progress, facts: facts(environment), ledger, note };
      await takeDown({ ...request, clients: clients(environment) });
      await guard.forget(environment);
    },
  };
}

async function* logsOf(
  clients: AwsClients,
  names: AwsNames,
  query: LogQuery,
  context: { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<LogLine> {
  const services = query.service === undefined ? await serviceNames(clients, names) : [query.service];
  const sources = services.map((service) => ({ service, logGroup: names.logGroup(service) }));
  yield* readLogs(clients.logs, sources, query, context);
}

function serviceNames(clients: AwsClients, names: AwsNames): Promise<readonly string[]> {
  return talkToAws(async () => {
    if (!(await clusterExists(clients, names.cluster))) return [];
    const services = await activeServices(clients, names);
    return services.map(({ serviceName = '' }) => names.shortName(serviceName));
  });
}
