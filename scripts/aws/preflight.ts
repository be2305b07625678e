import { DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { Service } from '@aws-sdk/client-ecs';
import { DBInstanceNotFoundFault, DescribeDBInstancesCommand, paginateDescribeDBParameters } from '@aws-sdk/client-rds';
import type { Contract } from '../../infra/contract/contract.ts';
import { UserError } from '../messages/user-error.ts';
import type { Clock } from '../release/clock.ts';
import type { Finding } from '../release/target.ts';
import { talkToAws } from './aws-errors.ts';
import type { AwsClients } from './clients.ts';
import type { AwsNames } from './names.ts';
import { assertImagePullable } from './registry.ts';
import { digestOf } from './running.ts';
import { activeServices, clusterExists, describeTaskDefinition } from './services.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html: up to 100 names at a time. */
const alarmsPerCall = 100;
const connectionsWindowSeconds = 5 * 60;

/** Rejects when an alarm that guards rollouts is already firing: ECS ignores such an alarm for the next rollout. */
export async function checkAlarms(clients: Pick<AwsClients, 'ecs' | 'metrics'>, names: AwsNames): Promise<Finding> {
  return talkToAws(async () => {
    const services = await servicesOf(clients, names);
    const alarmNames = [...new Set(services.flatMap(rollbackAlarms))].slice(0, alarmsPerCall);
    if (alarmNames.length === 0) return { skipped: 'no service has rollback alarms yet' };
    const { MetricAlarms = [] } = await clients.metrics.send(
      new DescribeAlarmsCommand({ AlarmNames: alarmNames, StateValue: 'ALARM' }),
    );
    if (MetricAlarms.length === 0) return { value: `none of ${alarmNames.length} is firing` };
    const firing = MetricAlarms.map(({ AlarmName, StateReason }) => `${AlarmName}: ${StateReason}`);
    throw new UserError({
      code: 'ALARM_FIRING',
      message: `${firing.length === 1 ? 'An alarm that guards the rollout is' : `${firing.length} alarms that guard the rollout are`} already firing: ${MetricAlarms.map(({ AlarmName }) => AlarmName).join(', ')}.`,
      rule: 'ECS ignores an alarm that is firing when a rollout starts, so a bad release would not be rolled back.',
      remedy: 'Fix the cause, or run `stack rollback`, which does not check this.',
      details: firing.join('\n'),
    });
  });
}

function rollbackAlarms({ deploymentConfiguration }: Service): readonly string[] {
  const { enable, alarmNames = [] } = deploymentConfiguration?.alarms ?? {};
  return enable === true ? alarmNames : [];
}

/**
 * Rejects when the database has too few free connections for a rollout. The contract has checked the settings; this
 * checks what is there now: tasks after scaling out, other clients of the database, a `max_connections` that is pending
 * a reboot.
 */
export async function checkConnections(
  clients: Pick<AwsClients, 'ecs' | 'rds' | 'metrics'>,
  names: AwsNames,
  contract: Pick<Contract, 'processes' | 'database'>,
  clock: Clock,
): Promise<Finding> {
  return talkToAws(async () => {
    const limit = await readMaxConnections(clients, names.database);
    if (limit === 'no database') return { skipped: 'there is no database yet' };
    if (limit === undefined)
      return { unknown: 'the max_connections in use cannot be told: a change is pending a reboot' };
    if (names.sharedDatabase !== undefined && limit < contract.database.maxConnections) {
      throw new UserError({
        code: 'CONNECTIONS_SHORT',
        message: `${names.database} allows ${limit} connections, and databaseMaxConnections says ${contract.database.maxConnections}.`,
        rule: 'The pools of the tasks are sized by it.',
        remedy: `Set databaseMaxConnections to ${limit}.`,
      });
    }
    const used = await readConnections(clients, names.database, clock);
    if (used === undefined) return { unknown: 'CloudWatch has no DatabaseConnections of the last 5 minutes' };
    const services = await servicesOf(clients, names);
    const largest = Math.max(...Object.values(contract.processes).map(({ poolSize }) => poolSize));
    const pools = services.map(({ serviceName = '', desiredCount = 0 }) => ({
      tasks: desiredCount,
      // Of one that the program does not have any more, the pool is unknown: none is larger than the largest.
      size: contract.processes[names.shortName(serviceName)]?.poolSize ?? largest,
    }));
    const needed = pools.reduce((sum, { tasks, size }) => sum + tasks * size, contract.database.migrationConnections);
    if (used + needed <= limit) return { value: `${limit - used} of ${limit} free, a rollout needs up to ${needed}` };
    throw new UserError({
      code: 'CONNECTIONS_SHORT',
      message: `The database has ${limit - used} of ${limit} connections left; a rollout needs up to ${needed}.`,
      rule: `During a rollout old and new tasks run side by side: ${pools.map(({ tasks, size }) => `${tasks} new tasks with a pool of ${size} each`).join(', ')}, and migrations with ${contract.database.migrationConnections}.`,
      remedy:
        'Find out who holds connections (pg_stat_activity), or set a smaller databasePoolSizeMax or a larger databaseInstanceClass.',
    });
  });
}

/** The limit in force; `undefined` where it cannot be told. */
async function readMaxConnections(
  { rds }: Pick<AwsClients, 'rds'>,
  database: string,
): Promise<number | 'no database' | undefined> {
  try {
    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: database }));
    const group = DBInstances[0]?.DBParameterGroups?.[0];
    // A value that is pending a reboot is not in force.
    if (group?.DBParameterGroupName === undefined || group.ParameterApplyStatus !== 'in-sync') return undefined;
    const pages = paginateDescribeDBParameters(
      { client: rds },
      { DBParameterGroupName: group.DBParameterGroupName, Source: 'user' },
    );
    for await (const { Parameters = [] } of pages) {
      const value = Parameters.find(({ ParameterName }) => ParameterName === 'max_connections')?.ParameterValue;
      if (value !== undefined && /^\d+$/.test(value)) return Number(value);
    }
    return undefined;
  } catch (error) {
    if (error instanceof DBInstanceNotFoundFault) return 'no database';
    throw error;
  }
}

async function readConnections(
  { metrics }: Pick<AwsClients, 'metrics'>,
  database: string,
  clock: Clock,
): Promise<number | undefined> {
  const { MetricDataResults = [] } = await metrics.send(
    new GetMetricDataCommand({
      StartTime: new Date(clock.now() - connectionsWindowSeconds * 1000),
      EndTime: new Date(clock.now()),
      MetricDataQueries: [
        {
          Id: 'connections',
          MetricStat: {
            Metric: {
              Namespace: 'AWS/RDS',
              MetricName: 'DatabaseConnections',
              Dimensions: [{ Name: 'DBInstanceIdentifier', Value: database }],
            },
            Period: 60,
            Stat: 'Maximum',
          },
        },
      ],
    }),
  );
  const values = MetricDataResults[0]?.Values ?? [];
  return values.length === 0 ? undefined : Math.max(...values);
}

/**
 * What would keep ECS from going back to the current release if the next rollout failed; one line each. No reason to
 * refuse: the next release may be the fix.
 */
export async function rollbackTargetProblems(
  clients: Pick<AwsClients, 'ecs' | 'ecr' | 'region' | 'config'>,
  names: AwsNames,
): Promise<readonly string[]> {
  return talkToAws(async () => {
    const services = await servicesOf(clients, names);
    const problems = await Promise.all(services.map((service) => problemOf(clients, names, service)));
    return problems.filter((problem) => problem !== undefined);
  });
}

async function problemOf(
  clients: Pick<AwsClients, 'ecs' | 'ecr' | 'region' | 'config'>,
  names: AwsNames,
  { serviceName = '', taskDefinition = '' }: Service,
): Promise<string | undefined> {
  const name = names.shortName(serviceName);
  const definition = await describeTaskDefinition(clients, taskDefinition);
  if (definition?.status !== 'ACTIVE') return `${name}: its task definition ${taskDefinition} was deregistered`;
  const image = definition.containerDefinitions?.find((container) => container.name === name)?.image;
  if (image === undefined || digestOf(image) === undefined) return `${name}: its image is not named by a digest`;
  try {
    await assertImagePullable(clients, { version: 'what runs', image });
    return undefined;
  } catch (error) {
    if (error instanceof UserError && error.code.startsWith('IMAGE_')) return `${name}: ${error.message}`;
    throw error;
  }
}

async function servicesOf(clients: Pick<AwsClients, 'ecs'>, names: AwsNames): Promise<readonly Service[]> {
  return (await clusterExists(clients, names.cluster)) ? activeServices(clients, names) : [];
}
