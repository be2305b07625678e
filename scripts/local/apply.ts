import { mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { UserError } from '../output/errors.ts';
import type { Applied } from '../release/target.ts';
import { expectedServices } from './changes.ts';
import { inspectCurrent, volumeCreatedAt } from './current.ts';
import { folderOf, writeDeployed } from './environment.ts';
import { inspectImage } from './image.ts';
import { bringUpLoadBalancer, confirmServing, reloadLoadBalancer } from './load-balancer-run.ts';
import { openMigrationRecord, runMigration } from './migration-run.ts';
import { choosePort, isFreePort } from './port.ts';
import { ensureNetworkAndVolume, neededBases, prepareEngine, prepareFiles, prepareRelease } from './prepare.ts';
import { rollOut } from './roll-out.ts';
import { assessRollout } from './rollout-state.ts';
import { deployStack, documentPath } from './stack-deploy.ts';
import { readSwarm } from './swarm.ts';
import { renderReport, reportTask } from './task-report.ts';
import { renderStacks } from './translate/stacks.ts';
import type { Application, Work } from './work.ts';

/** A first start makes the data folder; a later one may have to recover after a crash. */
const databaseStartSeconds = 180;

/** Engine, image, database, migration, rollout, load balancer: in this order, and none before the former is done. */
export async function apply(application: Application): Promise<Applied> {
  const { place, progress, signal, program } = application;
  const work = await prepare(application);
  const { docker, stacks, release, port } = work;
  if (stacks.data !== undefined) await bringUpDatabase(work);
  signal.throwIfAborted();
  await migrate(work);
  signal.throwIfAborted();
  if (program.loadBalancer !== undefined) await bringUpLoadBalancer(work);
  await rollOut(work);
  if (program.loadBalancer !== undefined) {
    await reloadLoadBalancer(work);
    await confirmServing(work, program.loadBalancer);
  }
  await writeDeployed(folderOf(place), {
    release,
    port,
    settingsHash: application.settingsHash,
    services: stacks.services,
  });
  const { services } = await readSwarm(docker, place.instance, place.environment);
  const [first] = expectedServices(stacks.names.stack, stacks.services);
  const version = services.find(({ name }) => name === first?.swarmName)?.version ?? 0;
  if (work.current.services.length > 0) {
    progress.detail('older tasks get no more requests; they finish what they have in hand and stop');
  }
  return { release, revision: `${first?.swarmName ?? stacks.names.stack}@${version}`, url: urlOf(port) };
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
    await ensureNetworkAndVolume(docker, place, program.database !== undefined);
    return found;
  });
  const { docker } = engine;
  const release = await prepareRelease(application, engine, bases.node);
  const port = await choosePort({
    environment: place.environment,
    asked: options.port,
    current: current.loadBalancer?.port ?? current.deployed?.port,
    isFree: isFreePort,
  });
  const postgres = program.database === undefined ? '' : bases.image('postgres');
  const generated = await prepareFiles(place, docker, program, postgres);
  const postgresImage = postgres === '' ? '' : ((await inspectImage(docker, postgres))?.id ?? '');
  const facts = {
    instance: place.instance,
    checkout: place.projectDirectory,
    release,
    postgresImage,
    port,
    ...generated.facts,
  };
  const stacks = renderStacks(program, facts);
  const loadBalancerImage = program.loadBalancer === undefined ? '' : bases.image('load-balancer');
  return { ...application, docker, release, port, stacks, generated, loadBalancerImage, current };
}

async function bringUpDatabase({ docker, place, stacks, generated, progress, signal }: Work): Promise<void> {
  const { data, names } = stacks;
  if (data === undefined) return;
  const [expected] = expectedServices(names.dataStack, data);
  if (expected === undefined) return;
  const look = async () => {
    const swarm = await readSwarm(docker, place.instance, place.environment);
    const service = swarm.services.find(({ name }) => name === expected.swarmName);
    const tasks = service === undefined ? [] : swarm.tasksOf(service);
    return { tasks, state: assessRollout(expected, service, tasks) };
  };
  if ((await look()).state.verdict === 'settled') return;
  progress.step(`Start the ${expected.name}`);
  const path = documentPath(folderOf(place).directory, 'data');
  await deployStack({
    docker,
    stack: names.dataStack,
    document: data,
    path,
    secretVariables: generated.secretVariables,
    signal,
  });
  const deadline = performance.now() + databaseStartSeconds * 1000;
  for (;;) {
    const { tasks, state } = await look();
    if (state.verdict === 'settled') return;
    if (performance.now() > deadline || state.failed.length >= 3) {
      const reports = await Promise.all(tasks.slice(0, 2).map((task) => reportTask(docker, task)));
      throw new UserError({
        code: 'DATABASE_NOT_READY',
        message: `The ${expected.name} did not get ready.`,
        remedy: 'Mend what it says below and run the command again; its data is untouched.',
        details: reports.map(renderReport).join('\n'),
      });
    }
    await pause(250, undefined, { signal });
  }
}

async function migrate({ docker, place, stacks, release, generated, progress }: Work): Promise<void> {
  const { names } = stacks;
  const volume = await volumeCreatedAt(docker, names.volume);
  const record = await openMigrationRecord(folderOf(place).migrated, volume ?? '');
  if (record.has(release.digest)) return;
  for (const { name, container } of stacks.migrations) {
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
  }
  await record.add(release.digest);
}
