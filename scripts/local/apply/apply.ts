import { mkdir } from 'node:fs/promises';

import { UserError } from '../../messages/user-error.ts';
import type { Applied } from '../../release/target.ts';
import { bringUpAlarms } from '../alarms/bring-up.ts';
import { bake, openGuard, type RolloutGuard } from '../alarms/guard.ts';
import { givenAlarms } from '../alarms/read.ts';
import { renewBackup } from '../backups/backups.ts';
import { emulatorScript } from '../emulator/script.ts';
import type { Docker } from '../engine/docker.ts';
import { officialNodeImage } from '../images/base-images.ts';
import { inspectImage } from '../images/image.ts';
import { reloadConfig, stageConfig } from '../load-balancer/reload.ts';
import { inspectCurrent, volumeCreatedAt } from '../observe/current.ts';
import { maintenanceOf } from '../state/file-ledger.ts';
import { folderOf, writeDeployed } from '../state/place.ts';
import { choosePortOf } from '../state/port.ts';
import { readSwarm } from '../swarm/swarm.ts';
import { labelNames } from '../translate/stack-document.ts';
import { renderStacks } from '../translate/stacks.ts';
import { expectedServices } from './changes.ts';
import { bringUpServers } from './data-servers.ts';
import { bringUpLoadBalancer, confirmServing, reloadLoadBalancer } from './load-balancer.ts';
import { openMigrationRecord, runMigration } from './migrate.ts';
import { ensureNetworkAndVolume, neededBases, prepareEngine, prepareFiles, prepareRelease } from './prepare.ts';
import { rollBackByAlarm, rollOut } from './roll-out.ts';
import { bringUpSchedules } from './schedules.ts';
import type { Application, Work } from './work.ts';

/** More than there are commands that start on one machine at the same time, each of which takes the next port. */
const triedPorts = 10;

/**
 * Engine, image, data servers, migration, rollout and load balancer, in this order: each step starts after the last one.
 *
 * A port that was free when it was chosen may be taken when the load balancer starts. Then everything runs again with the
 * next free port: what is done already is found and left alone. A port that was asked for is never replaced.
 */
export async function apply(application: Application): Promise<Applied> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await applyOnce(application);
    } catch (error) {
      const lost = error instanceof UserError && error.code === 'PORT_LOST';
      if (!lost || application.options.port !== undefined || tries === triedPorts) throw error;
      application.progress.detail('another program took the port in the meantime: trying the next one');
    }
  }
}

async function applyOnce(application: Application): Promise<Applied> {
  const { place, progress, signal, program } = application;
  const work = await prepare(application);
  const { docker, stacks, release, port } = work;
  await bringUpServers(work);
  signal.throwIfAborted();
  await migrate(work);
  signal.throwIfAborted();
  if (program.loadBalancer !== undefined) await bringUpLoadBalancer(work);
  const guard = await guardOf(work);
  await rollOut({ ...work, guard });
  if (program.loadBalancer !== undefined) {
    await reloadLoadBalancer(work);
    await confirmServing(work, program.loadBalancer);
  }
  if (guard !== undefined) await watchAlarms(work, guard);
  const alarmsWatchedUntil = guard === undefined ? undefined : new Date().toISOString();
  await bringUpSchedules(work);
  await backUp(work);
  await writeDeployed(folderOf(place), {
    release,
    port,
    settingsHash: application.settingsHash,
    services: stacks.services,
    jobs: stacks.jobs,
    ...(work.current.deployed?.restarts === undefined ? {} : { restarts: work.current.deployed.restarts }),
    ...(alarmsWatchedUntil === undefined ? {} : { alarmsWatchedUntil }),
  });
  const { services } = await readSwarm(docker, place.instance, place.environment);
  const [first] = expectedServices(stacks.names.stack, stacks.services);
  const version = services.find(({ name }) => name === first?.swarmName)?.version ?? 0;
  if (work.current.services.length > 0) {
    progress.detail('older tasks get no new requests: they finish those in flight and stop');
  }
  return { release, revision: `${first?.swarmName ?? stacks.names.stack}@${version}`, url: urlOf(port) };
}

/**
 * Alarms that guard what is about to be rolled out, where the environment has a Prometheus, which gets those of the
 * program first.
 */
async function guardOf(work: Work): Promise<RolloutGuard | undefined> {
  const { docker, place, program, options, stacks, current, progress, signal } = work;
  if ((await givenAlarms(place)) === undefined) return undefined;
  await bringUpAlarms({ docker, place, program, baseSource: options.baseSource, progress, signal });
  // A first deployment has nothing to be rolled back to.
  if (current.deployed === undefined) return undefined;
  const changed = expectedServices(stacks.names.stack, stacks.services).filter(({ swarmName, revision }) => {
    const service = current.services.find(({ name }) => name === swarmName);
    return service?.labels[labelNames.revision] !== revision;
  });
  const services = changed.map(({ name }) => name);
  return openGuard({ docker, place, alarms: program.alarms, services, progress });
}

/** As ECS does while a rollout bakes. */
async function watchAlarms(work: Work, guard: RolloutGuard): Promise<void> {
  const { docker, place, current, stacks, progress, signal } = work;
  const alarm = await bake(guard, progress, signal);
  if (alarm === undefined) return;
  progress.fail?.();
  const former = current.loadedConfig;
  if (former !== undefined && stacks.haproxyConfig !== undefined) {
    const { loadBalancer: folder } = folderOf(place);
    await stageConfig(docker, stacks.names.loadBalancer, folder, former);
    await reloadConfig(docker, stacks.names.loadBalancer, folder, former);
  }
  await rollBackByAlarm(work, alarm);
}

/** Once a day, and never what an `up` fails for: what was asked for runs. */
async function backUp({ docker, place, program, progress, signal }: Work): Promise<void> {
  if (program.database === undefined) return;
  try {
    const made = await renewBackup(docker, place, program.database.backupRetentionDays, signal);
    if (made) progress.detail('the database has a new base for restores: the last one was older than a day');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    progress.detail(`the database has no new base for restores: ${error.message}`);
  }
}

export function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

async function prepare(application: Application): Promise<Work> {
  const { place, options, program, progress, signal } = application;
  await mkdir(folderOf(place).directory, { recursive: true, mode: 0o700 });
  const { projectDirectory } = place;
  const preparation = { projectDirectory, options, bases: neededBases(program), progress, signal };
  const {
    engine,
    bases,
    claimed: current,
  } = await prepareEngine(preparation, async (docker) => {
    const found = await inspectCurrent(docker, place);
    await ensureNetworkAndVolume(docker, place, program);
    return found;
  });
  const { docker } = engine;
  const release = await prepareRelease(application, engine, bases.node);
  const port = await choosePortOf(place, options.port, current);
  const needed = new Set(preparation.bases);
  const postgres = needed.has('postgres') ? bases.image('postgres') : '';
  const valkey = needed.has('valkey') ? bases.image('valkey') : '';
  const emulator = needed.has('ministack') ? bases.image('ministack') : '';
  const generated = await prepareFiles(place, docker, program, postgres);
  const [postgresImage, valkeyImage] = await Promise.all([idOf(docker, postgres), idOf(docker, valkey)]);
  const facts = {
    instance: place.instance,
    checkout: place.projectDirectory,
    release,
    postgresImage,
    valkeyImage,
    ...(emulator === '' ? {} : { emulator: { image: await idOf(docker, emulator), script: emulatorScript() } }),
    port,
    ...(current.deployed?.restarts === undefined ? {} : { restarts: current.deployed.restarts }),
    ...(await maintenanceOf(place)),
    ...generated.facts,
  };
  const stacks = renderStacks(program, facts);
  const loadBalancerImage = program.loadBalancer === undefined ? '' : bases.image('load-balancer');
  const schedulerImage = needed.has('node') ? (bases.node ?? officialNodeImage) : '';
  return { ...application, docker, release, port, stacks, generated, loadBalancerImage, schedulerImage, current };
}

async function idOf(docker: Docker, reference: string): Promise<string> {
  return reference === '' ? '' : ((await inspectImage(docker, reference))?.id ?? '');
}

async function migrate({ docker, place, stacks, release, generated, progress }: Work): Promise<void> {
  const { names } = stacks;
  const volume = await volumeCreatedAt(docker, names.volume);
  const record = await openMigrationRecord(folderOf(place).migrated, volume ?? '');
  for (const { name, container, identity } of stacks.migrations) {
    if (record.has(identity)) continue;
    progress.step(`Run the migrations of ${release.version}`);
    await runMigration({
      docker,
      name: `${names.stack}-${name}`,
      container,
      network: names.network,
      labels: stacks.labels,
      secretVariables: generated.secretVariables,
      progress,
    });
    await record.add(identity);
  }
}
