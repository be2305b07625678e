import * as pulumi from '@pulumi/pulumi';
import { rollbackAlarmTimings } from '../contract/alarm-timings.ts';
import type { Contract } from '../contract/contract.ts';
import type { Edge } from '../edge/edge.ts';
import type { Naming } from '../foundation/naming.ts';
import { type App, type Process, servingOf } from '../manifest/app.ts';
import { createAlarm } from './alarm.ts';
import type { Notifications } from './notifications.ts';

export interface RolloutAlarmsArgs {
  readonly app: App;
  readonly contract: Contract;
  readonly naming: Naming;
  readonly edge: Edge;
  readonly notifications: Notifications;
}

/**
 * Alarms that roll a rollout back: tasks may pass their health checks and still return errors or respond slowly. They use
 * metrics of the load balancer only, so that they exist before the first service.
 * ECS ignores an alarm that is already firing when a rollout starts.
 *
 * Cost: each alarm per month.
 * Change: nothing here restarts anything.
 */
export class RolloutAlarms extends pulumi.ComponentResource {
  /** By the process whose rollout they guard. */
  readonly alarmNames: Readonly<Record<Process, readonly pulumi.Output<string>[]>>;

  constructor(name: string, args: RolloutAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:RolloutAlarms', name, {}, opts);
    this.alarmNames = Object.fromEntries(
      servingOf(args.app).map(({ name: process }) => [process, createAlarms(process, args, this)]),
    );
    this.registerOutputs({ alarmNames: this.alarmNames });
  }
}

function createAlarms(
  process: Process,
  { app, edge, contract, naming, notifications }: RolloutAlarmsArgs,
  parent: pulumi.Resource,
): readonly pulumi.Output<string>[] {
  const shared = {
    naming,
    topicArn: notifications.topicArn,
    runbook: 'errors-or-slow-requests',
    runbooks: notifications.runbooks,
    missingData: 'notBreaching',
  } as const;
  const LoadBalancer = edge.loadBalancerSuffix;
  const routed = edge.routed[process];
  // Per load balancer where one process gets all of its requests, and where a traffic shift moves them between two target groups.
  const alone = !edge.shared && (servingOf(app).length === 1 || (routed === undefined && edge.shift !== undefined));
  const dimensions = alone ? { LoadBalancer } : { LoadBalancer, TargetGroup: (routed ?? edge).targetGroupSuffix };
  const errors = createAlarm(
    `${process}-5xx`,
    {
      ...shared,
      reason: 'A handful are races and retries of clients. More in two of three minutes are a defect.',
      description: `${process} returned more than 10 5xx responses per minute. Query its logs by correlation id. During a rollout, ECS rolls back.`,
      metric: { namespace: 'AWS/ApplicationELB', name: 'HTTPCode_Target_5XX_Count', dimensions, statistic: 'Sum' },
      comparison: 'GreaterThanThreshold',
      threshold: 10,
      ...rollbackAlarmTimings.errors,
    },
    parent,
  );
  const slow = createAlarm(
    `${process}-latency-p99`,
    {
      ...shared,
      reason: 'At all of longestRequestSeconds, requests are cut off.',
      description: `p99 latency of ${process} exceeds half of longestRequestSeconds. The dashboard shows the bottleneck. During a rollout, ECS rolls back.`,
      metric: { namespace: 'AWS/ApplicationELB', name: 'TargetResponseTime', dimensions, statistic: 'p99' },
      comparison: 'GreaterThanThreshold',
      threshold: contract.longestRequestSeconds / 2,
      ...rollbackAlarmTimings.latency,
    },
    parent,
  );
  return [errors.name, slow.name];
}
