import type { SwarmServiceState } from '../swarm/swarm.ts';
import { deriveNames } from '../translate/names.ts';
import type { SwarmService } from '../translate/stack-document.ts';
import type { Current } from './current.ts';

/** What somebody changed by hand since the last deployment, one line each. Pure. */
export function describeDrift(current: Current, instance: string, environment: string): readonly string[] {
  const { deployed } = current;
  if (deployed === undefined) return [];
  const { stack, network, volume } = deriveNames(instance, environment);
  const services = Object.entries(deployed.services.services).flatMap(([name, document]) => {
    const live = current.services.find((service) => service.name === `${stack}_${name}`);
    return live === undefined
      ? [`${name}: the service is gone`]
      : liveDifferences(live, document).map((line) => `${name}: ${line}`);
  });
  return [
    ...services,
    ...(current.network ? [] : [`the network ${network} is gone`]),
    ...(current.volume === undefined && current.migrated !== undefined ? [`the volume ${volume} is gone`] : []),
    ...scheduleDrift(current),
    ...(current.loadBalancer?.running === true ? [] : ['the load balancer is not running']),
  ];
}

/** Schedules that nothing starts any more. */
function scheduleDrift({ deployed, scheduler, jobs }: Current): readonly string[] {
  const scheduled = (deployed?.jobs ?? []).filter(({ schedule }) => schedule !== undefined);
  return [
    ...(scheduled.length === 0 || scheduler?.running === true ? [] : ['the scheduler is not running']),
    ...scheduled.flatMap(({ name, containerName }) =>
      jobs.some((job) => job.containerName === containerName) ? [] : [`${name}: its container is gone`],
    ),
  ];
}

/** How a service on the engine differs from the document that it was deployed from. */
export function liveDifferences({ container, replicas }: SwarmServiceState, document: SwarmService): string[] {
  const { limits } = document.deploy.resources;
  const pairs: readonly (readonly [string, string, string])[] = [
    ['image', document.image, container.image],
    ['desired count', String(document.deploy.replicas), String(replicas)],
    ['memory limit', limits.memory, container.memoryMiB === undefined ? 'none' : `${container.memoryMiB}M`],
    ['CPU limit', limits.cpus ?? 'none', container.cpus === undefined ? 'none' : String(container.cpus)],
    ['stop timeout', document.stop_grace_period, `${container.stopGraceSeconds ?? 10}s`],
  ];
  const named = pairs
    .filter(([, should, is]) => should !== is)
    .map(([name, should, is]) => `${name} is ${is}, not ${should}`);
  const variables = changedVariables(document.environment, container.environment);
  return [...named, ...(variables.length === 0 ? [] : [`variables differ: ${variables.join(', ')}`])];
}

/** Names only. A secret's value is not in the document, so it is not compared. */
function changedVariables(
  document: Readonly<Record<string, string>>,
  live: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(document), ...Object.keys(live)])]
    .filter((name) => {
      const should = document[name];
      return should === undefined || (!isSecret(should) && should.replaceAll('$$', '$') !== live[name]);
    })
    .toSorted();
}

function isSecret(value: string): boolean {
  return /^\$\{\w+\}$/.test(value);
}
