import type { Observed, RunningService, RunningTask, StandIn } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import { inspectLoadBalancer } from '../load-balancer/container.ts';
import { inspectScheduler, type JobContainer, jobContainers, type SchedulerState } from '../scheduler/container.ts';
import type { Place } from '../state/place.ts';
import { asItSays, assessRollout } from '../swarm/rollout-state.ts';
import {
  type ContainerState,
  inspectContainers,
  readSwarm,
  type SwarmServiceState,
  type SwarmTask,
} from '../swarm/swarm.ts';
import { renderReport, reportTask } from '../swarm/task-report.ts';
import { titleOf } from '../translate/data-server.ts';
import { deriveNames } from '../translate/names.ts';
import { labelNames } from '../translate/stack-document.ts';
import { explainLastRuns } from './last-runs.ts';

/** What runs, read from the engine; `undefined` when nothing of the environment exists. */
export async function observe(docker: Docker, { instance, environment }: Place): Promise<Observed | undefined> {
  const names = deriveNames(instance, environment);
  const [swarm, loadBalancer, scheduler, jobs] = await Promise.all([
    readSwarm(docker, instance, environment),
    inspectLoadBalancer(docker, names.loadBalancer),
    inspectScheduler(docker, names.scheduler),
    jobContainers(docker, instance, environment),
  ]);
  const services = swarm.services.filter(({ labels }) => labelNames.release in labels);
  if (services.length === 0 && loadBalancer === undefined) return undefined;
  const running = await Promise.all(services.map((service) => observeService(docker, service, swarm.tasksOf(service))));
  const port = loadBalancer?.port;
  const standIns = swarm.services.flatMap((service) => standIn(service, swarm.tasksOf(service)));
  return {
    url: port === undefined ? '' : `http://127.0.0.1:${port}`,
    services: [...running, ...scheduledServices(scheduler, jobs)],
    ...(standIns.length === 0 ? {} : { standIns }),
  };
}

/**
 * What the scheduler starts next, as a service of one task: of which image it is, and whether anything will start it.
 * Containers of earlier releases only end what they do.
 */
function scheduledServices(
  scheduler: SchedulerState | undefined,
  jobs: readonly JobContainer[],
): readonly RunningService[] {
  if (scheduler === undefined) return [];
  return scheduler.starts.map(({ name, container }) => {
    const found = jobs.find(({ containerName }) => containerName === container);
    const tasks =
      found === undefined ? [] : [{ id: found.id.slice(0, 12), digest: found.imageId, healthy: scheduler.running }];
    return { name, desired: 1, tasks, revision: container };
  });
}

async function observeService(
  docker: Docker,
  service: SwarmServiceState,
  known: readonly SwarmTask[],
): Promise<RunningService> {
  const tasks = known.filter(({ desiredState }) => desiredState === 'running');
  const ids = tasks.flatMap(({ containerId }) => (containerId === undefined ? [] : [containerId]));
  const containers = await inspectContainers(docker, ids);
  return {
    name: service.labels[labelNames.service] ?? service.name,
    desired: service.replicas,
    tasks: tasks.map((task) => runningTask(task, containers.get(task.containerId ?? ''))),
    revision: `${service.name}@${service.version}`,
  };
}

/** Swarm calls a task running once its health check has passed. */
function standIn({ labels }: SwarmServiceState, tasks: readonly SwarmTask[]): readonly StandIn[] {
  const resources = labels[labelNames.standsIn];
  if (resources === undefined) return [];
  const healthy = tasks.some(({ desiredState, state }) => desiredState === 'running' && state === 'running');
  return [{ name: labels[labelNames.service] ?? '', title: titleOf(labels), resources, healthy }];
}

/** The image is the container's own, not what the service asks for. */
function runningTask(task: SwarmTask, container: ContainerState | undefined): RunningTask {
  return {
    id: task.id,
    digest: container?.imageId ?? task.image,
    healthy: task.state === 'running' && container?.running === true && isHealthy(container.health),
    startedAt: task.createdAt,
  };
}

/** A container without a check has no health, and is healthy while it runs. */
function isHealthy(health: string | undefined): boolean {
  return health === undefined || health === 'none' || health === 'healthy';
}

/** Why tasks are not running or not healthy, and why scheduled runs failed; empty when all is well. */
export async function explain(docker: Docker, place: Place): Promise<string> {
  const { services, tasksOf } = await readSwarm(docker, place.instance, place.environment);
  const explanations = await Promise.all([
    ...services.map((service) => explainService(docker, service, tasksOf(service))),
    explainLastRuns(docker, place),
  ]);
  return explanations.filter((text) => text !== '').join('\n');
}

async function explainService(
  docker: Docker,
  service: SwarmServiceState,
  tasks: readonly SwarmTask[],
): Promise<string> {
  const { update } = service;
  const expected = asItSays(service);
  const { verdict, failed, starting } = assessRollout(expected, service, tasks);
  if (verdict === 'settled' && failed.length === 0) return '';
  const reports = await Promise.all([...starting, ...failed.slice(0, 2)].map((task) => reportTask(docker, task)));
  const state =
    update === undefined || verdict === 'settled' ? [] : [`${expected.name}: ${update.state}: ${update.message}`];
  return [...state, ...reports.map(renderReport)].join('\n');
}
