import { join } from 'node:path';

import type { Release } from '../../infra/release.ts';
import type { Progress } from '../release/target.ts';
import { type BaseImages, ensureBaseImages } from './base-images.ts';
import type { BaseName } from './base-names.ts';
import { certificateFingerprint, ensureCertificate } from './certificate.ts';
import type { Docker } from './docker.ts';
import { type Engine, ensureEngine } from './engine.ts';
import { engineDirectory, folderOf, type Place } from './environment.ts';
import { writeAtomically } from './files.ts';
import { buildImage, findImage } from './image.ts';
import { waitForLock } from './lock.ts';
import { ensureSecrets, fingerprintOf, secretVariables } from './secrets.ts';
import { ensureSwarm } from './swarm-mode.ts';
import { startPostgres } from './translate/database.ts';
import type { Program } from './translate/program.ts';
import { fileNames, labelsOf, type Names } from './translate/stacks.ts';
import type { Application, Generated, LocalOptions } from './work.ts';

/** Others on this machine may be preparing the same engine; that takes as long as base images take. */
const engineLockSeconds = 600;

/** Brings the engine, its swarm and the base images about: once a machine, under a lock of its own. */
export async function prepareEngine(
  place: Place,
  options: LocalOptions,
  names: readonly BaseName[],
  progress: Progress,
  signal: AbortSignal,
): Promise<{ engine: Engine; bases: BaseImages }> {
  const directory = engineDirectory(place.projectDirectory);
  const lock = await waitForLock(join(directory, 'engine.lock'), 'The Docker engine', 'prepare', engineLockSeconds);
  try {
    const engine = await ensureEngine(
      { executable: options.dockerExecutable, find: options.find, engineDirectory: directory },
      progress,
      signal,
    );
    await ensureSwarm(engine.docker, progress);
    const bases = await ensureBaseImages({
      docker: engine.docker,
      names,
      source: options.baseSource,
      progress,
      signal,
    });
    return { engine, bases };
  } finally {
    await lock.release();
  }
}

/** What the program needs: an image of the database only where it has one. */
export function neededBases({ imageBuild, database, loadBalancer }: Program): BaseName[] {
  return [
    ...(imageBuild === undefined ? [] : ['node' as const]),
    ...(database === undefined ? [] : ['postgres' as const]),
    ...(loadBalancer === undefined ? [] : ['load-balancer' as const]),
  ];
}

/** Where a release of this environment is kept on the engine. */
export function imageReference({ instance, environment }: Place, version: string): string {
  return `${instance}/${environment}:${version}`;
}

/** Builds the release unless this engine has it. */
export async function prepareRelease(
  { place, program, release, options, progress, signal }: Application,
  engine: Engine,
  nodeBaseImage: string | undefined,
): Promise<Release> {
  const { imageBuild: build } = program;
  if (build === undefined) return release;
  const reference = imageReference(place, release.version);
  const found = await findImage(engine, reference);
  if (found !== undefined) return { ...release, image: reference, digest: found };
  progress.step(`Build the image of ${release.version}`);
  const { projectDirectory } = place;
  const { caFile } = options;
  const digest = await buildImage({
    engine,
    build,
    reference,
    nodeBaseImage,
    caFile,
    projectDirectory,
    progress,
    signal,
  });
  return { ...release, image: reference, digest };
}

/** Generates what is missing of secrets and certificate, and writes the files that the stack's documents name. */
export async function prepareFiles(
  place: Place,
  docker: Docker,
  program: Program,
  postgres: string,
): Promise<Generated> {
  const folder = folderOf(place);
  const secrets = await ensureSecrets(folder.secrets, program.secrets);
  const secretFingerprint = fingerprintOf(secrets);
  const variables = secretVariables(program.secrets, secrets);
  const { database } = program;
  if (database === undefined) {
    return {
      secrets,
      secretVariables: variables,
      facts: { secretFingerprint, authority: '', certificateFingerprint: '' },
    };
  }
  const made = await ensureCertificate(docker, postgres, folder.certificate, database.name);
  const files: Readonly<Record<string, string>> = {
    [fileNames.start]: startPostgres,
    [fileNames.password]: secrets[`${database.name}-password`] ?? '',
    [fileNames.key]: made.key,
    [fileNames.certificate]: made.certificate,
  };
  for (const [name, content] of Object.entries(files)) await writeAtomically(join(folder.directory, name), content);
  return {
    secrets,
    secretVariables: variables,
    facts: { secretFingerprint, authority: made.authority, certificateFingerprint: certificateFingerprint(made) },
  };
}

export async function ensureNetworkAndVolume(
  docker: Docker,
  place: Place,
  names: Names,
  withVolume: boolean,
): Promise<void> {
  const labels = Object.entries(
    labelsOf(place.environment, { instance: place.instance, checkout: place.projectDirectory }),
  );
  const flags = labels.flatMap(([name, value]) => ['--label', `${name}=${value}`]);
  if ((await docker.api.get(`/networks/${names.network}`)) === undefined) {
    // Attachable: the load balancer and the migration are plain containers.
    await docker.run(['network', 'create', '--driver', 'overlay', '--attachable', ...flags, names.network]);
  }
  if (withVolume) await docker.run(['volume', 'create', ...flags, names.volume]);
}
