import {
  ClusterNotFoundException,
  type Deployment,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ListTasksCommandInput,
  paginateListServices,
  paginateListTasks,
  type Service,
  type Task,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';

type Ecs = Pick<AwsClients, 'ecs'>;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html: up to 10 at a time. */
const servicesPerCall = 10;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html: up to 100 at a time. */
const tasksPerCall = 100;

export async function clusterExists({ ecs }: Ecs, cluster: string): Promise<boolean> {
  const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
  return clusters.some(({ status }) => status === 'ACTIVE');
}

type ServiceNames = Pick<AwsNames, 'cluster' | 'sharesCluster' | 'service' | 'tags'>;

/**
 * The active services of an environment, sorted by name. A deleted one stays visible as INACTIVE. In a cluster with services
 * of others, those with its tags: the name of another environment may begin with that of this one.
 */
export async function activeServices({ ecs }: Ecs, names: ServiceNames): Promise<readonly Service[]> {
  const { cluster, sharesCluster } = names;
  const arns: string[] = [];
  for await (const page of paginateListServices({ client: ecs }, { cluster })) {
    const found = page.serviceArns ?? [];
    arns.push(...(sharesCluster ? found.filter((arn) => idOf(arn).startsWith(names.service(''))) : found));
  }
  const services: Service[] = [];
  for (const batch of batches(arns, servicesPerCall)) {
    const answer = await ecs.send(
      new DescribeServicesCommand({
        cluster,
        services: [...batch],
        ...(sharesCluster ? { include: ['TAGS' as const] } : {}),
      }),
    );
    services.push(...(answer.services ?? []));
  }
  return services
    .filter(({ status }) => status === 'ACTIVE')
    .filter((service) => !sharesCluster || isOf(names, service))
    .toSorted((a, b) => ((a.serviceName ?? '') < (b.serviceName ?? '') ? -1 : 1));
}

function isOf({ tags }: ServiceNames, service: Service): boolean {
  const found = new Map(service.tags?.map(({ key, value }) => [key, value]));
  return Object.entries(tags).every(([key, value]) => found.get(key) === value);
}

/** `undefined` if there is no such service, or it is inactive. */
export async function describeService({ ecs }: Ecs, cluster: string, service: string): Promise<Service | undefined> {
  try {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    return services.find(({ status }) => status === 'ACTIVE');
  } catch (error) {
    if (error instanceof ClusterNotFoundException) return undefined;
    throw error;
  }
}

/** Tasks by desired status: RUNNING includes those that are starting, STOPPED those of the last hour. */
export async function tasksOf(
  clients: Ecs,
  cluster: string,
  service: string,
  desiredStatus: 'RUNNING' | 'STOPPED',
): Promise<readonly Task[]> {
  return listedTasks(clients, cluster, { serviceName: service, desiredStatus });
}

/** Those of a task definition that stopped within the last hour, whoever started them. */
export async function stoppedOfFamily(clients: Ecs, cluster: string, family: string): Promise<readonly Task[]> {
  return listedTasks(clients, cluster, { family, desiredStatus: 'STOPPED' });
}

async function listedTasks(
  { ecs }: Ecs,
  cluster: string,
  filter: Omit<ListTasksCommandInput, 'cluster'>,
): Promise<readonly Task[]> {
  const arns: string[] = [];
  const pages = paginateListTasks({ client: ecs }, { cluster, ...filter });
  for await (const page of pages) arns.push(...(page.taskArns ?? []));
  const tasks: Task[] = [];
  for (const batch of batches(arns, tasksPerCall)) {
    const answer = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [...batch] }));
    tasks.push(...(answer.tasks ?? []));
  }
  return tasks.toSorted((a, b) => ((a.taskArn ?? '') < (b.taskArn ?? '') ? -1 : 1));
}

export async function describeTaskDefinition({ ecs }: Ecs, arn: string): Promise<TaskDefinition | undefined> {
  const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
  return taskDefinition;
}

/** The deployment that ECS is rolling out or keeps; after a rollback, the one that was rolled back to. */
export function primaryDeployment({ deployments = [] }: Service): Deployment | undefined {
  return deployments.find(({ status }) => status === 'PRIMARY');
}

/** The part of an ARN after its last slash. */
export function idOf(arn: string | undefined): string {
  return arn?.slice(arn.lastIndexOf('/') + 1) ?? '';
}

function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
