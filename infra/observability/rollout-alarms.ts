import * as pulumi from '@pulumi/pulumi';
import { rollbackAlarmTimings } from '../contract/alarm-timings.ts';
import type { Contract } from '../contract/contract.ts';
import type { Edge } from '../edge/edge.ts';
import type { Naming } from '../foundation/naming.ts';
import { type App, frontOf } from '../manifest/app.ts';
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
  readonly alarmNames: readonly pulumi.Output<string>[];

  constructor(name: string, args: RolloutAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:RolloutAlarms', name, {}, opts);
    const { app, edge, contract, naming, notifications } = args;
    const { name: front } = frontOf(app);
    const shared = { naming, topicArn: notifications.topicArn, missingData: 'notBreaching' } as const;
    // Per load balancer, because a traffic shift moves requests between two target groups.
    const dimensions = { LoadBalancer: edge.loadBalancerSuffix };
    const errors = createAlarm(
      `${front}-5xx`,
      {
        ...shared,
        description:
          'The app returned more than 10 5xx responses per minute. Query its logs by correlation id. During a rollout, ECS rolls back.',
        metric: { namespace: 'AWS/ApplicationELB', name: 'HTTPCode_Target_5XX_Count', dimensions, statistic: 'Sum' },
        comparison: 'GreaterThanThreshold',
        // A handful are races and retries of clients. More than that in two of three minutes is a defect.
        threshold: 10,
        ...rollbackAlarmTimings.errors,
      },
      this,
    );
    const slow = createAlarm(
      `${front}-latency-p99`,
      {
        ...shared,
        description:
          'p99 latency exceeds half of longestRequestSeconds. The dashboard shows the bottleneck. During a rollout, ECS rolls back.',
        metric: { namespace: 'AWS/ApplicationELB', name: 'TargetResponseTime', dimensions, statistic: 'p99' },
        comparison: 'GreaterThanThreshold',
        threshold: contract.longestRequestSeconds / 2,
        ...rollbackAlarmTimings.latency,
      },
      this,
    );
    this.alarmNames = [errors.name, slow.name];
    this.registerOutputs({ alarmNames: this.alarmNames });
  }
}
