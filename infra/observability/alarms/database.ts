import { databaseConnectionsLimit } from '../../contract/alarm-limits.ts';
import type { Contract } from '../../contract/contract.ts';
import type { Database } from '../../data/database.ts';
import type { Alarms } from '../alarm.ts';

interface DatabaseAlarmArgs {
  readonly contract: Contract;
  readonly database: Database;
}

const bytesPerGiB = 1024 ** 3;
const bytesPerMiB = 1024 ** 2;

/** CPU, connections, storage and memory of Postgres. */
export function databaseAlarms({ database, contract }: DatabaseAlarmArgs): Alarms {
  const { memoryMiB } = database.sizes;
  const metric = (name: string, statistic: string) => ({
    namespace: 'AWS/RDS',
    name,
    dimensions: { DBInstanceIdentifier: database.identifier },
    statistic,
  });
  return {
    'database-cpu': {
      runbook: 'database-at-its-limits',
      reason: 'A backup or a vacuum uses it for a few minutes, not for ten.',
      description:
        'CPU of the database exceeds 90%. CloudWatch Database Insights shows which statements use it: choose a larger databaseInstanceClass, or fix them.',
      metric: metric('CPUUtilization', 'Average'),
      comparison: 'GreaterThanThreshold',
      threshold: 90,
      periodSeconds: 60,
      periods: 10,
      missingData: 'notBreaching',
    },
    'database-connections': {
      runbook: 'database-connections-exhausted',
      reason: 'The pools of all tasks together stay below.',
      description:
        'More than 90% of max_connections are in use: something other than the tasks holds connections. See pg_stat_activity.',
      metric: metric('DatabaseConnections', 'Maximum'),
      comparison: 'GreaterThanThreshold',
      threshold: databaseConnectionsLimit(contract),
      periodSeconds: 60,
      periods: 5,
      missingData: 'notBreaching',
    },
    'database-storage': {
      runbook: 'database-at-its-limits',
      reason: 'Autoscaling adds storage at 10% free. At half of that it has reached its maximum.',
      description: 'Free storage is low although storage autoscaling is on: raise databaseMaxStorageGiB.',
      metric: metric('FreeStorageSpace', 'Minimum'),
      comparison: 'LessThanThreshold',
      threshold: database.sizes.storageGiB * bytesPerGiB * 0.05,
      periodSeconds: 60,
      periods: 5,
      missingData: 'notBreaching',
    },
    ...(memoryMiB === undefined
      ? {}
      : { 'database-memory': memoryAlarm(metric('FreeableMemory', 'Minimum'), memoryMiB) }),
  };
}

function memoryAlarm(metric: Alarms[string]['metric'], memoryMiB: number): Alarms[string] {
  return {
    runbook: 'database-at-its-limits',
    reason: 'Postgres leaves little memory free on purpose, but swaps below 5%.',
    description:
      'Freeable memory of the database is below 5%, and it will swap: choose a larger databaseInstanceClass.',
    metric,
    comparison: 'LessThanThreshold',
    threshold: memoryMiB * bytesPerMiB * 0.05,
    periodSeconds: 60,
    periods: 10,
    missingData: 'notBreaching',
  };
}
