import { join } from 'node:path';

import type { Release } from '../../../infra/release/release.ts';
import { secretsMissing } from '../../release/secrets.ts';
import type { Progress } from '../../release/target.ts';
import { emulatorScript } from '../emulator/script.ts';
import type { Docker } from '../engine/docker.ts';
import { type Engine, ensureEngine } from '../engine/engine.ts';
import { ensureSwarm } from '../engine/swarm-mode.ts';
import { type BaseImages, ensureBaseImages } from '../images/base-images.ts';
import type { BaseName } from '../images/base-names.ts';
import { buildImage, findImage } from '../images/image.ts';
import { writeAtomically } from '../state/files.ts';
import { givenValues, readGivenSecrets } from '../state/given-secrets.ts';
import { waitForLock } from '../state/lock.ts';
import { engineDirectory, engineLockPath, folderOf, type Place } from '../state/place.ts';
import { ensureSecrets, fingerprintsOf, type SecretValues, secretVariables } from '../state/secrets.ts';
import { serverFiles, startFile } from '../translate/data-stack.ts';
import { startPostgres } from '../translate/database.ts';
import type { ServerIdentity } from '../translate/local-facts.ts';
import { emulatorFiles, renderResources } from '../translate/ministack.ts';
import { deriveNames, imageReference } from '../translate/names.ts';
import { type Program, passwordOf } from '../translate/program.ts';
import { labelNames } from '../translate/stack-document.ts';
import { labelsOf, withMadeSecrets } from '../translate/stacks.ts';
import { passwordLine } from '../translate/valkey.ts';
import { certificateFingerprint, ensureCertificate } from './certificate.ts';
import type { Application, Generated, LocalOptions } from './work.ts';

/** Another checkout may be preparing the engine; that takes as long as its base images. */
const engineLockSeconds = 600;

export interface EnginePreparation {
  readonly projectDirectory: string;
  readonly options: LocalOptions;
  readonly bases: readonly BaseName[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Makes sure of the engine, its swarm and the base images, under a machine-wide lock.
 * @param claim runs before the lock is released: what it creates keeps the swarm in place for whoever takes down the last
 *   environment of another checkout
 */
export async function prepareEngine<Claim>(
  { projectDirectory, options, bases: names, progress, signal }: EnginePreparation,
  claim: (docker: Docker) => Promise<Claim>,
): Promise<{ engine: Engine; bases: BaseImages; claimed: Claim }> {
  const directory = engineDirectory(projectDirectory);
  const lock = await waitForLock(engineLockPath(), 'The Docker engine', 'prepare', engineLockSeconds, signal);
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

/** The base images that the program needs. */
export function neededBases({ imageBuild, database, valkey, emulator, loadBalancer, jobs }: Program): BaseName[] {
  const schedules = jobs.some(({ schedule }) => schedule !== undefined);
  return [
    // The scheduler runs in it, too.
    ...(imageBuild === undefined && !schedules ? [] : ['node' as const]),
    // Its openssl makes the certificates of both servers.
    ...(database === undefined && valkey === undefined ? [] : ['postgres' as const]),
    ...(valkey === undefined ? [] : ['valkey' as const]),
    ...(emulator === undefined ? [] : ['ministack' as const]),
    ...(loadBalancer === undefined ? [] : ['load-balancer' as const]),
  ];
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

/** Generates missing secrets and certificates, and writes the files that the stack's documents refer to. */
export async function prepareFiles(
  place: Place,
  docker: Docker,
  program: Program,
  opensslImage: string,
): Promise<Generated> {
  const folder = folderOf(place);
  const given = await requireGivenSecrets(place, program);
  const generated = await ensureSecrets(
    folder.secrets,
    program.secrets.filter(({ madeOf, given: key }) => madeOf === undefined && key === undefined),
  );
  const made = withMadeSecrets(program, generated);
  const secrets = { ...made, ...given.values };
  const certificates: Record<string, ServerIdentity> = {};
  if (program.database !== undefined) await writeAtomically(join(folder.directory, startFile), startPostgres);
  if (program.emulator !== undefined) {
    await writeAtomically(join(folder.directory, emulatorFiles.script), emulatorScript());
    await writeAtomically(join(folder.directory, emulatorFiles.resources), renderResources(program.emulator));
  }
  for (const { name, password } of passwordsOfServers(program, secrets)) {
    const certificate = await ensureCertificate(docker, opensslImage, folder.certificate(name), name);
    const files = serverFiles(name);
    await writeAtomically(join(folder.directory, files.password), password);
    await writeAtomically(join(folder.directory, files.key), certificate.key);
    await writeAtomically(join(folder.directory, files.certificate), certificate.certificate);
    certificates[name] = { authority: certificate.authority, fingerprint: certificateFingerprint(certificate) };
  }
  return {
    secrets,
    secretVariables: secretVariables(program.secrets, secrets),
    facts: { secretFingerprints: { ...fingerprintsOf(made), ...given.fingerprints }, certificates },
  };
}

/** A prerequisite has checked it; whoever starts tasks without it must not start them with an empty value. */
async function requireGivenSecrets({ environment, ...place }: Place, { secrets }: Program) {
  const stored = await readGivenSecrets(folderOf({ environment, ...place }).givenSecrets);
  const missing = secrets.flatMap(({ given }) => (given === undefined || given in stored ? [] : [given]));
  if (missing.length > 0) {
    const needed = missing.map((name) => ({ name, description: '', readers: [] }));
    throw secretsMissing('local', environment, needed);
  }
  return givenValues(secrets, stored);
}

/** In the form that each server reads. */
function passwordsOfServers({ database, valkey }: Program, secrets: SecretValues) {
  return [
    ...(database === undefined ? [] : [{ name: database.name, password: secrets[passwordOf(database).name] ?? '' }]),
    ...(valkey === undefined
      ? []
      : [{ name: valkey.name, password: passwordLine(secrets[valkey.passwordSecret] ?? '') }]),
  ];
}

/** Labelled, so that they are found again and never confused with another project's. */
export async function ensureNetworkAndVolume(
  docker: Docker,
  place: Place,
  { madeFrom, database, emulator }: Pick<Program, 'madeFrom' | 'database' | 'emulator'>,
): Promise<void> {
  const { environment, instance, projectDirectory: checkout } = place;
  const names = deriveNames(instance, environment);
  const labels = Object.entries(labelsOf(environment, { instance, checkout }));
  const flags = labels.flatMap(([name, value]) => ['--label', `${name}=${value}`]);
  if ((await docker.api.get(`/networks/${names.network}`)) === undefined) {
    // Attachable: the load balancer and the migration are plain containers.
    const origin = madeFrom === undefined ? [] : ['--label', `${labelNames.madeFrom}=${madeFrom}`];
    await docker.run(['network', 'create', '--driver', 'overlay', '--attachable', ...flags, ...origin, names.network]);
  }
  if (database !== undefined) await docker.run(['volume', 'create', ...flags, names.volume]);
  if (emulator !== undefined) await docker.run(['volume', 'create', ...flags, names.emulatorVolume]);
}
