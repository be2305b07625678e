import type { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import type { Listener } from '@pulumi/aws/lb/listener.js';
import { ListenerRule } from '@pulumi/aws/lb/listenerRule.js';
import type { TargetGroup } from '@pulumi/aws/lb/targetGroup.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Naming } from '../foundation/naming.ts';
import type { Process, Route } from '../manifest/app.ts';
import { conditionsOf } from './routes.ts';
import type { TrafficShift } from './traffic-shift.ts';

/** The way from the load balancer to one service. */
export interface Entrance {
  /** Of the load balancer. */
  readonly securityGroup: SecurityGroup;
  readonly targetGroupArn: pulumi.Output<string>;
  /** Dimension of CloudWatch metrics. */
  readonly targetGroupSuffix: pulumi.Output<string>;
  /** Resource label of ALBRequestCountPerTarget. */
  readonly requestCountLabel: pulumi.Output<string>;
  /** Absent for rolling updates, which need one target group only. */
  readonly shift?: TrafficShift;
  /** A service can use a target group only after a listener or a rule does. */
  readonly ready: readonly pulumi.Resource[];
}

export interface Routed {
  readonly process: Process;
  readonly route: Route;
  readonly priority: number;
  readonly listener: Listener;
  readonly targetGroup: TargetGroup;
  readonly naming: Naming;
}

/** Sends the requests of a route to a target group. */
export function createRoute(name: string, routed: Routed, parent: pulumi.Resource): ListenerRule {
  const { route, priority, listener, targetGroup, naming } = routed;
  return new ListenerRule(
    name,
    {
      listenerArn: listener.arn,
      priority,
      conditions: conditionsOf(route),
      actions: [{ type: 'forward', targetGroupArn: targetGroup.arn }],
      tags: naming.tags,
    },
    { parent },
  );
}
