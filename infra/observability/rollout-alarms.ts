import * as pulumi from '@pulumi/pulumi';
import { rollbackAlarmTimings } from '../contract/alarm-timings.ts';
import type { Contract } from '../contract/contract.ts';
import type { Edge } from '../edge/edge.ts';
import type { Naming } from '../foundation/naming.ts';
import { createAlarm } from './alarm.ts';
import type { Notifications } from './notifications.ts';

export interface RolloutAlarmsArgs {
  readonly contract: Contract;
  readonly naming: Naming;
  readonly edge: Edge;
  readonly notifications: Notifications;
}

/**
 * The alarms that end a rollout: tasks may pass their health checks and still answer with errors, or too slowly.
 * They look at the load balancer alone, so that they exist before the first service does.
 * ECS ignores an alarm that already fires when a rollout begins.
 *
 * Cost: each alarm by the month.
 * Change: none of them restarts anything.
 */
export class RolloutAlarms extends pulumi.ComponentResource {
  readonly alarmNames: readonly pulumi.Output<string>[];

  constructor(name: string, args: RolloutAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:RolloutAlarms', name, {}, opts);
    const { edge, contract, naming, notifications } = args;
    const shared = { naming, topicArn: notifications.topicArn, missingData: 'notBreaching' } as const;
    // Traffic moves between two target groups, or has only one: the load balancer's own figure is about both.
    const dimensions = { LoadBalancer: edge.loadBalancerSuffix };
    const errors = createAlarm(
      'api-5xx',
      {
        ...shared,
        description: 'The API answers with 5xx. Look at its logs by correlation id; during a rollout ECS rolls back.',
        metric: { namespace: 'AWS/ApplicationELB', name: 'HTTPCode_Target_5XX_Count', dimensions, statistic: 'Sum' },
        comparison: 'GreaterThanThreshold',
        // A handful are clients' races and retries; more than that in two minutes of three is a defect.
        threshold: 10,
        ...rollbackAlarmTimings.errors,
      },
      this,
    );
    const slow = createAlarm(
      'api-latency-p99',
      {
        ...shared,
        description: 'One request of a hundred takes longer than half of the longest that is allowed.',
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
