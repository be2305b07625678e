import type { Release } from '../../infra/release.ts';
import type { Plan } from '../release/target.ts';
import { findBaseImage } from './base-images.ts';
import { certificateFingerprint, readCertificate } from './certificate.ts';
import { describeChanges, describeLosses } from './changes.ts';
import { type Current, inspectCurrent, nothing } from './current.ts';
import type { Docker } from './docker.ts';
import type { Engine } from './engine.ts';
import { folderOf, type Place } from './environment.ts';
import { renderedLabel } from './load-balancer-container.ts';
import { loadBalancerContainer } from './load-balancer-run.ts';
import { openMigrationRecord } from './migration-run.ts';
import { choosePort, isFreePort } from './port.ts';
import { fingerprintOf, readSecrets } from './secrets.ts';
import type { Program } from './translate/program.ts';
import { renderStacks } from './translate/stacks.ts';
import type { LocalOptions } from './work.ts';

export interface PlanRequest {
  readonly place: Place;
  readonly program: Program;
  readonly release: Release;
  /** `undefined`: there is none yet, or it is stopped. */
  readonly engine: Engine | undefined;
  readonly options: LocalOptions;
}

/** One line for each thing that `apply` would do, and for what would be lost by it. Looks, and changes nothing. */
export async function describePlan({
  place,
  program,
  release,
  engine,
  options,
}: PlanRequest): Promise<Pick<Plan, 'changes' | 'losses'>> {
  const current = engine === undefined ? nothing : await inspectCurrent(engine.docker, place);
  const port = await choosePort({
    environment: place.environment,
    asked: options.port,
    current: current.loadBalancer?.port ?? current.deployed?.port,
    isFree: isFreePort,
  });
  const folder = folderOf(place);
  const [secrets, certificate, images] = await Promise.all([
    readSecrets(folder.secrets),
    program.database === undefined ? undefined : readCertificate(folder.certificate, program.database.name),
    readImages(engine?.docker, program, options),
  ]);
  const stacks = renderStacks(program, {
    instance: place.instance,
    checkout: place.projectDirectory,
    release,
    postgresImage: images.postgresId,
    port,
    secretFingerprint: fingerprintOf(secrets),
    authority: certificate?.authority ?? '',
    certificateFingerprint: certificate === undefined ? '' : certificateFingerprint(certificate),
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
      migrated: current.volume !== undefined && release.digest !== '' && migrated.has(release.digest),
      loadBalancerRendered: renderedLabel(loadBalancerContainer(place, stacks, images.loadBalancer, port)),
    },
    current,
  );
  return { changes, losses: describeLosses({ stacks }, current) };
}

/** References of images that exist; empty where they are still to be made or pulled. */
async function readImages(
  docker: Docker | undefined,
  { database, loadBalancer }: Program,
  { baseSource }: LocalOptions,
): Promise<{ postgresId: string; loadBalancer: string }> {
  if (docker === undefined) return { postgresId: '', loadBalancer: '' };
  const find = (name: 'postgres' | 'load-balancer') => findBaseImage({ docker, name, source: baseSource });
  const [postgres, balancer] = await Promise.all([
    database === undefined ? undefined : find('postgres'),
    loadBalancer === undefined ? undefined : find('load-balancer'),
  ]);
  return { postgresId: postgres?.id ?? '', loadBalancer: balancer?.reference ?? '' };
}

function engineChanges(engine: Engine | undefined, { swarm }: Current): string[] {
  if (engine === undefined) return ['install Docker, or start it'];
  return swarm ? [] : ['make the Docker engine a swarm of its own'];
}
