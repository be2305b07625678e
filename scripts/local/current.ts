import { join } from 'node:path';

import { UserError } from '../output/errors.ts';
import type { Docker } from './docker.ts';
import { type Deployed, folderOf, type Place, readDeployed } from './environment.ts';
import { readIfExists } from './files.ts';
import { readLoadedConfig } from './load-balancer-config.ts';
import { inspectLoadBalancer, type LoadBalancerState } from './load-balancer-container.ts';
import { listServices, listTasks, type SwarmServiceState, type SwarmTask } from './swarm.ts';
import { labelNames } from './translate/stack-document.ts';
import { deriveNames } from './translate/stacks.ts';

/** What the engine has of an environment, and what the last good deployment left on the disk. */
export interface Current {
  readonly swarm: boolean;
  readonly network: boolean;
  /** When the database's volume was made; `undefined`: there is none. */
  readonly volume: string | undefined;
  readonly services: readonly SwarmServiceState[];
  readonly tasks: ReadonlyMap<string, readonly SwarmTask[]>;
  readonly loadBalancer: LoadBalancerState | undefined;
  /** The configuration that the load balancer is known to have read. */
  readonly loadedConfig: string | undefined;
  readonly deployed: Deployed | undefined;
  readonly migrated: string | undefined;
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
};

/** Looks, and changes nothing. Rejects when the instance belongs to another checkout. */
export async function inspectCurrent(docker: Docker, place: Place): Promise<Current> {
  const names = deriveNames(place.instance, place.environment);
  const folder = folderOf(place);
  const [swarm, network, volume, loadBalancer, loadedConfig, deployed, migrated] = await Promise.all([
    isSwarm(docker),
    labelOf(docker, 'network', names.network),
    inspectOne(docker, 'volume', names.volume, '{{.CreatedAt}}'),
    inspectLoadBalancer(docker, names.loadBalancer),
    readLoadedConfig(folder.loadBalancer),
    readDeployed(folder),
    readIfExists(folder.migrated),
  ]);
  if (network !== undefined) await assertOwnCheckout(place, network);
  const services = swarm ? await listServices(docker, place.instance, place.environment) : [];
  const tasks = await Promise.all(services.map(async ({ name }) => [name, await listTasks(docker, name)] as const));
  return {
    swarm,
    network: network !== undefined,
    volume,
    services,
    tasks: new Map(tasks),
    loadBalancer,
    loadedConfig,
    deployed,
    migrated,
  };
}

async function isSwarm(docker: Docker): Promise<boolean> {
  return (await docker.run(['info', '--format', '{{.Swarm.ControlAvailable}}'])) === 'true';
}

async function labelOf(docker: Docker, type: 'network', name: string): Promise<string | undefined> {
  return inspectOne(docker, type, name, `{{index .Labels "${labelNames.checkout}"}}`);
}

async function inspectOne(
  docker: Docker,
  type: 'network' | 'volume',
  name: string,
  format: string,
): Promise<string | undefined> {
  const { exitCode, stdout } = await docker.attempt([type, 'inspect', '--format', format, name]);
  return exitCode === 0 ? stdout : undefined;
}

/** Two checkouts under one name would take turns at replacing each other's services. */
async function assertOwnCheckout({ projectDirectory, instance, environment }: Place, checkout: string): Promise<void> {
  if (checkout === projectDirectory) return;
  const elsewhere = await readIfExists(join(checkout, 'package.json')).catch(() => undefined);
  // A checkout that was moved or removed has no say any more.
  if (checkout !== '' && elsewhere === undefined) return;
  throw new UserError({
    code: 'INSTANCE_TAKEN',
    message:
      checkout === ''
        ? `The Docker network ${instance}-${environment} was not made by this project.`
        : `The instance "${instance}" belongs to the checkout at ${checkout}.`,
    rule: 'On one Docker engine, each checkout has an instance name of its own.',
    remedy: 'Set another name: export STACK_INSTANCE=<name>',
  });
}
