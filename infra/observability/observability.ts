import * as pulumi from '@pulumi/pulumi';
import { instanceMemoryMiB } from '../catalog/rds-instance-classes.ts';
import type { Cluster } from '../compute/cluster.ts';
import { metricsNamespace } from '../compute/container/environment.ts';
import type { Service } from '../compute/service.ts';
import type { Contract } from '../contract/contract.ts';
import type { Database } from '../data/database.ts';
import type { Valkey } from '../data/valkey.ts';
import type { Edge } from '../edge/edge.ts';
import type { Naming } from '../foundation/naming.ts';
import type { Settings } from '../settings/settings.ts';
import { type Alarms, createAlarm } from './alarm.ts';
import { eventLoopAlarm, valkeyAlarms, workerAlarms } from './alarms/queue.ts';
import { createDashboard } from './dashboard.ts';
import type { Notifications } from './notifications.ts';
import { saveQueries } from './saved-queries.ts';

export interface ObservabilityArgs {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly naming: Naming;
  readonly cluster: Cluster;
  readonly api: Service;
  readonly edge: Edge;
  readonly database: Database;
  /** Absent: nothing works on jobs. */
  readonly worker: Service | undefined;
  /** Absent: there is none. */
  readonly valkey: Valkey | undefined;
  readonly notifications: Notifications;
}

/**
 * Alarms on what runs: tasks, load balancer, database, queue and Valkey; those that judge a rollout are in
 * rollout-alarms.ts. A dashboard, and saved queries of the logs.
 *
 * Cost: each alarm and the dashboard by the month, queries by the GB that they read.
 * Change: none of them restarts anything.
 */
export class Observability extends pulumi.ComponentResource {
  constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Observability', name, {}, opts);
    const { naming, notifications } = args;
    const alarms: Alarms = {
      ...serviceAlarms(args),
      ...edgeAlarms(args),
      ...databaseAlarms(args),
      ...workerAlarms(args),
      ...valkeyAlarms(args),
    };
    const created = Object.entries(alarms).map(([alarm, of]) =>
      createAlarm(alarm, { ...of, naming, topicArn: notifications.topicArn }, this),
    );
    const { settings, cluster, api, worker, valkey, edge, database } = args;
    const logGroups = [api, ...(worker === undefined ? [] : [worker])].map(({ task }) => task.logGroupName);
    const measured = {
      naming,
      region: settings.region,
      alarmArns: created.map(({ arn }) => arn),
      cluster: cluster.clusterName,
      service: api.serviceName,
      loadBalancer: edge.loadBalancerSuffix,
      targetGroups: [
        edge.targetGroupSuffix,
        ...(edge.shift === undefined ? [] : [edge.shift.alternateTargetGroupSuffix]),
      ],
      database: database.identifier,
      worker: worker?.serviceName,
      valkeyNodes: valkey?.nodes ?? [],
      namespace: metricsNamespace(settings),
      logGroups,
    };
    createDashboard(name, measured, this);
    saveQueries(name, { naming, logGroupNames: logGroups }, this);
    this.registerOutputs({});
  }
}

const fiveMinutes = { periodSeconds: 60, periods: 5 } as const;

function serviceAlarms({ cluster, api, edge, settings }: ObservabilityArgs): Alarms {
  const dimensions = { ClusterName: cluster.clusterName, ServiceName: api.serviceName };
  return {
    'api-cpu': {
      description: 'API tasks are at their CPU limit: autoscaling is at apiMaxCount, or something spins.',
      metric: { namespace: 'AWS/ECS', name: 'CPUUtilization', dimensions, statistic: 'Average' },
      comparison: 'GreaterThanThreshold',
      threshold: 90,
      ...fiveMinutes,
      missingData: 'notBreaching',
    },
    'api-memory': {
      description:
        'An API task is about to be killed for its memory (exit 137). Look for a leak, or raise apiMemoryMiB.',
      metric: { namespace: 'AWS/ECS', name: 'MemoryUtilization', dimensions, statistic: 'Maximum' },
      comparison: 'GreaterThanThreshold',
      threshold: 90,
      ...fiveMinutes,
      missingData: 'notBreaching',
    },
    'api-event-loop': eventLoopAlarm(settings, 'api'),
    'api-no-task': {
      description: 'No API task runs. Look at the events of the service and at why its last tasks stopped.',
      metric:
        settings.observability.containerInsights === 'disabled'
          ? // Only Container Insights counts tasks; the load balancer counts the healthy ones.
            {
              namespace: 'AWS/ApplicationELB',
              name: 'HealthyHostCount',
              dimensions: { LoadBalancer: edge.loadBalancerSuffix, TargetGroup: edge.targetGroupSuffix },
              statistic: 'Minimum',
            }
          : { namespace: 'ECS/ContainerInsights', name: 'RunningTaskCount', dimensions, statistic: 'Minimum' },
      comparison: 'LessThanThreshold',
      threshold: 1,
      periodSeconds: 60,
      periods: 3,
      // A service without a task sends no figures; by night it may be meant to have none.
      missingData: settings.nightlyStop === undefined ? 'breaching' : 'notBreaching',
    },
  };
}

function edgeAlarms({ edge, contract }: ObservabilityArgs): Alarms {
  const unhealthy = (TargetGroup: pulumi.Input<string>): Alarms[string] => ({
    description: 'Tasks fail /ready for longer than a rollout or an outage that is tolerated explains.',
    metric: {
      namespace: 'AWS/ApplicationELB',
      name: 'UnHealthyHostCount',
      dimensions: { LoadBalancer: edge.loadBalancerSuffix, TargetGroup },
      statistic: 'Maximum',
    },
    comparison: 'GreaterThanThreshold',
    threshold: 0,
    periodSeconds: 60,
    periods: Math.ceil(contract.gracePeriodSeconds / 60) + 3,
    missingData: 'notBreaching',
  });
  return {
    'api-unhealthy': unhealthy(edge.targetGroupSuffix),
    ...(edge.shift === undefined
      ? {}
      : { 'api-unhealthy-alternate': unhealthy(edge.shift.alternateTargetGroupSuffix) }),
    'load-balancer-5xx': {
      description: 'The load balancer itself answers 5xx: no healthy task, or connections that are refused or cut.',
      metric: {
        namespace: 'AWS/ApplicationELB',
        name: 'HTTPCode_ELB_5XX_Count',
        dimensions: { LoadBalancer: edge.loadBalancerSuffix },
        statistic: 'Sum',
      },
      comparison: 'GreaterThanThreshold',
      threshold: 10,
      periodSeconds: 60,
      periods: 3,
      datapoints: 2,
      missingData: 'notBreaching',
    },
  };
}

function databaseAlarms({ database, contract, settings }: ObservabilityArgs): Alarms {
  const metric = (name: string, statistic: string) => ({
    namespace: 'AWS/RDS',
    name,
    dimensions: { DBInstanceIdentifier: database.identifier },
    statistic,
  });
  const bytesPerGiB = 1024 ** 3;
  const bytesPerMiB = 1024 ** 2;
  return {
    'database-cpu': {
      description: 'The database is at its CPU limit. Performance Insights shows which statements take it.',
      metric: metric('CPUUtilization', 'Average'),
      comparison: 'GreaterThanThreshold',
      threshold: 90,
      periodSeconds: 60,
      periods: 10,
      missingData: 'notBreaching',
    },
    'database-connections': {
      description: 'Nine of ten connections are taken: somebody beside the tasks holds them. See pg_stat_activity.',
      metric: metric('DatabaseConnections', 'Maximum'),
      comparison: 'GreaterThanThreshold',
      threshold: Math.floor(contract.database.maxConnections * 0.9),
      ...fiveMinutes,
      missingData: 'notBreaching',
    },
    'database-storage': {
      description: 'The database runs out of storage although it grows by itself: see databaseMaxStorageGiB.',
      metric: metric('FreeStorageSpace', 'Minimum'),
      comparison: 'LessThanThreshold',
      // RDS grows the storage when less than a tenth is free; below half of that it does not any more.
      threshold: settings.database.storageGiB * bytesPerGiB * 0.05,
      ...fiveMinutes,
      missingData: 'notBreaching',
    },
    'database-memory': {
      description: 'The database runs out of memory and will swap: take a larger databaseInstanceClass.',
      metric: metric('FreeableMemory', 'Minimum'),
      comparison: 'LessThanThreshold',
      threshold: instanceMemoryMiB(settings.database.instanceClass) * bytesPerMiB * 0.05,
      periodSeconds: 60,
      periods: 10,
      missingData: 'notBreaching',
    },
  };
}
