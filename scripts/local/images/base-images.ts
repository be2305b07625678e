import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { UserError } from '../../messages/user-error.ts';
import type { Progress } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import type { BaseName } from './base-names.ts';
import { type BaseRecipe, baseRecipe, ministackVersion } from './base-recipes.ts';
import type { PackageLists } from './debian-rootfs.ts';
import { inspectImage } from './image.ts';

/**
 * `registry`: the official images, where a container registry can be reached.
 * `packages`: built here from Debian and npm packages, where none can be reached.
 */
export type BaseSource = 'registry' | 'packages';

/** Official images, by tags that get fixes. Node is left to the Dockerfile's own pinned default. */
const officialImages: Readonly<Record<Exclude<BaseName, 'node'>, string>> = {
  postgres: 'postgres:17',
  valkey: 'valkey/valkey:8',
  ministack: `ministackorg/ministack:${ministackVersion}`,
  'load-balancer': 'haproxy:lts',
  prometheus: 'prom/prometheus:v3.5.0',
  'database-exporter': 'prometheuscommunity/postgres-exporter:v0.17.1',
  'valkey-exporter': 'oliver006/redis_exporter:v1.74.0',
};

/** Where the app's Dockerfile has its own default, for everything else that needs Node.js. */
export const officialNodeImage = 'node:24-slim';

/** Repository of what is built here, so that it is never mistaken for an image from a registry. */
const builtRepository = 'stack-base';

const builtImageLabel = 'stack.base';

export interface BaseImages {
  readonly source: BaseSource;
  /** What the app's Dockerfile starts from; `undefined` leaves it its own default. */
  readonly node: string | undefined;
  /** An image reference that exists on this engine. */
  image(name: Exclude<BaseName, 'node'>): string;
}

export interface BaseImageRequest {
  readonly docker: Docker;
  readonly names: readonly BaseName[];
  /** Overrides the probe. */
  readonly source?: BaseSource | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Makes sure that the base images exist on the engine. */
export async function ensureBaseImages(request: BaseImageRequest): Promise<BaseImages> {
  const built = await builtReferences(request.names);
  const source = request.source ?? (await decideSource(request, built));
  if (source === 'registry') await pullMissing(request);
  else await buildMissing(request, built);
  const node = source === 'packages' ? built.get('node') : undefined;
  return {
    source,
    node,
    image(name) {
      const reference = source === 'packages' ? built.get(name) : officialImages[name];
      if (reference === undefined) throw new Error(`base image ${name} was not requested`);
      return reference;
    },
  };
}

/** What makes an image is loaded where one is made: a command that finds nothing to do starts no program. */
const loadRootfs = () => import('./debian-rootfs.ts');

async function buildMissing(request: BaseImageRequest, built: ReadonlyMap<BaseName, string>): Promise<void> {
  // Says which package is not installed, before anything is downloaded.
  for (const name of request.names) baseRecipe(name);
  const missing = await missingBuilt(request.docker, built);
  if (missing.length === 0) return;
  request.progress.step(`Build base images from Debian and npm packages: ${missing.join(', ')}`);
  const { PackageLists } = await loadRootfs();
  const lists = new PackageLists();
  // All at once: half of the work is downloading and writing.
  await Promise.all(missing.map((name) => buildBase(request, name, built, lists)));
}

/** Images on the engine decide first, then whether a registry answers, then whether this machine can build them. */
async function decideSource(
  { docker, progress }: BaseImageRequest,
  built: ReadonlyMap<BaseName, string>,
): Promise<BaseSource> {
  if ((await missingBuilt(docker, built)).length < built.size) return 'packages';
  if (await hasImage(docker, officialImages.postgres)) return 'registry';
  progress.step('Check for a container registry');
  if (await registryAnswers(docker)) return 'registry';
  const { hasDebianPackages } = await loadRootfs();
  if (await hasDebianPackages()) return 'packages';
  throw new UserError({
    code: 'BASE_IMAGES_UNAVAILABLE',
    message: 'No container registry can be reached from the Docker engine, and this machine is not Debian or Ubuntu.',
    rule: 'Base images (Node, Postgres, HAProxy, Valkey) are pulled, or built from Debian packages.',
    remedy: `Let the engine reach a registry (test: docker pull ${officialImages['load-balancer']}), or run this on Debian or Ubuntu.`,
  });
}

async function registryAnswers(docker: Docker): Promise<boolean> {
  try {
    const image = officialImages['load-balancer'];
    return (await docker.attempt(['manifest', 'inspect', image], { timeoutMs: 8_000 })).exitCode === 0;
  } catch {
    return false;
  }
}

async function hasImage(docker: Docker, reference: string): Promise<boolean> {
  return (await inspectImage(docker, reference)) !== undefined;
}

async function missingBuilt(docker: Docker, built: ReadonlyMap<BaseName, string>): Promise<BaseName[]> {
  const present = await Promise.all(
    [...built].map(async ([name, image]) => ({ name, found: await hasImage(docker, image) })),
  );
  return present.filter(({ found }) => !found).map(({ name }) => name);
}

async function pullMissing({ docker, names, progress, signal }: BaseImageRequest): Promise<void> {
  for (const name of names) {
    if (name === 'node' || (await hasImage(docker, officialImages[name]))) continue;
    progress.step(`Pull ${officialImages[name]}`);
    await docker.run(['pull', '--quiet', officialImages[name]], { signal });
  }
}

/**
 * A tag identifies its recipe: its packages, the versions that npm installed, the distribution's release. There is none
 * where npm installed nothing for this platform: then only the official image remains.
 */
async function builtReferences(names: readonly BaseName[]): Promise<Map<BaseName, string>> {
  const distribution = await distributionName();
  const references = new Map<BaseName, string>();
  for (const name of names) {
    const recipe = findRecipe(name);
    if (recipe === undefined) continue;
    const { versions, packages, changes, keepsRecords } = recipe;
    const identity = JSON.stringify({ distribution, versions, packages, changes, keepsRecords });
    const hash = createHash('sha256').update(identity).digest('hex').slice(0, 12);
    references.set(name, `${builtRepository}/${name}:${distribution}-${hash}`);
  }
  return references;
}

function findRecipe(name: BaseName): BaseRecipe | undefined {
  try {
    return baseRecipe(name);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function distributionName(): Promise<string> {
  try {
    const release = await readFile('/etc/os-release', 'utf8');
    return /^VERSION_CODENAME="?([a-z]+)/m.exec(release)?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

async function buildBase(
  { docker, progress, signal }: BaseImageRequest,
  name: BaseName,
  built: ReadonlyMap<BaseName, string>,
  lists: PackageLists,
): Promise<void> {
  const reference = built.get(name);
  if (reference === undefined) throw new Error(`no reference for base image ${name}`);
  const startedAt = performance.now();
  const recipe = baseRecipe(name);
  const { withDebianRootfs } = await loadRootfs();
  const { copies, release } = await recipe.prepare();
  try {
    await withDebianRootfs({ ...recipe, copies }, lists, (archive) => {
      const changes = [...recipe.changes, `LABEL ${builtImageLabel}=${name}`].flatMap((line) => ['--change', line]);
      return docker.run(['import', ...changes, archive, reference], { signal });
    });
  } finally {
    await release();
  }
  const size = (await inspectImage(docker, reference))?.sizeBytes ?? 0;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  progress.detail(`${name}: ${Math.round(size / 1e6)} MB in ${seconds} s`);
}

/** An image that exists already, by the same rules; `undefined` when it is still to be built or pulled. */
export async function findBaseImage(request: {
  readonly docker: Docker;
  readonly name: Exclude<BaseName, 'node'>;
  readonly source: BaseSource | undefined;
}): Promise<{ reference: string; id: string } | undefined> {
  const { docker, name, source } = request;
  const built = (await builtReferences([name])).get(name);
  const candidates = [
    ...(source === 'registry' || built === undefined ? [] : [built]),
    ...(source === 'packages' ? [] : [officialImages[name]]),
  ];
  for (const reference of candidates) {
    const image = await inspectImage(docker, reference);
    if (image !== undefined) return { reference, id: image.id };
  }
  return undefined;
}
