import { join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../../messages/user-error.ts';
import type { Docker } from '../engine/docker.ts';
import { inspectLoadBalancer, type LoadBalancerState } from '../load-balancer/container.ts';
import { readLoadedConfig } from '../load-balancer/reload.ts';
import { inspectScheduler, type JobContainer, jobContainers, type SchedulerState } from '../scheduler/container.ts';
import { readIfExists } from '../state/files.ts';
import { type Deployed, folderOf, type Place, readDeployed } from '../state/place.ts';
import { readSwarm, type SwarmServiceState, type SwarmTask } from '../swarm/swarm.ts';
import { deriveNames } from '../translate/names.ts';
import { labelNames } from '../translate/stack-document.ts';

/** What the engine has of an environment, and what the last successful deployment recorded on disk. */
export interface Current {
  readonly swarm: boolean;
  readonly network: boolean;
  /** When the database's volume was created; `undefined`: there is none. */
  readonly volume: string | undefined;
  readonly services: readonly SwarmServiceState[];
  readonly tasks: ReadonlyMap<string, readonly SwarmTask[]>;
  readonly loadBalancer: LoadBalancerState | undefined;
  /** The configuration that the load balancer is known to have loaded. */
  readonly loadedConfig: string | undefined;
  readonly deployed: Deployed | undefined;
  readonly migrated: string | undefined;
  /** Absent: nothing runs on a schedule. */
  readonly scheduler: SchedulerState | undefined;
  readonly jobs: readonly JobContainer[];
}

export const nothing: Current = {
  swarm: false,
  network: false,
  volume: undefined,
  services: [],
  tasks: new Map(),
  loadBalancer: undefined,
  loadedConfig: undefined,
  deployed: undefined,
  migrated: undefined,
  scheduler: undefined,
  jobs: [],
};

/** Looks, and changes nothing. Rejects when the instance belongs to another checkout. */
export async function inspectCurrent(docker: Docker, place: Place): Promise<Current> {
  const names = deriveNames(place.instance, place.environment);
  const folder = folderOf(place);
  const [info, network, volume, loadBalancer, loadedConfig, deployed, migrated, swarm, scheduler, jobs] =
    await Promise.all([
      docker.api.get('/info'),
      docker.api.get(`/networks/${names.network}`),
      volumeCreatedAt(docker, names.volume),
      inspectLoadBalancer(docker, names.loadBalancer),
      readLoadedConfig(folder.loadBalancer),
      readDeployed(folder),
      readIfExists(folder.migrated),
      readSwarm(docker, place.instance, place.environment),
      inspectScheduler(docker, names.scheduler),
      jobContainers(docker, place.instance, place.environment),
    ]);
  if (network !== undefined) await assertOwn(place, networkSchema.parse(network).Labels ?? {});
  return {
    swarm: infoSchema.parse(info).Swarm.ControlAvailable,
    network: network !== undefined,
    volume,
    services: swarm.services,
    tasks: new Map(swarm.services.map((service) => [service.name, swarm.tasksOf(service)])),
    loadBalancer,
    loadedConfig,
    deployed,
    migrated,
    scheduler,
    jobs,
  };
}

const infoSchema = z.object({ Swarm: z.object({ ControlAvailable: z.boolean() }) });
const networkSchema = z.object({ Labels: z.record(z.string(), z.string()).nullish() });
const volumeSchema = z.object({ CreatedAt: z.string() });

/** Tells one database from a later one of the same name; `undefined`: there is none. */
export async function volumeCreatedAt({ api }: Docker, name: string): Promise<string | undefined> {
  const found = await api.get(`/volumes/${name}`);
  return found === undefined ? undefined : volumeSchema.parse(found).CreatedAt;
}

/**
 * Rejects where the environment's network is somebody else's: of another checkout (two under one name would keep replacing
 * each other's services), or of another instance and environment whose names meet in the same one.
 */
export async function assertOwn(
  { projectDirectory, instance, environment }: Place,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const network = deriveNames(instance, environment).network;
  const checkout = labels[labelNames.checkout] ?? '';
  if (checkout === '') throw taken(`The Docker network ${network} was not created by this project.`);
  const [otherInstance, otherEnvironment] = [labels[labelNames.instance], labels[labelNames.environment]];
  if (otherInstance !== instance || otherEnvironment !== environment) {
    throw taken(`The Docker network ${network} belongs to ${otherEnvironment} of instance "${otherInstance}".`);
  }
  if (checkout === projectDirectory) return;
  const elsewhere = await readIfExists(join(checkout, 'package.json')).catch(() => undefined);
  // A checkout that was moved or removed no longer counts.
  if (elsewhere === undefined) return;
  throw taken(`The instance "${instance}" belongs to the checkout at ${checkout}.`);
}

function taken(message: string): UserError {
  return new UserError({
    code: 'INSTANCE_TAKEN',
    message,
    rule: 'On one Docker engine, each checkout has an instance name of its own.',
    remedy: 'Set another name: export STACK_INSTANCE=<name>',
  });
}
