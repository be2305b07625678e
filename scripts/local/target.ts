import type { evaluate } from '../../infra/graph/evaluate.ts';
import type { Graph } from '../../infra/graph/record.ts';
import type { Release } from '../../infra/release/release.ts';
import { existingResources } from '../../infra/settings/existing.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { isEarlierProgram } from '../program/earlier-programs.ts';
import { evaluateAt } from '../program/evaluate-elsewhere.ts';
import { hashSettings, readProgramCommit } from '../program/identity.ts';
import { neededSecrets } from '../program/needed-secrets.ts';
import { nothingRuns } from '../release/nothing-runs.ts';
import { pinnedRelease, promotedRelease } from '../release/pin.ts';
import { secretsPrerequisite } from '../release/secrets.ts';
import type { Environment, Plan, Progress, Target } from '../release/target.ts';
import type { LocalOptions } from './apply/work.ts';
import { createLocalBackups } from './backups/backups.ts';
import { withEmulatorSetting } from './emulator/setting.ts';
import { createEngineFinder, type Engine, type EngineFinder, type EngineState, requireReady } from './engine/engine.ts';
import type { BaseSource } from './images/base-images.ts';
import { describeImage, findImage, inspectImage, whyNotStartable } from './images/image.ts';
import { inspectCurrent } from './observe/current.ts';
import { describeDrift } from './observe/drift.ts';
import { readLastRuns } from './observe/last-runs.ts';
import { readLogs } from './observe/logs.ts';
import { explain, observe } from './observe/observe.ts';
import { listExpiringNames, readOrigin } from './observe/origin.ts';
import { withoutExisting, withPasswords } from './overridden-settings.ts';
import { describePlan } from './plan.ts';
import { localPrerequisites } from './prerequisites.ts';
import { createFileLedger } from './state/file-ledger.ts';
import { createGivenSecretStore } from './state/given-secrets.ts';
import { acquireLock } from './state/lock.ts';
import { folderOf, lockPath, type Place, readDeployed, removeFolder } from './state/place.ts';
import type { LocalGraph } from './translate/emulator.ts';
import { deriveNames, imageReference } from './translate/names.ts';
import { type Program, parseProgram } from './translate/program.ts';
import { timelinesHere } from './translate/timeline.ts';
import { unrealised } from './translate/unrealised.ts';

export interface LocalTargetOptions {
  readonly projectDirectory: string;
  /** Where the program and its stack files are, when not in the project itself. */
  readonly programDirectory?: string;
  /** Keeps several copies of the project apart on one engine: part of the name of everything that is created. */
  readonly instance: string;
  /** Port of the load balancer; the environment's own when absent. */
  readonly port?: number;
  /** The process's environment, of which LocalOptions says what is read. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** Looks for the engine; a command begins before it has loaded this target. */
  readonly find?: EngineFinder;
  /** Records the program; another one in tests. */
  readonly evaluate?: typeof evaluate;
}

/** Names of Docker objects start with it: with an environment's name of 20, Swarm's limit of 63 characters is kept. */
const instancePattern = /^[a-z][a-z0-9-]{0,19}$/;

/** The stack on this machine: the program's graph translated to a Docker Swarm stack behind HAProxy. */
export function createLocalTarget(options: LocalTargetOptions): Target {
  const { projectDirectory, programDirectory = projectDirectory, instance, port, variables = {} } = options;
  assertInstance(instance);
  const executable = variables['STACK_DOCKER'];
  const settings: LocalOptions = {
    find: options.find ?? createEngineFinder({ executable }),
    dockerExecutable: executable,
    ...chosenEngine(variables),
    baseSource: parseBaseSource(variables['STACK_BASE_IMAGES']),
    caFile: variables['NODE_EXTRA_CA_CERTS'],
    port,
  };
  const placeOf = (environment: Environment): Place => ({ projectDirectory, instance, environment });
  const readGraph = createGraphReader(options);
  const findEngine = async (): Promise<Engine | undefined> => {
    const found = await settings.find();
    return runsNothing(found, settings) ? undefined : requireReady(found);
  };
  const requireEngine = async (): Promise<Engine> => requireReady(await settings.find());
  const planned = new WeakMap<Plan, { readonly program: Program; readonly skipBakes: boolean }>();
  const secretsPath = (environment: Environment) => folderOf(placeOf(environment)).givenSecrets;
  const secretsOf = (environment: Environment) => createGivenSecretStore(secretsPath(environment), secretsPath);
  const ledgerOf = (environment: Environment) => createFileLedger(folderOf(placeOf(environment)).ledger);

  const pinFor = async (environment: Environment, asked: Release | undefined): Promise<Release | undefined> => {
    const { readSettings } = await import('../program/settings.ts');
    return pinnedRelease({
      asked,
      settings: () => readSettings(programDirectory, environment).release,
      promoted: async () => promotedRelease(await ledgerOf(environment).list()),
    });
  };

  const programOf = async (environment: Environment, graph: Graph & LocalGraph): Promise<Program> => {
    const program = parseProgram(graph);
    if (!isEarlierProgram(programDirectory)) return program;
    const { readEnvironment } = await import('../program/settings.ts');
    const { withAuthorities } = await import('./earlier-authorities.ts');
    return withAuthorities(program, readEnvironment(programDirectory, environment));
  };

  return {
    kind: 'local',
    backups: createLocalBackups({
      requireDocker: async () => (await requireEngine()).docker,
      placeOf,
      retentionDays: async (environment) => {
        const { readSettings } = await import('../program/settings.ts');
        return readSettings(programDirectory, environment).database.backupRetentionDays;
      },
    }),
    operations: {
      connect: async (environment, request) => {
        const { connectToDatabase } = await import('./operate/connect.ts');
        return connectToDatabase(
          { docker: (await requireEngine()).docker, place: placeOf(environment), variables },
          request,
        );
      },
      forward: async (environment, request) => {
        const { forwardToTask } = await import('./operate/forward.ts');
        return forwardToTask((await requireEngine()).docker, placeOf(environment), request);
      },
      async knownSecrets(environment) {
        const { knownSecrets } = await import('./operate/known-secrets.ts');
        return knownSecrets(placeOf(environment));
      },
      async contents(environment) {
        const { listContents } = await import('./operate/contents.ts');
        return listContents((await requireEngine()).docker, placeOf(environment));
      },
      async showsMaintenance(environment) {
        const engine = await findEngine();
        if (engine === undefined) return undefined;
        const { showsMaintenance } = await import('./operate/maintenance.ts');
        return showsMaintenance(engine.docker, placeOf(environment));
      },
      async showMaintenance(environment, page) {
        const { setMaintenance } = await import('./operate/maintenance.ts');
        await setMaintenance((await requireEngine()).docker, placeOf(environment), page);
        return [];
      },
      async hideMaintenance(environment) {
        const { setMaintenance } = await import('./operate/maintenance.ts');
        await setMaintenance((await requireEngine()).docker, placeOf(environment), undefined);
      },
      async listAlarms(environment) {
        const { readAlarms } = await import('./alarms/read.ts');
        return readAlarms((await requireEngine()).docker, placeOf(environment), { thorough: true });
      },
      async switchAlarms(environment, on, progress, signal) {
        const { bringUpAlarms, takeDownAlarms } = await import('./alarms/bring-up.ts');
        const place = placeOf(environment);
        const { docker } = await requireEngine();
        if (!on) return takeDownAlarms(docker, place);
        const deployed = await readDeployed(folderOf(place));
        if (deployed === undefined) throw nothingRuns({ kind: 'local' }, environment, 'to watch');
        const own = withPasswords(programDirectory, environment);
        const program = parseProgram(await readGraph(environment, deployed.release, own));
        const { baseSource } = settings;
        return bringUpAlarms({ docker, place, program, baseSource, progress, signal });
      },
      async bounds(environment, process) {
        const { scalingBounds } = await import('../program/scaling-bounds.ts');
        return scalingBounds(programDirectory, environment, process);
      },
      async scale(environment, process, count) {
        const { stack } = deriveNames(instance, environment);
        const { docker } = await requireEngine();
        await docker.run(['service', 'scale', '--detach', `${stack}_${process}=${count}`]);
      },
      exec: async (environment, request) => {
        const { execInTask } = await import('./operate/exec.ts');
        return execInTask((await requireEngine()).docker, placeOf(environment), request);
      },
      run: async (environment, request, show, signal) => {
        const { runOnce } = await import('./operate/run.ts');
        const place = placeOf(environment);
        const secretVariables = async () => {
          const { readValues } = await import('./apply/restart.ts');
          const deployed = await readDeployed(folderOf(place));
          const passwords = withPasswords(programDirectory, environment);
          const program = parseProgram(await readGraph(environment, deployed?.release, passwords));
          return (await readValues(folderOf(place), program)).variables;
        };
        return runOnce({ docker: (await requireEngine()).docker, place, secretVariables }, request, show, signal);
      },
    },
    prerequisites: (environment) => [
      ...localPrerequisites(placeOf(environment), settings),
      secretsPrerequisite(
        'local',
        environment,
        () => neededSecrets(programDirectory, environment),
        secretsOf(environment),
      ),
    ],
    lock: async (environment, purpose) => acquireLock(lockPath(placeOf(environment)), environment, purpose),
    async plan(environment, pinned, { skipBakes = false } = {}) {
      const place = placeOf(environment);
      const pin = await pinFor(environment, pinned);
      // git first: it answers while this process evaluates the program.
      const [programCommit, graph, engine] = await Promise.all([
        readProgramCommit(programDirectory),
        readGraph(environment, pin, withPasswords(programDirectory, environment)),
        findEngine(),
      ]);
      const program = await programOf(environment, graph);
      const release = await identify(place, graph, program, engine);
      const plan: Plan = {
        environment,
        release,
        build: release.digest === '',
        settingsHash: hashSettings(programDirectory, environment),
        programCommit,
        ...(await describePlan({ place, program, release, engine, options: settings })),
      };
      planned.set(plan, { program, skipBakes });
      return plan;
    },
    async describeImage(_environment, reference) {
      return describeImage((await requireEngine()).docker, reference);
    },
    async apply(plan, progress, signal) {
      const place = placeOf(plan.environment);
      const { program, skipBakes } = planned.get(plan) ?? {
        program: await programOf(
          plan.environment,
          await readGraph(
            plan.environment,
            plan.build ? undefined : plan.release,
            withPasswords(programDirectory, plan.environment),
          ),
        ),
        skipBakes: false,
      };
      const { release, settingsHash } = plan;
      const { apply } = await import('./apply/apply.ts');
      return apply({ place, options: settings, program, release, settingsHash, skipBakes, progress, signal });
    },
    async observe(environment) {
      const engine = await findEngine();
      return engine === undefined ? undefined : observe(engine.docker, placeOf(environment));
    },
    async explain(environment) {
      const engine = await findEngine();
      return engine === undefined ? 'The Docker engine does not answer.' : explain(engine.docker, placeOf(environment));
    },
    async lastRuns(environment) {
      return readLastRuns((await requireEngine()).docker, placeOf(environment));
    },
    async alarms(environment) {
      const { readAlarms, reportOf } = await import('./alarms/read.ts');
      const { docker } = await requireEngine();
      return reportOf(environment, await readAlarms(docker, placeOf(environment), { thorough: true }));
    },
    async dashboard(environment) {
      const { addressOf, figuresOf } = await import('./observe/figures.ts');
      const { parseDashboard } = await import('./translate/dashboard.ts');
      const place = placeOf(environment);
      const deployed = await readDeployed(folderOf(place));
      if (deployed === undefined) throw nothingRuns({ kind: 'local' }, environment, 'to show');
      const graph = await readGraph(environment, deployed.release, withPasswords(programDirectory, environment));
      const program = parseProgram(graph);
      const address = async () => addressOf((await requireEngine()).docker, place);
      return { figures: figuresOf(parseDashboard(graph, program) ?? [], program, address) };
    },
    async *logs(environment, query, signal) {
      yield* readLogs((await requireEngine()).docker, placeOf(environment), query, signal);
    },
    async unrealised(environment) {
      const graph = await readGraph(environment);
      const { readSettings } = await import('../program/settings.ts');
      return [
        ...existingResources(readSettings(programDirectory, environment)).map(
          ({ what, id, local }) => `the existing ${what} ${id}: ${local} instead`,
        ),
        ...unrealised(graph, parseProgram(graph).loadBalancer),
      ];
    },
    async timelines(environment, measured) {
      const { readEnvironment } = await import('../program/settings.ts');
      const { frontOf } = await import('../../infra/manifest/app.ts');
      const { app, contract, settings } = readEnvironment(programDirectory, environment);
      const { bakeSecondsOf } = await import('./alarms/guard.ts');
      const { givenAlarms } = await import('./alarms/read.ts');
      // Of those that are evaluated now: the next rollout brings its own, which look back as far.
      const alarms = (await givenAlarms(placeOf(environment))) ?? [];
      return timelinesHere(contract, settings, measured, bakeSecondsOf(alarms, [frontOf(app).name]));
    },
    async times(environment, since) {
      const { readTimes } = await import('./observe/times.ts');
      const { frontOf } = await import('../../infra/manifest/app.ts');
      const { readEnvironment } = await import('../program/settings.ts');
      const { name } = frontOf(readEnvironment(programDirectory, environment).app);
      return readTimes((await requireEngine()).docker, placeOf(environment), name, since);
    },
    async drift(environment) {
      const { docker } = await requireEngine();
      return describeDrift(await inspectCurrent(docker, placeOf(environment)), instance, environment);
    },
    ledger: ledgerOf,
    origin: async (environment) => readOrigin((await requireEngine()).docker, placeOf(environment)),
    expiringNames: async () => listExpiringNames((await findEngine())?.docker, { projectDirectory, instance }),
    secrets: secretsOf,
    async restart({ environment, release, services }, progress, signal) {
      const { restart } = await import('./apply/restart.ts');
      const { docker } = await requireEngine();
      const place = placeOf(environment);
      const program = parseProgram(await readGraph(environment, release, withPasswords(programDirectory, environment)));
      await restart({ docker, place, environment, program, release, services, progress, signal });
    },
    async assertRestorable(environment, release) {
      const { docker } = await requireEngine();
      if ((await inspectImage(docker, release.digest)) === undefined) throw notRestorable(environment, release);
      const reason = await whyNotStartable(docker, release.digest);
      if (reason !== undefined) throw notStartable(release, reason);
    },
    down: async (environment, progress) => down(placeOf(environment), await settings.find(), progress),
  };
}

/** Evaluations share the SDK's state in this process, so they run one after the other. */
function createGraphReader({
  projectDirectory,
  programDirectory = projectDirectory,
  evaluate: record = programDirectory === projectDirectory ? evaluateLazily : evaluateAt(programDirectory),
}: LocalTargetOptions) {
  let last: Promise<unknown> = Promise.resolve();
  return (
    environment: Environment,
    pinned?: Release,
    own: Readonly<Record<string, string>> = {},
  ): Promise<Graph & LocalGraph> => {
    const config = {
      ...withoutExisting(programDirectory, environment),
      ...own,
      ...(pinned === undefined ? {} : { release: JSON.stringify(pinned) }),
    };
    const graph = last
      .catch(() => undefined)
      .then(() => record(environment, { projectDirectory: programDirectory, config }))
      .then((found) => withEmulatorSetting(found, programDirectory, environment));
    last = graph;
    return graph;
  };
}

/** The Pulumi SDK costs most of a command's start, and most commands never evaluate the program. */
const evaluateLazily: typeof evaluate = async (environment, options) => {
  const loaded = await import('../../infra/graph/evaluate.ts');
  return await loaded.evaluate(environment, options);
};

/** The release that the program asks for; without image and digest while this engine has none of that version. */
async function identify(
  place: Place,
  { outputs }: Graph,
  { imageBuild }: Program,
  engine: Engine | undefined,
): Promise<Release> {
  const asked = outputs['release'] as Release;
  if (imageBuild === undefined) return asked;
  const reference = imageReference(place, asked.version);
  const found = engine === undefined ? undefined : await findImage(engine, reference);
  return { ...asked, image: found === undefined ? '' : reference, digest: found ?? '' };
}

/** On this machine's own engine, or where none is. What an engine has that cannot be asked, or is elsewhere, is not known. */
function runsNothing(found: EngineState, { chosenEngine }: LocalOptions): boolean {
  if (found.state === 'no-client') return found.named === undefined;
  return found.state === 'stopped' && chosenEngine === undefined;
}

/** A stopped engine still has the environment's containers and data, and starts them again. */
async function down(place: Place, found: EngineState, progress: Progress): Promise<void> {
  if (found.state === 'no-client' && found.named === undefined) {
    progress.detail('no Docker on this machine: removing generated files only');
    return removeFolder(folderOf(place));
  }
  const { docker } = requireReady(found);
  const { removeEnvironment } = await import('./down.ts');
  await removeEnvironment(docker, place, progress);
}

/** Docker's client prefers DOCKER_HOST. */
function chosenEngine(variables: Readonly<Record<string, string | undefined>>): Pick<LocalOptions, 'chosenEngine'> {
  const name = ['DOCKER_HOST', 'DOCKER_CONTEXT'].find((variable) => (variables[variable] ?? '') !== '');
  return name === undefined ? {} : { chosenEngine: `${name}=${variables[name]}` };
}

function assertInstance(instance: string): void {
  if (instancePattern.test(instance)) return;
  throw new UserError({
    code: 'INSTANCE_INVALID',
    message: `STACK_INSTANCE is ${JSON.stringify(instance)}.`,
    rule: 'Up to 20 lower-case letters, digits and hyphens, a letter first: it is part of the names of Docker objects.',
    remedy: 'Choose another name, or unset it.',
  });
}

function parseBaseSource(value: string | undefined): BaseSource | undefined {
  if (value === undefined || value === 'registry' || value === 'packages') return value;
  throw new UserError({
    code: 'BASE_IMAGES_INVALID',
    message: `STACK_BASE_IMAGES is ${JSON.stringify(value)}.`,
    rule: '`registry` pulls the official images, `packages` builds them from Debian and npm packages.',
    remedy: 'Set one of the two, or unset it: what can be reached decides.',
  });
}

function notStartable({ version, digest }: Release, reason: string): UserError {
  return new Refusal({
    code: 'IMAGE_NOT_STARTABLE',
    message: `This engine has the image of ${version} (${digest.slice(0, 19)}…), but starts nothing of it.`,
    rule: 'A rollback never builds: it starts the image as it is.',
    remedy: 'Choose another release: npm run stack -- history',
    details: reason,
  });
}

function notRestorable(environment: Environment, { version, digest }: Release): UserError {
  return new Refusal({
    code: 'IMAGE_GONE',
    message: `The image of ${version} (${digest.slice(0, 19)}…) is no longer on this engine.`,
    rule: `A rollback never builds: it starts the image that ran on ${environment}.`,
    remedy: 'Choose another release: npm run stack -- history',
  });
}
