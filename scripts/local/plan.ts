import type { Release } from '../../infra/release/release.ts';
import type { Plan } from '../release/target.ts';
import { givenAlarms } from './alarms/read.ts';
import { certificateFingerprint, readCertificate } from './apply/certificate.ts';
import { describeChanges, describeLosses } from './apply/changes.ts';
import { loadBalancerContainer } from './apply/load-balancer.ts';
import { openMigrationRecord } from './apply/migrate.ts';
import { schedulerOf } from './apply/schedules.ts';
import type { LocalOptions } from './apply/work.ts';
import { emulatorScript } from './emulator/script.ts';
import type { Docker } from './engine/docker.ts';
import type { Engine } from './engine/engine.ts';
import { findBaseImage } from './images/base-images.ts';
import { renderedLabel } from './load-balancer/container.ts';
import { type Current, inspectCurrent, nothing } from './observe/current.ts';
import { schedulerRevision } from './scheduler/container.ts';
import { maintenanceOf } from './state/file-ledger.ts';
import { givenValues, readGivenSecrets } from './state/given-secrets.ts';
import { type Folder, folderOf, type Place } from './state/place.ts';
import { choosePortOf } from './state/port.ts';
import { fingerprintsOf, readSecrets, type SecretValues } from './state/secrets.ts';
import type { ServerIdentity } from './translate/local-facts.ts';
import type { Program } from './translate/program.ts';
import { renderStacks, withMadeSecrets } from './translate/stacks.ts';

export interface PlanRequest {
  readonly place: Place;
  readonly program: Program;
  readonly release: Release;
  /** `undefined`: there is none yet, or it is stopped. */
  readonly engine: Engine | undefined;
  readonly options: LocalOptions;
}

/** One line for each change that `apply` would make, and for each loss of data. Changes nothing. */
export async function describePlan({
  place,
  program,
  release,
  engine,
  options,
}: PlanRequest): Promise<Pick<Plan, 'changes' | 'losses'>> {
  const current = engine === undefined ? nothing : await inspectCurrent(engine.docker, place);
  const port = await choosePortOf(place, options.port, current);
  const folder = folderOf(place);
  const [secrets, given, certificates, images] = await Promise.all([
    readSecrets(folder.secrets),
    readGivenSecrets(folder.givenSecrets),
    readCertificates(folder, program),
    readImages(engine?.docker, program, options),
  ]);
  const stacks = renderStacks(program, {
    instance: place.instance,
    checkout: place.projectDirectory,
    release,
    postgresImage: images.postgresId,
    valkeyImage: images.valkeyId,
    ...(program.emulator === undefined ? {} : { emulator: { image: images.emulatorId, script: emulatorScript() } }),
    port,
    secretFingerprints: {
      ...fingerprintsOf(complete(secrets, program) ? withMadeSecrets(program, secrets) : secrets),
      ...givenValues(program.secrets, given).fingerprints,
    },
    ...(current.deployed?.restarts === undefined ? {} : { restarts: current.deployed.restarts }),
    ...(await maintenanceOf(place)),
    certificates,
  });
  const migrated = await openMigrationRecord(folder.migrated, current.volume ?? '');
  const changes = describeChanges(
    {
      program,
      stacks,
      version: release.version,
      build: release.digest === '',
      port,
      engine: engineChanges(engine, current),
      migrated:
        current.volume !== undefined &&
        release.digest !== '' &&
        stacks.migrations.every(({ identity }) => migrated.has(identity)),
      ...(stacks.jobs.some(({ schedule }) => schedule !== undefined)
        ? {
            schedulerRevision: schedulerRevision(schedulerOf({ docker: engine?.docker ?? {}, place, stacks })),
          }
        : {}),
      givenAlarms: await givenAlarms(place),
      loadBalancerRendered: renderedLabel(loadBalancerContainer(place, stacks, images.loadBalancer, port)),
    },
    current,
  );
  return { changes, losses: describeLosses({ stacks }, current) };
}

/** Before the first `apply` there are none, and nothing can be made of them. */
function complete(values: SecretValues, { secrets }: Program): boolean {
  return secrets.every(
    ({ name, madeOf, given }) => madeOf !== undefined || given !== undefined || values[name] !== undefined,
  );
}

/** Of the servers that have one already. */
async function readCertificates(
  folder: Folder,
  { database, valkey }: Program,
): Promise<Readonly<Record<string, ServerIdentity>>> {
  const servers = [database, valkey].flatMap((server) => (server === undefined ? [] : [server.name]));
  const entries = await Promise.all(
    servers.map(async (server) => {
      const found = await readCertificate(folder.certificate(server), server);
      if (found === undefined) return [];
      return [[server, { authority: found.authority, fingerprint: certificateFingerprint(found) }] as const];
    }),
  );
  return Object.fromEntries(entries.flat());
}

/** References of images that exist; empty where they are still to be built or pulled. */
async function readImages(
  docker: Docker | undefined,
  { database, valkey, emulator, loadBalancer }: Program,
  { baseSource }: LocalOptions,
): Promise<{ postgresId: string; valkeyId: string; emulatorId: string; loadBalancer: string }> {
  if (docker === undefined) return { postgresId: '', valkeyId: '', emulatorId: '', loadBalancer: '' };
  const find = (name: 'postgres' | 'valkey' | 'ministack' | 'load-balancer') =>
    findBaseImage({ docker, name, source: baseSource });
  const [postgres, cache, emulated, balancer] = await Promise.all([
    database === undefined ? undefined : find('postgres'),
    valkey === undefined ? undefined : find('valkey'),
    emulator === undefined ? undefined : find('ministack'),
    loadBalancer === undefined ? undefined : find('load-balancer'),
  ]);
  return {
    postgresId: postgres?.id ?? '',
    valkeyId: cache?.id ?? '',
    emulatorId: emulated?.id ?? '',
    loadBalancer: balancer?.reference ?? '',
  };
}

function engineChanges(engine: Engine | undefined, { swarm }: Current): string[] {
  if (engine === undefined) return ['install or start Docker'];
  return swarm ? [] : ['make the Docker engine a single-node swarm'];
}
