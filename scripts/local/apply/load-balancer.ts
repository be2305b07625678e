import { mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { UserError } from '../../messages/user-error.ts';
import {
  inspectLoadBalancer,
  type LoadBalancerContainer,
  loadBalancerArguments,
  renderedLabel,
  servingAddresses,
} from '../load-balancer/container.ts';
import { markLoaded, readLoadedConfig, reloadConfig, stageConfig, writeConfig } from '../load-balancer/reload.ts';
import { folderOf, type Place } from '../state/place.ts';
import { readSwarm } from '../swarm/swarm.ts';
import { lastLog } from '../swarm/task-report.ts';
import type { LoadBalancer } from '../translate/load-balancer.ts';
import { labelNames } from '../translate/stack-document.ts';
import type { Stacks } from '../translate/stacks.ts';
import { expectedServices } from './changes.ts';
import type { Work } from './work.ts';

/** A DNS answer is half a second old at most, a check comes each second. */
const servingSeconds = 15;

/** As the engine says it, of its own ports and of those of other programs. */
const portTaken = /port is already allocated|address already in use/;

export function loadBalancerContainer(
  place: Place,
  { names, labels }: Pick<Stacks, 'names' | 'labels'>,
  image: string,
  port: number,
): LoadBalancerContainer {
  return {
    name: names.loadBalancer,
    image,
    network: names.network,
    port,
    configFolder: folderOf(place).loadBalancer,
    labels: { ...labels, [labelNames.service]: 'load-balancer' },
  };
}

/**
 * Before the rollout: a container that runs as it should, whose configuration is left alone for now, and a new
 * configuration that is known to be accepted afterwards.
 */
export async function bringUpLoadBalancer({
  docker,
  place,
  stacks,
  loadBalancerImage,
  port,
  progress,
}: Work): Promise<void> {
  const { haproxyConfig } = stacks;
  if (haproxyConfig === undefined) return;
  const container = loadBalancerContainer(place, stacks, loadBalancerImage, port);
  const folder = container.configFolder;
  const found = await inspectLoadBalancer(docker, container.name);
  const loaded = await readLoadedConfig(folder);
  // Without a note of what it has read, its folder was lost, and what it sees is the one that was there before.
  if (found?.running === true && found.rendered === renderedLabel(container) && loaded !== undefined) {
    if (loaded !== haproxyConfig) await stageConfig(docker, container.name, folder, haproxyConfig);
    return;
  }
  progress.step(`Start the load balancer at http://127.0.0.1:${port}`);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeConfig(folder, haproxyConfig);
  if (found !== undefined) await docker.run(['rm', '--force', container.name]);
  const { exitCode, stderr } = await docker.attempt(loadBalancerArguments(container));
  if (exitCode === 0) return markLoaded(folder, haproxyConfig);
  await docker.attempt(['rm', '--force', container.name]);
  throw new UserError({
    code: portTaken.test(stderr) ? 'PORT_LOST' : 'LOAD_BALANCER_NOT_STARTED',
    message: `The load balancer could not be started on port ${port}.`,
    remedy: 'Choose another port with --port if this one is taken.',
    details: stderr,
  });
}

/** After the rollout: what the new tasks are checked and reached by. */
export async function reloadLoadBalancer({ docker, place, stacks, progress }: Work): Promise<void> {
  const { haproxyConfig, names } = stacks;
  const { loadBalancer: folder } = folderOf(place);
  if (haproxyConfig === undefined || (await readLoadedConfig(folder)) === haproxyConfig) return;
  progress.step('Load another configuration into the load balancer');
  await reloadConfig(docker, names.loadBalancer, folder, haproxyConfig);
}

/** Waits until the load balancer itself says that it sends requests to all of the new tasks and to no other. */
export async function confirmServing(
  { docker, place, stacks, progress, signal }: Work,
  loadBalancer: LoadBalancer,
): Promise<void> {
  const { names } = stacks;
  const expected = expectedServices(names.stack, stacks.services).find(
    ({ name }) => name === loadBalancer.service.name,
  );
  if (expected === undefined) return;
  progress.step('Wait until the load balancer sends requests to the new tasks only');
  const deadline = performance.now() + servingSeconds * 1000;
  for (;;) {
    const swarm = await readSwarm(docker, place.instance, place.environment);
    const service = swarm.services.find(({ name }) => name === expected.swarmName);
    const tasks = service === undefined ? [] : swarm.tasksOf(service);
    const wanted = tasks
      .filter(
        ({ desiredState, state, labels }) =>
          desiredState === 'running' && state === 'running' && labels[labelNames.revision] === expected.revision,
      )
      .flatMap(({ addresses }) => addresses);
    const port = (await inspectLoadBalancer(docker, names.loadBalancer))?.statisticsPort;
    const serving = port === undefined ? undefined : await servingAddresses(port, expected.name);
    if (serving !== undefined && wanted.length >= expected.replicas && sameMembers(wanted, serving)) return;
    if (performance.now() > deadline) {
      throw new UserError({
        code: 'LOAD_BALANCER_NOT_SERVING',
        message: `The load balancer sends requests to ${list(serving)}, not to the new tasks (${list(wanted)}).`,
        remedy: 'Run the command again; if that does not help: docker restart its container.',
        details: await lastLog(docker, names.loadBalancer),
      });
    }
    await pause(200, undefined, { signal });
  }
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === a.length;
}

function list(addresses: readonly string[] | undefined): string {
  return addresses === undefined || addresses.length === 0 ? 'nobody' : addresses.join(', ');
}
