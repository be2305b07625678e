import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import type { Listener } from '@pulumi/aws/lb/listener.js';
import { ListenerRule } from '@pulumi/aws/lb/listenerRule.js';
import type { TargetGroup } from '@pulumi/aws/lb/targetGroup.js';
import * as pulumi from '@pulumi/pulumi';
import { type Naming, physicalName } from '../foundation/naming.ts';

/** What ECS needs to move traffic from one fleet of tasks to another. */
export interface TrafficShift {
  readonly alternateTargetGroupArn: pulumi.Output<string>;
  /** Name in the metrics of CloudWatch. */
  readonly alternateTargetGroupSuffix: pulumi.Output<string>;
  readonly productionRuleArn: pulumi.Output<string>;
  readonly testRuleArn: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;
  /** A service can be told of it only once these are there. */
  readonly ready: readonly pulumi.Resource[];
}

export interface TrafficShiftArgs {
  readonly naming: Naming;
  /** The one that serves requests. */
  readonly listener: Listener;
  readonly primary: TargetGroup;
  readonly alternate: TargetGroup;
}

/** A request that carries it reaches the new fleet before anybody else does. */
export const testHeader = Object.freeze({ name: 'X-Release', value: 'candidate' });

/**
 * Two rules before the listener's own default: one for everything, whose weights ECS turns when a release takes over,
 * and one for requests that ask for the release to come. Neither opens a port that was closed.
 */
export function createTrafficShift(name: string, args: TrafficShiftArgs, parent: pulumi.Resource): TrafficShift {
  const test = { httpHeader: { httpHeaderName: testHeader.name, values: [testHeader.value] } };
  const testRule = createRule(`${name}-test`, 10, test, args, parent);
  const productionRule = createRule(`${name}-production`, 100, { pathPattern: { values: ['/*'] } }, args, parent);
  const { role, policy } = createRole(name, args, [productionRule, testRule], parent);
  return {
    alternateTargetGroupArn: args.alternate.arn,
    alternateTargetGroupSuffix: args.alternate.arnSuffix,
    productionRuleArn: productionRule.arn,
    testRuleArn: testRule.arn,
    roleArn: role.arn,
    ready: [productionRule, testRule, policy],
  };
}

type Condition =
  | { readonly httpHeader: { readonly httpHeaderName: string; readonly values: string[] } }
  | { readonly pathPattern: { readonly values: string[] } };

function createRule(
  name: string,
  priority: number,
  condition: Condition,
  { naming, listener, primary, alternate }: TrafficShiftArgs,
  parent: pulumi.Resource,
): ListenerRule {
  // ECS wants a rule that already knows both groups: with one alone, the first rollout is taken back.
  const targetGroups = [
    { arn: primary.arn, weight: 1 },
    { arn: alternate.arn, weight: 0 },
  ];
  return new ListenerRule(
    name,
    {
      listenerArn: listener.arn,
      priority,
      conditions: [condition],
      actions: [{ type: 'forward', forward: { targetGroups } }],
      tags: naming.tags,
    },
    // The weights are ECS's from the first rollout on: setting them back would send requests to the wrong fleet.
    { parent, ignoreChanges: ['actions'] },
  );
}

/**
 * The role in which ECS moves targets and weights: what AmazonECSInfrastructureRolePolicyForLoadBalancers allows in the
 * whole account, for these two groups and rules alone.
 */
function createRole(
  name: string,
  { naming, primary, alternate }: TrafficShiftArgs,
  rules: readonly ListenerRule[],
  parent: pulumi.Resource,
): { readonly role: Role; readonly policy: RolePolicy } {
  const role = new Role(
    `${name}-traffic`,
    {
      name: physicalName(naming, 'traffic', 'role'),
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      }),
      tags: naming.tags,
    },
    { parent },
  );
  const policy = new RolePolicy(
    `${name}-traffic`,
    {
      role: role.name,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            // The API has no resource for what it describes.
            Sid: 'LookAtLoadBalancer',
            Effect: 'Allow',
            Action: [
              'elasticloadbalancing:DescribeListeners',
              'elasticloadbalancing:DescribeRules',
              'elasticloadbalancing:DescribeTargetGroups',
              'elasticloadbalancing:DescribeTargetHealth',
            ],
            Resource: '*',
          },
          {
            Sid: 'MoveTasks',
            Effect: 'Allow',
            Action: ['elasticloadbalancing:DeregisterTargets', 'elasticloadbalancing:RegisterTargets'],
            Resource: [primary.arn, alternate.arn],
          },
          {
            Sid: 'MoveTraffic',
            Effect: 'Allow',
            Action: 'elasticloadbalancing:ModifyRule',
            Resource: rules.map(({ arn }) => arn),
          },
        ],
      }),
    },
    { parent },
  );
  return { role, policy };
}
