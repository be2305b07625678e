import {
  ClusterNotFoundException,
  type Deployment,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  paginateListServices,
  paginateListTasks,
  type Service,
  type Task,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import type { AwsClients } from './clients.ts';

type Ecs = Pick<AwsClients, 'ecs'>;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html: up to 10 at a time. */
const servicesPerCall = 10;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html: up to 100 at a time. */
const tasksPerCall = 100;

export async function clusterExists({ ecs }: Ecs, cluster: string): Promise<boolean> {
  const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
  return clusters.some(({ status }) => status === 'ACTIVE');
}

/** The services of a cluster that are meant to run, in the order of their names. A deleted one stays visible as INACTIVE. */
export async function activeServices({ ecs }: Ecs, cluster: string): Promise<readonly Service[]> {
  const arns: string[] = [];
  for await (const page of paginateListServices({ client: ecs }, { cluster })) arns.push(...(page.serviceArns ?? []));
  const services: Service[] = [];
  for (const batch of batches(arns, servicesPerCall)) {
    const answer = await ecs.send(new DescribeServicesCommand({ cluster, services: [...batch] }));
    services.push(...(answer.services ?? []));
  }
  return services
    .filter(({ status }) => status === 'ACTIVE')
    .toSorted((a, b) => ((a.serviceName ?? '') < (b.serviceName ?? '') ? -1 : 1));
}

/** `undefined` when there is no such service, or none that is meant to run. */
export async function describeService({ ecs }: Ecs, cluster: string, service: string): Promise<Service | undefined> {
  try {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    return services.find(({ status }) => status === 'ACTIVE');
  } catch (error) {
    if (error instanceof ClusterNotFoundException) return undefined;
    throw error;
  }
}

/** Tasks by what ECS wants of them: RUNNING are those that serve or will serve, STOPPED those of the last hour. */
export async function tasksOf(
  { ecs }: Ecs,
  cluster: string,
  service: string,
  desiredStatus: 'RUNNING' | 'STOPPED',
): Promise<readonly Task[]> {
  const arns: string[] = [];
  const pages = paginateListTasks({ client: ecs }, { cluster, serviceName: service, desiredStatus });
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

/** The deployment that ECS is bringing up or keeps; after a rollback it is the one that was restored. */
export function primaryDeployment({ deployments = [] }: Service): Deployment | undefined {
  return deployments.find(({ status }) => status === 'PRIMARY');
}

/** What comes after the last slash of an ARN. */
export function idOf(arn: string | undefined): string {
  return arn?.slice(arn.lastIndexOf('/') + 1) ?? '';
}

function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
