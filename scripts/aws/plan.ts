import { evaluate } from '../../infra/graph/evaluate.ts';
import { migrationSourceOf } from '../../infra/manifest/app.ts';
import type { Release } from '../../infra/release/release.ts';
import { readReleaseSource } from '../../infra/release/work-tree.ts';
import { hashSettings, readProgramCommit } from '../program/identity.ts';
import { type EnvironmentFacts, readEnvironment } from '../program/settings.ts';
import { type Change, renderChange, subjectOf } from '../pulumi/engine-events.ts';
import type { ExtraConfig } from '../pulumi/stack-config.ts';
import type { StackState } from '../pulumi/stack-export.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';
import { pinnedRelease } from '../release/pin.ts';
import type { Plan } from '../release/target.ts';
import type { AskedAdoptions } from './asked-adoptions.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import { assertChangesPossible } from './impossible-changes.ts';
import { adoptionsOf, type InterruptedCreation } from './interrupted-creation.ts';
import { databaseSwitch, lossesOf } from './losses.ts';
import { findImageOfVersion } from './registry.ts';
import { digestOf } from './running.ts';
import { describeService, primaryDeployment } from './services.ts';
import { askedServices, builtImage, outputsOf, repositoryIn } from './stack-state.ts';
import { isOfWorkflows } from './workflow-permissions.ts';

/** What `apply` needs besides the plan. */
export interface PlanDetails {
  readonly plan: Plan;
  /** Config on top of the stack file. */
  readonly config: ExtraConfig;
  readonly stackExists: boolean;
  /** The state differs from what exists: an operation was interrupted, or ECS rolled back by itself. */
  readonly refresh: boolean;
  /** What became of the resources that the last update was killed while creating. */
  readonly interrupted: readonly InterruptedCreation[];
  /** What exists and the user wants in the stack. */
  readonly asked: AskedAdoptions;
  /** Changes of what workflows may do. */
  readonly ofWorkflows: readonly string[];
  /** Whether a role of workflows is among them that did not exist: somebody has to tell GitHub. */
  readonly newRoles: boolean;
}

export interface PlanRequest {
  readonly projectDirectory: string;
  readonly environment: string;
  readonly pinned: Release | undefined;
  /** Logical names of resources that exist and belong to the environment, to take into the stack. */
  readonly adopt?: readonly string[];
  /** Ends a rollout without bake times. Absent: as the last update did, if the same release is pinned still. */
  readonly skipBakes?: boolean;
  readonly workspace: PulumiWorkspace;
  readonly clients: AwsClients;
}

interface Request extends PlanRequest {
  /** URNs of what is not created, because it exists. */
  readonly existing: ReadonlySet<string>;
}

type Planned = Omit<PlanDetails, 'interrupted' | 'asked'>;

const buildOps: ReadonlySet<string> = new Set(['create', 'update', 'replace']);

/** What an update would do, previewed by the engine. Changes nothing, and does not create a missing stack. */
export async function makePlan(request: PlanRequest): Promise<PlanDetails> {
  const { projectDirectory, environment, workspace, clients } = request;
  const facts = readEnvironment(projectDirectory, environment);
  const exists = await workspace.exists(environment);
  const state = exists ? await workspace.state(environment) : undefined;
  assertChangesPossible(environment, facts.settings, state);
  const pin = await pinnedRelease({
    asked: request.pinned,
    settings: () => facts.settings.release,
    promoted: () => (state === undefined ? undefined : outputsOf(state)?.pin),
  });
  const interrupted = state === undefined ? [] : await interruptedIn(environment, state, clients);
  const asked = await askedAdoptions(request, pin === undefined ? {} : pinConfig(facts, pin, false), state);
  const adoptions = [...adoptionsOf(interrupted), ...asked.adoptions];
  const existing = new Set(adoptions.map(({ urn }) => urn));
  const planned = await planUpdate({ ...request, existing }, facts, state, pin);
  const switched = state === undefined ? [] : databaseSwitch(environment, facts.settings, state);
  const plan = { ...planned.plan, losses: [...planned.plan.losses, ...switched] };
  return { ...planned, plan, interrupted, asked };
}

async function planUpdate(
  request: Request,
  facts: EnvironmentFacts,
  state: StackState | undefined,
  pin: Release | undefined,
): Promise<Planned> {
  if (state === undefined) return planFirst(request, facts, pin);
  const refresh = await stateIsStale(request, state);
  if (pin !== undefined) {
    const again = request.pinned === undefined && outputsOf(state)?.bakesSkipped === true;
    return again ? planPinnedAgain(request, facts, pin, refresh) : planPinned(request, facts, pin, refresh);
  }
  return planFromSource(request, facts, state, refresh);
}

/** Loads the lookups, which take their time, only where there is something to look up. */
async function interruptedIn(
  environment: string,
  state: StackState,
  clients: AwsClients,
): Promise<readonly InterruptedCreation[]> {
  if (!state.pendingOperations.some(({ type }) => type === 'creating')) return [];
  const { readInterruptedCreations } = await import('./interrupted-creations.ts');
  return readInterruptedCreations(environment, state, clients);
}

async function askedAdoptions(
  { adopt = [], ...request }: PlanRequest,
  config: ExtraConfig,
  state: StackState | undefined,
): Promise<AskedAdoptions> {
  if (adopt.length === 0) return { adoptions: [], components: [] };
  const { readAskedAdoptions } = await import('./asked-adoptions.ts');
  return readAskedAdoptions({ ...request, adopt, config, state });
}

async function planPinned(request: Request, facts: EnvironmentFacts, pin: Release, refresh: boolean): Promise<Planned> {
  const config = pinConfig(facts, pin, request.skipBakes === true);
  const changes = await preview(request, config, refresh);
  return detailsOf(request, pin, false, changes, { config, stackExists: true, refresh });
}

/**
 * After a rollback without bake times, the services keep that configuration as long as nothing else of them changes: a
 * change of it alone would replace all tasks. Whatever replaces them anyway follows the deployment strategy again.
 */
async function planPinnedAgain(
  request: Request,
  facts: EnvironmentFacts,
  pin: Release,
  refresh: boolean,
): Promise<Planned> {
  const config = pinConfig(facts, pin, true);
  const changes = await preview(request, config, refresh);
  if (changes.some(({ type }) => type === 'aws:ecs/service:Service')) return planPinned(request, facts, pin, refresh);
  return detailsOf(request, pin, false, changes, { config, stackExists: true, refresh });
}

/** The engine decides whether the app is built: the image is a resource like any other. */
async function planFromSource(
  request: Request,
  facts: EnvironmentFacts,
  state: StackState,
  refresh: boolean,
): Promise<Planned> {
  const { version, commit, migrations } = readReleaseSource(
    request.projectDirectory,
    facts.settings.release.appDirectory,
    migrationSourceOf(facts.app),
    facts.app.build,
  );
  const changes = await preview(request, {}, refresh);
  const builds = changes.some(({ type, op }) => type === 'docker:index/image:Image' && buildOps.has(op));
  const source = { version, commit, migrations };
  if (!builds) {
    const image = builtImage(state) ?? '';
    const release = { ...source, image, digest: digestOf(image) ?? '' };
    return detailsOf(request, release, false, changes, { config: {}, stackExists: true, refresh });
  }
  // Built earlier, with another release since: a release is built once, and its tag cannot be pushed again.
  const repository = repositoryIn(state);
  const found =
    repository === undefined ? undefined : await findImageOfVersion(request.clients.ecr, repository, version);
  if (found !== undefined) return planPinned(request, facts, { ...source, ...found }, refresh);
  const release = { ...source, image: '', digest: '' };
  return detailsOf(request, release, true, changes, { config: {}, stackExists: true, refresh });
}

/** Without a stack the engine has nothing to preview; the program's own graph says what would be created. */
async function planFirst(request: Request, facts: EnvironmentFacts, pin: Release | undefined): Promise<Planned> {
  const { projectDirectory, environment } = request;
  const config = pin === undefined ? {} : pinConfig(facts, pin, false);
  const { resources } = await evaluate(environment, { projectDirectory, config });
  const changes = resources
    .filter(({ custom }) => custom)
    .map(({ urn, parent, type }): Change => {
      return { urn, type, op: 'create', subject: subjectOf(urn, parent), properties: [], custom: true };
    });
  const source = pin ?? {
    ...readReleaseSource(
      projectDirectory,
      facts.settings.release.appDirectory,
      migrationSourceOf(facts.app),
      facts.app.build,
    ),
    image: '',
    digest: '',
  };
  const { version, image, digest, commit, migrations } = source;
  const release = { version, image, digest, commit, migrations };
  const settled = { config, stackExists: false, refresh: false };
  const details = await detailsOf(request, release, pin === undefined, changes, settled);
  const { plan } = details;
  return { ...details, plan: { ...plan, changes: [`+ stack ${environment}`, ...plan.changes] } };
}

async function detailsOf(
  { projectDirectory, environment, existing }: Request,
  release: Release,
  build: boolean,
  changes: readonly Change[],
  settled: Pick<Planned, 'config' | 'stackExists' | 'refresh'>,
): Promise<Planned> {
  const plan = {
    environment,
    release,
    build,
    settingsHash: hashSettings(projectDirectory, environment),
    programCommit: await readProgramCommit(projectDirectory),
    changes: changes.map((change) => renderChange(existing.has(change.urn) ? { ...change, op: 'import' } : change)),
    losses: lossesOf(changes),
  };
  const ofWorkflows = changes.filter(isOfWorkflows);
  const newRoles = ofWorkflows.some(({ type, op }) => type === 'aws:iam/role:Role' && op === 'create');
  return { ...settled, plan, ofWorkflows: ofWorkflows.map(renderChange), newRoles };
}

function pinConfig({ project, settings }: EnvironmentFacts, release: Release, skipBakes: boolean): ExtraConfig {
  const shifts = settings.rollout.kind !== 'rolling';
  return {
    [`${project}:release`]: JSON.stringify(release),
    ...(shifts && skipBakes ? { [`${project}:skipBakes`]: 'true' } : {}),
  };
}

async function preview(
  { workspace, environment }: PlanRequest,
  config: ExtraConfig,
  refresh: boolean,
): Promise<readonly Change[]> {
  const changes = await workspace.preview(environment, { config, refresh });
  return changes.filter(({ custom }) => custom);
}

/**
 * Whether the engine's state differs from the platform: after an interrupted operation, and after ECS rolled back while
 * the engine considered the update done.
 */
async function stateIsStale({ clients }: PlanRequest, state: StackState): Promise<boolean> {
  if (state.pendingOperations.length > 0) return true;
  return talkToAws(async () => {
    const stale = await Promise.all(
      askedServices(state).map(async ({ cluster, name, taskDefinition }) => {
        const service = await describeService(clients, cluster, name);
        return service === undefined || primaryDeployment(service)?.taskDefinition !== taskDefinition;
      }),
    );
    return stale.includes(true);
  });
}
