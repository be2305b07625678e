import type { MetricAlarm } from '@pulumi/aws/cloudwatch/metricAlarm.js';
import * as pulumi from '@pulumi/pulumi';
import type { Cluster } from '../compute/cluster.ts';
import type { Job } from '../compute/jobs.ts';
import type { RunningProcess } from '../compute/services.ts';
import type { Contract } from '../contract/contract.ts';
import type { Database } from '../data/database.ts';
import type { Valkey } from '../data/valkey.ts';
import type { Edge } from '../edge/edge.ts';
import { metricsNamespace, type Naming } from '../foundation/naming.ts';
import type { App } from '../manifest/app.ts';
import type { Settings } from '../settings/settings.ts';
import { type Alarms, createAlarm } from './alarm.ts';
import { databaseAlarms } from './alarms/database.ts';
import { edgeAlarms } from './alarms/edge.ts';
import { jobAlarms } from './alarms/jobs.ts';
import { queueAlarms } from './alarms/queue.ts';
import { serviceAlarms } from './alarms/service.ts';
import { valkeyAlarms } from './alarms/valkey.ts';
import { createDashboard, type Measured } from './dashboard.ts';
import type { Notifications } from './notifications.ts';
import { saveQueries } from './saved-queries.ts';

export interface ObservabilityArgs {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly naming: Naming;
  readonly cluster: Cluster;
  readonly app: App;
  readonly services: readonly RunningProcess[];
  readonly jobs: readonly Job[];
  readonly edge: Edge;
  readonly database: Database;
  /** Absent if Valkey is off. */
  readonly valkey: Valkey | undefined;
  readonly notifications: Notifications;
}

/**
 * Alarms on tasks, load balancer, Postgres, queue, Valkey and scheduled runs, a dashboard, and saved log queries. A new alarm goes into
 * the file in alarms/ that is named after what it watches. Alarms that guard rollouts are in rollout-alarms.ts.
 *
 * Cost: each alarm and the dashboard per month, queries per GB scanned.
 * Change: nothing here restarts anything.
 */
export class Observability extends pulumi.ComponentResource {
  constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Observability', name, {}, opts);
    const alarms = createAlarms(args, this);
    const logGroups = args.services.map(({ service }) => service.task.logGroupName);
    createDashboard(name, measuredBy(args, alarms, logGroups), this);
    saveQueries(name, { naming: args.naming, logGroupNames: logGroups }, this);
    this.registerOutputs({});
  }
}

function createAlarms(args: ObservabilityArgs, parent: pulumi.Resource): readonly MetricAlarm[] {
  const { naming, notifications } = args;
  const alarms: Alarms = {
    ...serviceAlarms(args),
    ...edgeAlarms(args),
    ...databaseAlarms(args),
    ...queueAlarms(args),
    ...valkeyAlarms(args),
    ...jobAlarms(args),
  };
  return Object.entries(alarms).map(([name, alarm]) =>
    createAlarm(name, { ...alarm, naming, topicArn: notifications.topicArn, runbooks: notifications.runbooks }, parent),
  );
}

function measuredBy(
  { settings, naming, cluster, services, valkey, edge, database }: ObservabilityArgs,
  alarms: readonly MetricAlarm[],
  logGroups: readonly pulumi.Input<string>[],
): Measured {
  const { shift } = edge;
  return {
    naming,
    region: settings.region,
    alarmArns: alarms.map(({ arn }) => arn),
    cluster: cluster.clusterName,
    services,
    loadBalancer: edge.loadBalancerSuffix,
    sharesLoadBalancer: edge.shared,
    targetGroups: [
      { suffix: edge.targetGroupSuffix },
      ...(shift === undefined ? [] : [{ suffix: shift.alternateTargetGroupSuffix, title: 'alternate' }]),
      ...Object.entries(edge.routed).map(([title, { targetGroupSuffix: suffix }]) => ({ suffix, title })),
    ],
    database: database.identifier,
    valkeyNodes: valkey?.nodes ?? [],
    namespace: metricsNamespace(settings),
    logGroups,
  };
}
