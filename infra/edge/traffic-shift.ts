import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import type { Listener } from '@pulumi/aws/lb/listener.js';
import { ListenerRule } from '@pulumi/aws/lb/listenerRule.js';
import type { TargetGroup } from '@pulumi/aws/lb/targetGroup.js';
import * as pulumi from '@pulumi/pulumi';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { PermissionsBoundary } from '../foundation/permissions-boundary.ts';

/** What ECS needs to shift traffic between two target groups. */
export interface TrafficShift {
  readonly alternateTargetGroupArn: pulumi.Output<string>;
  /** Dimension of CloudWatch metrics. */
  readonly alternateTargetGroupSuffix: pulumi.Output<string>;
  readonly productionRuleArn: pulumi.Output<string>;
  readonly testRuleArn: pulumi.Output<string>;
  readonly roleArn: pulumi.Output<string>;
  /** A service can refer to the rules only after these exist. */
  readonly ready: readonly pulumi.Resource[];
}

export interface TrafficShiftArgs {
  readonly naming: Naming;
  readonly boundary: PermissionsBoundary;
  /** The listener that serves requests. */
  readonly listener: Listener;
  readonly primary: TargetGroup;
  readonly alternate: TargetGroup;
  /** Other rules of the listener come first. */
  readonly last: boolean;
}

/** Routes a request to the new tasks before they receive production traffic. */
export const testHeader = Object.freeze({ name: 'X-Release', value: 'candidate' });

/**
 * Two listener rules ahead of the default action: the production rule matches every request, and ECS changes its weights
 * when a release takes over. The test rule matches requests with the test header. Neither opens another port.
 */
export function createTrafficShift(name: string, args: TrafficShiftArgs, parent: pulumi.Resource): TrafficShift {
  const test = { httpHeader: { httpHeaderName: testHeader.name, values: [testHeader.value] } };
  const testRule = createRule(`${name}-test`, args.last ? 49_001 : 10, test, args, parent);
  const productionRule = createRule(
    `${name}-production`,
    args.last ? 49_002 : 100,
    { pathPattern: { values: ['/*'] } },
    args,
    parent,
  );
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
  // ECS requires rules that reference both target groups. With one of them the first rollout is rolled back.
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
    // ECS owns the weights: resetting them would send requests to the wrong tasks.
    { parent, ignoreChanges: ['actions'] },
  );
}

/**
 * Role that ECS assumes to register targets and change weights: the permissions of
 * AmazonECSInfrastructureRolePolicyForLoadBalancers, limited to these target groups and rules.
 */
function createRole(
  name: string,
  { naming, boundary, primary, alternate }: TrafficShiftArgs,
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
      ...boundary.ofRole,
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
            // Describe actions do not support resource-level permissions.
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
