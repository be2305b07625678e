import type { Service, Task, TaskDefinition } from '@aws-sdk/client-ecs';
import {
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
  LoadBalancerNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Observed, RunningService, RunningTask } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';
import { activeServices, clusterExists, describeTaskDefinition, idOf, primaryDeployment, tasksOf } from './services.ts';

type Platform = Pick<AwsClients, 'ecs' | 'elb'>;

/** What really runs, from ECS and the load balancer. `undefined`: neither a cluster nor a load balancer exists. */
export async function observeRunning(
  clients: Platform,
  names: AwsNames,
  domain: string | undefined,
): Promise<Observed | undefined> {
  return talkToAws(async () => {
    const [exists, dnsName] = await Promise.all([
      clusterExists(clients, names.cluster),
      findLoadBalancer(clients, names.loadBalancer),
    ]);
    const services = exists ? await activeServices(clients, names) : [];
    const isThere = exists && (services.length > 0 || !names.sharesCluster);
    if (!isThere && dnsName === undefined) return undefined;
    return {
      url: names.sharesLoadBalancer ? `https://${domain ?? ''}` : urlOf(domain, dnsName),
      services: await Promise.all(services.map((service) => observeService(clients, names, service))),
    };
  });
}

function urlOf(domain: string | undefined, dnsName: string | undefined): string {
  if (dnsName === undefined) return '';
  return domain === undefined ? `http://${dnsName}` : `https://${domain}`;
}

/** Its address; `undefined` if there is no load balancer of that name. */
export async function findLoadBalancer({ elb }: Pick<Platform, 'elb'>, name: string): Promise<string | undefined> {
  try {
    const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({ Names: [name] }));
    return LoadBalancers[0]?.DNSName;
  } catch (error) {
    if (error instanceof LoadBalancerNotFoundException) return undefined;
    throw error;
  }
}

async function observeService(clients: Platform, names: AwsNames, service: Service): Promise<RunningService> {
  const serviceName = service.serviceName ?? '';
  const shortName = names.shortName(serviceName);
  const [tasks, health] = await Promise.all([
    tasksOf(clients, names.cluster, serviceName, 'RUNNING'),
    targetHealth(clients, service),
  ]);
  const definitions = await describeDefinitions(clients, tasks);
  return {
    name: shortName,
    desired: service.desiredCount ?? 0,
    tasks: tasks.map((task) => observeTask(task, definitions.get(task.taskDefinitionArn ?? ''), health, shortName)),
    revision: primaryDeployment(service)?.taskDefinition ?? service.taskDefinition ?? '',
  };
}

async function describeDefinitions(
  clients: Platform,
  tasks: readonly Task[],
): Promise<ReadonlyMap<string, TaskDefinition | undefined>> {
  const arns = [...new Set(tasks.flatMap(({ taskDefinitionArn }) => taskDefinitionArn ?? []))];
  const described = await Promise.all(
    arns.map(async (arn) => [arn, await describeTaskDefinition(clients, arn)] as const),
  );
  return new Map(described);
}

function observeTask(
  task: Task,
  definition: TaskDefinition | undefined,
  health: ReadonlyMap<string, TargetState> | undefined,
  containerName: string,
): RunningTask {
  const container = task.containers?.find(({ name }) => name === containerName) ?? task.containers?.[0];
  const defined = definition?.containerDefinitions?.find(({ name }) => name === container?.name);
  const checked = defined?.healthCheck !== undefined;
  const alive = task.lastStatus === 'RUNNING' && task.healthStatus !== 'UNHEALTHY';
  const passesOwnCheck = !checked || task.healthStatus === 'HEALTHY';
  const getsTraffic = health === undefined || health.get(addressOf(task) ?? '')?.state === 'healthy';
  return {
    id: idOf(task.taskArn),
    // ECS pulls by the digest in the task definition. What it reports for a container may be one level below: the digest
    // of the platform's manifest, if the digest is that of an index.
    digest: digestOf(defined?.image) ?? container?.imageDigest ?? '',
    healthy: alive && passesOwnCheck && getsTraffic,
    // Secrets are read between the two: an earlier time makes a stale value look stale, never the other way round.
    ...((task.createdAt ?? task.startedAt) === undefined
      ? {}
      : { startedAt: (task.createdAt ?? task.startedAt)?.toISOString() ?? '' }),
  };
}

/** `sha256:…` of a reference by digest. */
export function digestOf(image: string | undefined): string | undefined {
  return /@(sha256:[0-9a-f]{64})$/.exec(image ?? '')?.[1];
}

/** Address of a task in awsvpc mode, which identifies it in the target group. */
function addressOf(task: Task): string | undefined {
  const details = task.attachments?.flatMap((attachment) => attachment.details ?? []) ?? [];
  return details.find(({ name }) => name === 'privateIPv4Address')?.value;
}

export interface TargetState {
  readonly state: string;
  /** Why it is not healthy, in the load balancer's words. */
  readonly reason: string;
}

/** States of a service's targets by address; `undefined` for a service without a load balancer. */
export async function targetHealth(
  { elb }: Pick<Platform, 'elb'>,
  { loadBalancers = [] }: Service,
): Promise<ReadonlyMap<string, TargetState> | undefined> {
  // A traffic shift leaves the tasks in either of two groups.
  const groups = loadBalancers.flatMap(({ targetGroupArn, advancedConfiguration }) =>
    [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter((arn) => arn !== undefined),
  );
  if (groups.length === 0) return undefined;
  const states = new Map<string, TargetState>();
  for (const TargetGroupArn of groups) {
    const answer = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    for (const { Target, TargetHealth } of answer.TargetHealthDescriptions ?? []) {
      const reason = [TargetHealth?.Reason, TargetHealth?.Description].filter(Boolean).join(': ');
      states.set(Target?.Id ?? '', { state: TargetHealth?.State ?? 'unknown', reason });
    }
  }
  return states;
}
