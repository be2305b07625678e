import type { Contract } from '../../infra/contract/contract.ts';
import { type App, frontOf, type Process, servingOf } from '../../infra/manifest/app.ts';
import { processesOf } from '../../infra/manifest/processes.ts';
import type { Release } from '../../infra/release/release.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import type { Docker } from '../local/engine/docker.ts';
import { createEngineFinder, requireReady } from '../local/engine/engine.ts';
import { ensureBaseImages, officialNodeImage } from '../local/images/base-images.ts';
import { findImage, inspectImage, versionLabel } from '../local/images/image.ts';
import { renderRelease } from '../local/rendered-release.ts';
import type { Place } from '../local/state/place.ts';
import { createLocalTarget } from '../local/target.ts';
import { imageReference } from '../local/translate/names.ts';
import { UserError } from '../messages/user-error.ts';
import { neededSecrets } from '../program/needed-secrets.ts';
import type { SmokeTest } from '../release/flow.ts';
import type { LedgerEntry, Verification } from '../release/ledger.ts';
import { assertSecretsSet } from '../release/secrets.ts';
import type { Applied, Progress, Target } from '../release/target.ts';
import { ofFront } from './door.ts';
import { checkAnswers, hasHealthCheck } from './probes/answers.ts';
import { isNotRoot, isReadOnly, logsJson, refusesToStart } from './probes/container.ts';
import { earlierRelease, runsOnNewerSchema } from './probes/earlier-release.ts';
import { watchIdleConnections } from './probes/idle.ts';
import { checkUnderLoad, staysInPoolAtRest } from './probes/load.ts';
import { checkOutage } from './probes/outage.ts';
import { checkReleaseCommand, checkRuns } from './probes/runs.ts';
import { changesNoSchema, logSchemaChanges, readDatabaseLog } from './probes/schema.ts';
import { stopsAlone, stopsUnderLoad } from './probes/stop.ts';
import { checkWrites, type SmokeOnWritable } from './probes/writes.ts';
import { createReport, NotChecked, type Report } from './report.ts';
import type { SmokeReport } from './traffic.ts';
import { openTrial, type Trial, usesDatabase } from './trial.ts';

export interface ContractRequest {
  readonly projectDirectory: string;
  /** Whose settings hold. */
  readonly environment: string;
  readonly contract: Contract;
  readonly app: App;
  readonly settings: Settings;
  /** The app's own. Absent: it has none. */
  readonly smoke?: SmokeTest;
  /** An image of this engine; what the environment would run when absent. */
  readonly image?: string;
  /** What is known of the environment's earlier releases on this machine. */
  readonly history: readonly LedgerEntry[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** On a small machine. */
const processesAtOnce = 3;

export interface ContractReport extends Verification {
  readonly release: Release;
}

/**
 * Whether an app keeps the contract of docs/your-app.md, shown by running it as its task definition says: in an
 * environment of its own, with a database of its own, which is gone afterwards. What runs already is not touched.
 *
 * An app that does not start is checked as far as its processes can be started one by one; the rest is not checked.
 */
export async function checkContract(request: ContractRequest): Promise<ContractReport> {
  const { projectDirectory, environment, variables, progress, signal } = request;
  const place: Place = { projectDirectory, environment, instance: `contract-${process.pid}` };
  const target = createLocalTarget({ projectDirectory, instance: place.instance, variables });
  await assertSecretsSet(
    'local',
    environment,
    neededSecrets(projectDirectory, environment),
    target.secrets(environment),
  );
  const report = createReport(progress, signal);
  try {
    const started = await start(request, place, target);
    progress.step('Check what the app promises');
    await report.check('migrates, starts and gets ready', async () => {
      if (started.failure !== undefined) throw new Error(started.failure);
      return `at ${started.applied?.url}`;
    });
    if (started.release.digest !== '') await checkAll(request, place, target, started, report);
    return { release: started.release, ...report.verification() };
  } finally {
    await target.down(environment, progress);
  }
}

interface Started {
  /** Without a digest where its image was not built. */
  readonly release: Release;
  /** Absent: it did not come up. */
  readonly applied?: Applied;
  readonly failure?: string;
  /** Whether it failed before any of its processes was started. */
  readonly unmigrated: boolean;
}

/** An app that does not come up is a finding, not an error. */
async function start(
  { environment, image, variables, progress, signal }: ContractRequest,
  place: Place,
  target: Target,
): Promise<Started> {
  const pinned = image === undefined ? undefined : await releaseOfImage(image, variables['STACK_DOCKER']);
  const plan = await target.plan(environment, pinned);
  try {
    const applied = await target.apply(plan, progress, signal);
    return { release: applied.release, applied, unmigrated: false };
  } catch (error) {
    if (!(error instanceof UserError) || signal.aborted) throw error;
    const evidence = error.details ?? (await target.explain(environment));
    const failure = [error.message, evidence].filter((text) => text !== '').join('\n');
    const release = pinned ?? (await withImage(plan.release, place, variables));
    return { release, failure, unmigrated: error.code === 'MIGRATION_FAILED' };
  }
}

/** A release whose image was built before it failed. */
async function withImage(release: Release, place: Place, variables: ContractRequest['variables']): Promise<Release> {
  const engine = requireReady(await createEngineFinder({ executable: variables['STACK_DOCKER'] })());
  const reference = imageReference(place, release.version);
  const digest = await findImage(engine, reference);
  return digest === undefined ? release : { ...release, image: reference, digest };
}

/** Which migrations an image brings cannot be seen from outside. */
async function releaseOfImage(image: string, executable: string | undefined): Promise<Release> {
  const { docker } = requireReady(await createEngineFinder({ executable })());
  const found = await inspectImage(docker, image);
  if (found === undefined) {
    throw new UserError({
      code: 'IMAGE_NOT_HERE',
      message: `There is no image ${image} on this engine.`,
      remedy: 'Build or pull it first: docker images lists what there is.',
    });
  }
  const version = found.labels[versionLabel] ?? image;
  return { version, image, digest: found.id, commit: 'unknown', migrations: [] };
}

async function checkAll(
  request: ContractRequest,
  place: Place,
  target: Target,
  { release, applied, unmigrated }: Started,
  report: Report,
): Promise<void> {
  const { app, settings, environment, progress, signal } = request;
  const trial = await open(request, place, release, applied?.url);
  const front = frontOf(app).name;
  const prefixOf = (process: Process) => ofFront(process, front);
  const processes = processesOf(settings, app).filter(({ kind }) => kind === 'http' || kind === 'background');
  const names = processes.map(({ name }) => name);
  const log = [await logged(trial)];
  const idle = watchIdleConnections(trial);
  const refusals = startRefusals(trial, names);
  await report.each(names, processesAtOnce, (name, part) => checkProcess(trial, part, prefixOf(name), name));
  const smoke = await checkLoad(trial, report, prefixOf, names);
  let onWritable: SmokeOnWritable;
  // In containers of their own, beside tasks that serve: as a release command of a deployment runs, too.
  await report.together([
    async (part) => {
      await checkReleaseCommand(trial, part, unmigrated);
      await checkRuns(trial, part);
    },
    async (part) => {
      onWritable = await checkDisk(trial, part, prefixOf, names);
    },
  ]);
  // What waits, waits while all of the above is checked.
  for (const name of names) {
    await report.check(
      `${prefixOf(name)}refuses to start without its variables`,
      () => refusals.get(name) ?? Promise.reject(new NotChecked('it does not run')),
    );
  }
  for (const { name } of servingOf(app)) {
    await report.check(
      `${prefixOf(name)}keeps idle connections open for longer than the load balancer`,
      () => idle.get(name) ?? Promise.reject(new NotChecked('it does not run')),
    );
  }
  log.push(await logged(trial));
  await checkOutage(trial, report, prefixOf, names);
  if (names.some((name) => usesDatabase(trial, name))) {
    log.push(await logged(trial));
    await report.check('changes no schema as the role of the app', async () => changesNoSchema(trial, log.join('\n')));
  } else {
    await report.check('keeps its promises about the database', async () => {
      throw new NotChecked('its manifest gives no process a value of the database');
    });
  }
  await report.check('passes its smoke test', async () => passesSmoke(trial, smoke, onWritable));
  await report.each(names, names.length, (name, part) => checkStop(trial, part, prefixOf(name), name));
  await report.check('an earlier release runs on the schema of this one', async () => {
    if (applied === undefined) throw new NotChecked('this one did not start');
    const earlier = earlierRelease(request.history, release);
    const releases = { environment, tested: release, ...(earlier === undefined ? {} : { earlier }) };
    return await runsOnNewerSchema(target, releases, progress, signal);
  });
}

async function open(request: ContractRequest, place: Place, release: Release, url: string | undefined): Promise<Trial> {
  const { app, contract, settings, smoke, variables, progress, signal } = request;
  const { docker } = requireReady(await createEngineFinder({ executable: variables['STACK_DOCKER'] })());
  const rendered = await renderRelease(docker, place, release);
  const trial = await openTrial({
    ...{ docker, place, app, contract, settings, rendered, signal },
    image: release.digest,
    nodeImage: await nodeImage(docker, progress, signal),
    ...(url === undefined ? {} : { url }),
    ...(smoke === undefined ? {} : { smoke }),
  });
  await logSchemaChanges(trial).catch(withoutDatabase);
  return trial;
}

/** It has no log where it does not run, which a later check says. */
function withoutDatabase(error: unknown): void {
  if (!(error instanceof NotChecked)) throw error;
}

async function logged(trial: Trial): Promise<string> {
  return await readDatabaseLog(trial).catch((error: unknown) => {
    withoutDatabase(error);
    return '';
  });
}

/** For containers beside the tasks, whatever the app's own image has. */
async function nodeImage(docker: Docker, progress: Progress, signal: AbortSignal): Promise<string> {
  const { node } = await ensureBaseImages({ docker, names: ['node'], progress, signal });
  return node ?? officialNodeImage;
}

/** All at once: each may take as long as a process that waits for what it does not have. */
function startRefusals(trial: Trial, names: readonly Process[]): ReadonlyMap<Process, Promise<string>> {
  return new Map(
    names.map((name) => {
      const refusal = refusesToStart(trial, name);
      // Whoever asks later gets the rejection.
      refusal.catch(() => undefined);
      return [name, refusal];
    }),
  );
}

async function checkProcess(trial: Trial, report: Report, prefix: string, name: Process): Promise<void> {
  const serving = servingOf(trial.app).find((one) => one.name === name);
  if (serving !== undefined) await checkAnswers(trial, report, prefix, serving);
  if (serving !== undefined || trial.app.processes[name]?.health !== undefined) {
    await report.check(`${prefix}its health check tells by its exit code`, () => hasHealthCheck(trial, name));
  }
  await report.check(`${prefix}runs as a number that is not root`, () => isNotRoot(trial, name));
  await report.check(`${prefix}works with a read-only root file system`, () => isReadOnly(trial, name));
  await report.check(`${prefix}logs JSON lines`, () => logsJson(trial, name));
}

/** @returns how the app's smoke test went under load */
async function checkLoad(
  trial: Trial,
  report: Report,
  prefixOf: (process: Process) => string,
  names: readonly Process[],
): Promise<SmokeReport | undefined> {
  const front = frontOf(trial.app).name;
  const found = await report.each(names, processesAtOnce, async (name, part) => {
    const serving = servingOf(trial.app).find((one) => one.name === name);
    if (serving !== undefined) return await checkUnderLoad(trial, part, prefixOf(name), serving, name === front);
    if (!usesDatabase(trial, name)) return undefined;
    await part.check(`${prefixOf(name)}opens no more database connections than it may`, () =>
      staysInPoolAtRest(trial, name),
    );
    return undefined;
  });
  return found.find((smoke) => smoke !== undefined);
}

/** @returns how the smoke test went where the disk is writable */
async function checkDisk(
  trial: Trial,
  report: Report,
  prefixOf: (process: Process) => string,
  names: readonly Process[],
): Promise<SmokeOnWritable> {
  const found = await report.each(names, processesAtOnce, (name, part) => {
    const serving = servingOf(trial.app).find((one) => one.name === name);
    return checkWrites(trial, part, prefixOf(name), name, serving);
  });
  return found.find((smoke) => smoke !== undefined);
}

function passesSmoke(trial: Trial, smoke: SmokeReport | undefined, onWritable: SmokeOnWritable): string {
  if (trial.smoke === undefined) throw new NotChecked('the app’s manifest names none');
  if (smoke === undefined) throw new NotChecked('the release does not serve behind its load balancer');
  return tellOfSmoke(smoke, onWritable);
}

/** @param onWritable how the same went where the disk is writable */
export function tellOfSmoke({ runs, limited, failures }: SmokeReport, onWritable: SmokeOnWritable): string {
  const [failure] = failures;
  const good = runs - failures.length;
  if (failure === undefined) return `${good} of ${runs}, one after the other under load`;
  if (limited > 0 && good > 0) return `${good} of ${good}, until a rate limiter answered with 429`;
  if (limited > 0) throw new NotChecked(`a rate limiter answered ${limited} of its requests with 429: ${failure}`);
  if (onWritable !== undefined && onWritable.failures.length === 0)
    throw new NotChecked(`it fails only because the disk is read-only: ${failure}`);
  throw new Error(failure);
}

async function checkStop(trial: Trial, report: Report, prefix: string, name: Process): Promise<void> {
  const serving = servingOf(trial.app).find((one) => one.name === name);
  if (serving === undefined) {
    return await report.check(`${prefix}ends in time when it is stopped`, () => stopsAlone(trial, name));
  }
  await report.check(`${prefix}loses no request when it is stopped under load, and ends in time`, () =>
    stopsUnderLoad(trial, serving),
  );
}
