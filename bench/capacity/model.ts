import { type CacheNodeType, cacheNodeTypes, cacheNodeVcpus } from '../../infra/catalog/elasticache-node-types.ts';
import {
  type InstanceClass,
  instanceClasses,
  instanceVcpus,
  maxConnections,
} from '../../infra/catalog/rds-instance-classes.ts';
import type { Costs } from './measure.ts';

/** What an environment needs for a load; absent: more than the largest that this stack provisions. */
export interface Capacity {
  readonly requestsPerSecond: number;
  /** Of one vCPU each. */
  readonly tasks: number;
  /** Connections of each task. */
  readonly pool: number;
  /** Of all tasks, while a rollout has the old and the new ones. */
  readonly connections: number;
  readonly databaseVcpus: number;
  readonly instanceClass?: InstanceClass;
  readonly nodeType?: CacheNodeType;
  /** Load balancer capacity units, by the dimension that needs most. */
  readonly balancerUnits: number;
  /** What is at its end first; absent: nothing is. */
  readonly limit?: 'database CPU' | 'database connections' | 'Valkey' | 'targets of a load balancer';
}

/** Availability Zones over which the tasks are spread. */
export const zones = 2;
/** Of the CPU of all tasks at peak: the default of `cpuTargetPercent`. */
const tasksBusy = 0.6;
/** Of what a lost zone leaves: the rest has to carry the peak until others have started. */
const tasksBusyWithoutZone = 0.9;
const databaseBusy = 0.6;
const valkeyBusy = 0.6;
/** Requests come in bunches: of connections, so many times the average are in use at once. */
const bunch = 3;
const leastPool = 2;
/** Requests that a client sends over one connection to the load balancer. */
const requestsPerConnection = 10;
/** How long a client keeps it. */
const connectionSeconds = 60;
/** Sessions that are not the tasks': `databaseReservedConnections`, and the release command's. */
const otherConnections = 12;

/**
 * What a burstable class may use of each of its vCPUs without end.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html
 */
const baseline: Readonly<Record<string, number>> = Object.freeze({
  micro: 0.1,
  small: 0.2,
  medium: 0.2,
  large: 0.3,
  xlarge: 0.4,
  '2xlarge': 0.4,
});

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html */
const mostTargets = 1000;

/**
 * What each unit of an ALB covers.
 * https://aws.amazon.com/elasticloadbalancing/pricing/
 */
const unit = { newConnections: 25, activeConnections: 3000, bytesPerHour: 1e9 };

/** From 10 to 100,000 requests per second. */
export const loads: readonly number[] = [10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];

/**
 * What a load needs, from what a request costs. A vCPU of AWS counts as one of the machine that was measured: other
 * processors differ, and your own requests more than any.
 */
export function capacityFor(requestsPerSecond: number, costs: Costs): Capacity {
  const apiVcpus = (requestsPerSecond * costs.apiCpu) / 1000;
  const tasks = Math.max(
    zones,
    Math.ceil(apiVcpus / tasksBusy),
    Math.ceil(((apiVcpus / tasksBusyWithoutZone) * zones) / (zones - 1)),
  );
  const pool = Math.max(leastPool, Math.ceil((requestsPerSecond / tasks) * costs.heldSeconds * bunch));
  const connections = 2 * tasks * pool + otherConnections;
  const databaseVcpus = (requestsPerSecond * costs.databaseCpu) / 1000;
  const instanceClass = instanceClasses.find(
    (one) => usableVcpus(one) >= databaseVcpus && maxConnections(one) >= connections,
  );
  const valkeyVcpus = (requestsPerSecond * costs.valkeyCpu) / 1000;
  const nodeType = cacheNodeTypes.find((one) => usableCore(one) >= valkeyVcpus);
  const limit =
    instanceClass === undefined
      ? instanceClasses.some((one) => usableVcpus(one) >= databaseVcpus)
        ? ('database connections' as const)
        : ('database CPU' as const)
      : nodeType === undefined
        ? ('Valkey' as const)
        : 2 * tasks > mostTargets
          ? ('targets of a load balancer' as const)
          : undefined;
  return {
    requestsPerSecond,
    tasks,
    pool,
    connections,
    databaseVcpus,
    balancerUnits: unitsFor(requestsPerSecond, costs),
    ...(instanceClass === undefined ? {} : { instanceClass }),
    ...(nodeType === undefined ? {} : { nodeType }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** The load at which something is at its end, to three digits. */
export function largestLoad(costs: Costs): number {
  let [fits, fails] = [0, 10_000_000];
  while (fails - fits > fits / 1000) {
    const middle = (fits + fails) / 2;
    if (capacityFor(middle, costs).limit === undefined) fits = middle;
    else fails = middle;
  }
  return Number(fits.toPrecision(2));
}

function usableVcpus(instanceClass: InstanceClass): number {
  const [, family = '', size = ''] = instanceClass.split('.');
  return instanceVcpus(instanceClass) * (family.startsWith('t') ? (baseline[size] ?? 0) : databaseBusy);
}

/** Commands run on one core, whatever the node has: on a burstable one it may use the credits of all. */
function usableCore(nodeType: CacheNodeType): number {
  const [, family = '', size = ''] = nodeType.split('.');
  const sustained = family.startsWith('t') ? (baseline[size] ?? 0) * cacheNodeVcpus(nodeType) : 1;
  return Math.min(valkeyBusy, sustained);
}

function unitsFor(requestsPerSecond: number, { bytes }: Costs): number {
  const newConnections = requestsPerSecond / requestsPerConnection;
  return Math.max(
    newConnections / unit.newConnections,
    (newConnections * connectionSeconds) / unit.activeConnections,
    (requestsPerSecond * bytes * 3600) / unit.bytesPerHour,
  );
}
