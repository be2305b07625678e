import { join } from 'node:path';

import type { Release } from '../../infra/release.ts';
import type { Progress } from '../release/target.ts';
import { type BaseImages, ensureBaseImages } from './base-images.ts';
import type { BaseName } from './base-names.ts';
import { certificateFingerprint, ensureCertificate } from './certificate.ts';
import type { Docker } from './docker.ts';
import { type Engine, ensureEngine } from './engine.ts';
import { engineDirectory, engineLockPath, folderOf, type Place } from './environment.ts';
import { writeAtomically } from './files.ts';
import { buildImage, findImage } from './image.ts';
import { waitForLock } from './lock.ts';
import { ensureSecrets, fingerprintOf, secretVariables } from './secrets.ts';
import { ensureSwarm } from './swarm-mode.ts';
import { startPostgres } from './translate/database.ts';
import type { Program } from './translate/program.ts';
import { deriveNames, fileNames, labelsOf } from './translate/stacks.ts';
import type { Application, Generated, LocalOptions } from './work.ts';

/** Others on this machine may be preparing the same engine; that takes as long as base images take. */
const engineLockSeconds = 600;

export interface EnginePreparation {
  readonly projectDirectory: string;
  readonly options: LocalOptions;
  readonly bases: readonly BaseName[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Brings the engine, its swarm and the base images about, under a lock of the whole machine.
 * @param claim what the environment has to leave on the engine before the lock is released, so that whoever takes down
 *   the last environment of another checkout leaves the swarm in place
 */
export async function prepareEngine<Claim>(
  { projectDirectory, options, bases: names, progress, signal }: EnginePreparation,
  claim: (docker: Docker) => Promise<Claim>,
): Promise<{ engine: Engine; bases: BaseImages; claimed: Claim }> {
  const directory = engineDirectory(projectDirectory);
  const lock = await waitForLock(engineLockPath(), 'The Docker engine', 'prepare', engineLockSeconds);
  try {
    const request = { executable: options.dockerExecutable, find: options.find, engineDirectory: directory };
    const engine = await ensureEngine(request, progress, signal);
    const { docker } = engine;
    await ensureSwarm(docker, progress);
    const claimed = await claim(docker);
    const bases = await ensureBaseImages({ docker, names, source: options.baseSource, progress, signal });
    return { engine, bases, claimed };
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

/** Labelled, so that they are found again, and nobody else's are taken for them. */
export async function ensureNetworkAndVolume(docker: Docker, place: Place, withVolume: boolean): Promise<void> {
  const { environment, instance, projectDirectory: checkout } = place;
  const names = deriveNames(instance, environment);
  const labels = Object.entries(labelsOf(environment, { instance, checkout }));
  const flags = labels.flatMap(([name, value]) => ['--label', `${name}=${value}`]);
  if ((await docker.api.get(`/networks/${names.network}`)) === undefined) {
    // Attachable: the load balancer and the migration are plain containers.
    await docker.run(['network', 'create', '--driver', 'overlay', '--attachable', ...flags, names.network]);
  }
  if (withVolume) await docker.run(['volume', 'create', ...flags, names.volume]);
}
