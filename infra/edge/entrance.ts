import { ListenerRule } from '@pulumi/aws/lb/listenerRule.js';
import type { TargetGroup } from '@pulumi/aws/lb/targetGroup.js';
import * as pulumi from '@pulumi/pulumi';
import type { Naming } from '../foundation/naming.ts';
import { type App, type Process, type Route, routedOf } from '../manifest/app.ts';
import type { HasId } from '../network/security-group.ts';
import { conditionsOf } from './routes.ts';
import { createTargetGroup, type TargetGroupArgs } from './target-group.ts';
import type { TrafficShift } from './traffic-shift.ts';

/** The way from the load balancer to one service. */
export interface Entrance {
  /** Of the load balancer. */
  readonly securityGroup: HasId;
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
  readonly listenerArn: pulumi.Input<string>;
  /** Absent: every request of the listener is for this environment. */
  readonly domain?: string;
  readonly targetGroup: TargetGroup;
  readonly naming: Naming;
}

/** Sends the requests of a route to a target group. */
export function createRoute(name: string, routed: Routed, parent: pulumi.Resource): ListenerRule {
  const { route, priority, listenerArn, domain, targetGroup, naming } = routed;
  return new ListenerRule(
    name,
    {
      listenerArn,
      priority,
      conditions: conditionsOf(route, domain),
      actions: [{ type: 'forward', targetGroupArn: targetGroup.arn }],
      tags: naming.tags,
    },
    { parent },
  );
}

/** How requests reach the tasks, whoever has the load balancer. */
export interface EdgeParts {
  readonly host: pulumi.Output<string>;
  readonly securityGroup: HasId;
  readonly targetGroup: TargetGroup;
  readonly loadBalancerSuffix: pulumi.Output<string>;
  readonly shift?: TrafficShift;
  readonly routed: { readonly [process: Process]: Entrance };
  readonly ready: readonly pulumi.Resource[];
}

export interface RoutesArgs extends TargetGroupArgs {
  readonly app: App;
}

interface Through extends Pick<Routed, 'listenerArn' | 'domain'> {
  readonly loadBalancerSuffix: pulumi.Input<string>;
  readonly securityGroup: HasId;
  readonly priorities: Readonly<Record<Process, number>>;
}

/** The ways to the processes that get the requests of a path or a host alone. */
export function createRoutes(
  name: string,
  args: RoutesArgs,
  { loadBalancerSuffix, securityGroup, priorities, ...listening }: Through,
  parent: pulumi.Resource,
): EdgeParts['routed'] {
  const { app, naming } = args;
  const entries = routedOf(app).map(({ name: process, http, route }) => {
    const targetGroup = createTargetGroup(`${name}-${process}`, http, args, parent);
    const priority = priorities[process] ?? 0;
    const rule = createRoute(
      `${name}-${process}`,
      { process, route, priority, ...listening, targetGroup, naming },
      parent,
    );
    const entrance: Entrance = {
      securityGroup,
      targetGroupArn: targetGroup.arn,
      targetGroupSuffix: targetGroup.arnSuffix,
      requestCountLabel: pulumi.interpolate`${loadBalancerSuffix}/${targetGroup.arnSuffix}`,
      ready: [rule],
    };
    return [process, entrance] as const;
  });
  return Object.fromEntries(entries);
}
