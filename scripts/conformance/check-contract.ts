import type { Contract } from '../../infra/contract/contract.ts';
import { type App, frontOf, programOf } from '../../infra/manifest/app.ts';
import type { Release } from '../../infra/release/release.ts';
import { createEngineFinder, requireReady } from '../local/engine/engine.ts';
import { inspectImage, versionLabel } from '../local/images/image.ts';
import type { Place } from '../local/state/place.ts';
import { readSwarm } from '../local/swarm/swarm.ts';
import { createLocalTarget } from '../local/target.ts';
import { deriveNames } from '../local/translate/names.ts';
import { labelNames } from '../local/translate/stack-document.ts';
import { UserError } from '../messages/user-error.ts';
import { neededSecrets } from '../program/needed-secrets.ts';
import type { Verification } from '../release/ledger.ts';
import { assertSecretsSet } from '../release/secrets.ts';
import type { Applied, Progress, Target } from '../release/target.ts';
import { probesOf, type Trial } from './probes.ts';

export interface ContractRequest {
  readonly projectDirectory: string;
  /** Whose settings hold. */
  readonly environment: string;
  readonly contract: Contract;
  readonly app: App;
  /** An image of this engine; what the environment would run when absent. */
  readonly image?: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface ContractReport extends Verification {
  readonly release: Release;
}

const newestLines = 100;

/**
 * Whether an app keeps the contract of docs/your-app.md, shown by running it as its task definition says: in an
 * environment of its own, with a database of its own, which is gone afterwards. What runs already is not touched.
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
  try {
    const started = await start(request, target);
    if ('failure' in started) return { release: started.release, passed: false, checks: [started.failure] };
    progress.step('Check what the app promises');
    const trial = await openTrial(request, place, target, started.applied);
    const checks: Verification['checks'][number][] = [
      { name: 'migrates, starts and gets ready', passed: true, detail: `at ${started.applied.url}` },
    ];
    for (const { name, run } of probesOf(request.app)) {
      const check = await run(trial).then(
        (detail) => ({ name, passed: true, detail }),
        (error: unknown) => ({ name, passed: false, detail: messageOf(error) }),
      );
      signal.throwIfAborted();
      progress.detail(`${check.passed ? '✓' : '✗'} ${name}: ${check.detail}`);
      checks.push(check);
    }
    return { release: started.applied.release, passed: checks.every(({ passed }) => passed), checks };
  } finally {
    await target.down(environment, progress);
  }
}

type Started =
  | { readonly applied: Applied }
  | { readonly release: Release; readonly failure: Verification['checks'][number] };

/** An app that does not come up is a finding, not an error. */
async function start(
  { environment, image, variables, progress, signal }: ContractRequest,
  target: Target,
): Promise<Started> {
  const pinned = image === undefined ? undefined : await releaseOfImage(image, variables['STACK_DOCKER']);
  const plan = await target.plan(environment, pinned);
  try {
    return { applied: await target.apply(plan, progress, signal) };
  } catch (error) {
    if (!(error instanceof UserError) || signal.aborted) throw error;
    const evidence = error.details ?? (await target.explain(environment));
    const detail = [error.message, evidence].filter((text) => text !== '').join('\n');
    return { release: plan.release, failure: { name: 'migrates, starts and gets ready', passed: false, detail } };
  }
}

/** Which migrations an image brings cannot be seen from outside, and nothing here goes back over them. */
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

async function openTrial(
  { contract, app, environment, variables, signal }: ContractRequest,
  place: Place,
  target: Target,
  { release, url }: Applied,
): Promise<Trial> {
  const { docker } = requireReady(await createEngineFinder({ executable: variables['STACK_DOCKER'] })());
  const { name: service } = frontOf(app);
  return {
    docker,
    contract,
    app,
    image: release.digest,
    url,
    command: programOf(app, service).command,
    signal,
    async containers() {
      const { services, tasksOf } = await readSwarm(docker, place.instance, environment);
      const found = services.filter(({ labels }) => labels[labelNames.service] === service).flatMap(tasksOf);
      return found.flatMap(({ desiredState, state, containerId }) =>
        desiredState === 'running' && state === 'running' && containerId !== undefined ? [containerId] : [],
      );
    },
    async scale(count) {
      await docker.run([
        'service',
        'scale',
        '--detach',
        `${deriveNames(place.instance, environment).stack}_${service}=${count}`,
      ]);
    },
    async logLines() {
      const lines: string[] = [];
      const query = { service, follow: false, tail: newestLines };
      for await (const { text } of target.logs(environment, query, signal)) lines.push(text);
      return lines;
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
