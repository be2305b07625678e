import type * as pulumi from '@pulumi/pulumi';
import type { Contract } from '../../contract/contract.ts';
import type { Edge } from '../../edge/edge.ts';
import { type App, frontOf } from '../../manifest/app.ts';
import type { Alarms } from '../alarm.ts';

interface EdgeAlarmArgs {
  readonly app: App;
  readonly contract: Contract;
  readonly edge: Edge;
}

/** Targets of the load balancer, and its own errors. Those of the targets guard rollouts: see rollout-alarms.ts. */
export function edgeAlarms({ app, edge, contract }: EdgeAlarmArgs): Alarms {
  const { name: front } = frontOf(app);
  const unhealthy = (TargetGroup: pulumi.Input<string>): Alarms[string] => ({
    runbook: 'release-never-becomes-ready',
    reason: 'That is as long as a task may take to start, and three minutes more.',
    description: 'Tasks have failed their readiness check for longer than a rollout or a tolerated outage can explain.',
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
    [`${front}-unhealthy`]: unhealthy(edge.targetGroupSuffix),
    ...Object.fromEntries(
      Object.entries(edge.routed).map(([name, { targetGroupSuffix }]) => [
        `${name}-unhealthy`,
        unhealthy(targetGroupSuffix),
      ]),
    ),
    ...(edge.shift === undefined
      ? {}
      : { [`${front}-unhealthy-alternate`]: unhealthy(edge.shift.alternateTargetGroupSuffix) }),
    ...(edge.shared ? {} : { 'load-balancer-5xx': balancerErrors(edge) }),
  };
}

/** Of all that the load balancer answers: in one that others use, theirs are among them. */
function balancerErrors(edge: Edge): Alarms[string] {
  return {
    runbook: 'errors-or-slow-requests',
    reason: 'Single ones are races of connections that end. More in two of three minutes are not.',
    description: 'The load balancer itself returns 5xx: no healthy task, or tasks refuse or reset connections.',
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
  };
}
