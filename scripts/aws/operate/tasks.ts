import type { Service, Task } from '@aws-sdk/client-ecs';
import { nothingRuns } from '../../release/nothing-runs.ts';
import { chooseProcess } from '../../release/operations.ts';
import type { AwsClients } from '../clients.ts';
import type { AwsNames } from '../names.ts';
import { activeServices, clusterExists, tasksOf } from '../services.ts';

export interface ServiceOfProcess {
  readonly process: string;
  readonly service: Service;
}

/** The service of a process. Rejects if the environment runs none of that name. */
export async function serviceOf(
  clients: Pick<AwsClients, 'ecs'>,
  names: AwsNames,
  asked: string | undefined,
  purpose: string,
): Promise<ServiceOfProcess> {
  const { cluster, shortName, tags } = names;
  const services = (await clusterExists(clients, cluster)) ? await activeServices(clients, names) : [];
  const nameOf = ({ serviceName = '' }: Service) => shortName(serviceName);
  if (services.length === 0) throw nothingRuns({ kind: 'aws' }, tags.Environment, purpose);
  const process = chooseProcess(tags.Environment, services.map(nameOf), asked);
  const service = services.find((one) => nameOf(one) === process);
  if (service === undefined) throw nothingRuns({ kind: 'aws' }, tags.Environment, purpose);
  return { process, service };
}

/** A running task of it: a healthy one, and of those the oldest. */
export async function runningTask(
  clients: Pick<AwsClients, 'ecs'>,
  { cluster, tags }: AwsNames,
  { process, service }: ServiceOfProcess,
  purpose: string,
): Promise<Task> {
  const tasks = (await tasksOf(clients, cluster, service.serviceName ?? '', 'RUNNING'))
    .filter(({ lastStatus }) => lastStatus === 'RUNNING')
    .toSorted((a, b) => (a.startedAt?.getTime() ?? 0) - (b.startedAt?.getTime() ?? 0));
  const found = tasks.find(({ healthStatus }) => healthStatus === 'HEALTHY') ?? tasks[0];
  if (found === undefined) throw nothingRuns({ kind: 'aws' }, `${tags.Environment}, process ${process},`, purpose);
  return found;
}
