import { chmod, mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

import { readToolFailure, sayToolFailure } from '../../messages/tool-failure.ts';
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
import { readSwarm, staysRunning } from '../swarm/swarm.ts';
import { lastLog } from '../swarm/task-report.ts';
import type { LoadBalancer } from '../translate/load-balancer.ts';
import { labelNames } from '../translate/stack-document.ts';
import type { Stacks } from '../translate/stacks.ts';
import { expectedServices } from './changes.ts';
import type { Work } from './work.ts';

/** A DNS answer is at most a fifth of a second old; health checks run every second. */
const servingSeconds = 15;

/** How the engine says so: of another container's port, and of another program's. */
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
 * Before the rollout: makes sure that the container runs as it should and that HAProxy accepts the new configuration.
 * The one that is loaded stays for now.
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
  // Without a record of what is loaded, its folder was lost: the container still sees the deleted one.
  if (found?.running === true && found.rendered === renderedLabel(container) && loaded !== undefined) {
    if (loaded !== haproxyConfig) await stageConfig(docker, container.name, folder, haproxyConfig);
    return;
  }
  progress.step(`Start the load balancer at http://127.0.0.1:${port}`);
  await mkdir(folder, { recursive: true });
  // HAProxy runs as another user, whatever this one's umask says.
  await chmod(folder, 0o755);
  await writeConfig(folder, haproxyConfig);
  if (found !== undefined) await docker.run(['rm', '--force', container.name]);
  const { exitCode, stderr } = await docker.attempt(loadBalancerArguments(container));
  if (exitCode === 0) return markLoaded(folder, haproxyConfig);
  await docker.attempt(['rm', '--force', container.name]);
  throw new UserError({
    code: portTaken.test(stderr) ? 'PORT_LOST' : 'LOAD_BALANCER_NOT_STARTED',
    message: `The load balancer did not start on port ${port}: ${sayToolFailure(readToolFailure(stderr.split('\n')))}`,
    remedy: 'Choose another port with --port if this one is taken.',
    details: stderr,
  });
}

/** After the rollout: the configuration by which the new tasks are checked and reached. */
export async function reloadLoadBalancer({ docker, place, stacks, progress }: Work): Promise<void> {
  const { haproxyConfig, names } = stacks;
  const { loadBalancer: folder } = folderOf(place);
  if (haproxyConfig === undefined || (await readLoadedConfig(folder)) === haproxyConfig) return;
  progress.step('Reload the load balancer with its new configuration');
  await reloadConfig(docker, names.loadBalancer, folder, haproxyConfig);
}

/** Of which tasks get requests. */
type Serving = Pick<Work, 'docker' | 'place' | 'signal'> & { readonly stacks: Pick<Stacks, 'names' | 'services'> };

/** As {@link untilServing}, as a step of its own: after a rollout. */
export async function confirmServing(work: Serving & Pick<Work, 'progress'>, balancer: LoadBalancer): Promise<void> {
  work.progress.step('Wait until only the new tasks get requests');
  await untilServing(work, balancer);
}

/** Waits until the load balancer itself reports all tasks of these services, and no other, as its servers. */
export async function untilServing(work: Serving, { service, routes }: LoadBalancer): Promise<void> {
  const { names, services } = work.stacks;
  const serving = new Set([service, ...routes.map((route) => route.service)].map(({ name }) => name));
  for (const expected of expectedServices(names.stack, services)) {
    if (serving.has(expected.name)) await confirmServingOf(work, expected);
  }
}

async function confirmServingOf(
  { docker, place, stacks, signal }: Serving,
  expected: ReturnType<typeof expectedServices>[number],
): Promise<void> {
  const { names } = stacks;
  const deadline = performance.now() + servingSeconds * 1000;
  for (;;) {
    const swarm = await readSwarm(docker, place.instance, place.environment);
    const service = swarm.services.find(({ name }) => name === expected.swarmName);
    const tasks = service === undefined ? [] : swarm.tasksOf(service);
    const wanted = tasks
      .filter((task) => staysRunning(task) && task.labels[labelNames.revision] === expected.revision)
      .flatMap(({ addresses }) => addresses);
    const port = (await inspectLoadBalancer(docker, names.loadBalancer))?.statisticsPort;
    const serving = port === undefined ? undefined : await servingAddresses(port, expected.name);
    if (serving !== undefined && wanted.length >= expected.replicas && sameMembers(wanted, serving)) return;
    if (performance.now() > deadline) {
      throw new UserError({
        code: 'LOAD_BALANCER_NOT_SERVING',
        message: `After ${servingSeconds} s the load balancer sends requests to ${list(serving)} instead of the tasks that run (${list(wanted)}).`,
        remedy: `Run the command again. If that does not help: docker restart ${names.loadBalancer}`,
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
  return addresses === undefined || addresses.length === 0 ? 'no task' : addresses.join(', ');
}
