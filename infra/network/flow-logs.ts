import { FlowLog } from '@pulumi/aws/ec2/flowLog.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import * as pulumi from '@pulumi/pulumi';
import type { Encryption } from '../foundation/encryption.ts';
import { createLogGroup } from '../foundation/log-group.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { PermissionsBoundary } from '../foundation/permissions-boundary.ts';
import type { Settings } from '../settings/settings.ts';

interface FlowLogsArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly boundary: PermissionsBoundary;
  readonly vpcId: pulumi.Input<string>;
}

/** Records accepted and rejected traffic of the VPC. https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html */
export function createFlowLogs(name: string, args: FlowLogsArgs, parent: pulumi.Resource): void {
  const { settings, naming, boundary, vpcId } = args;
  const { flowLogs } = settings.network;
  if (flowLogs === 'off') return;
  const logGroup = createLogGroup(
    `${name}-flows`,
    { ...args, logGroupName: `/vpc/${physicalName(naming, 'flows')}` },
    parent,
  );
  const role = new Role(
    `${name}-flows`,
    {
      name: physicalName(naming, 'flow-logs', 'role'),
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'vpc-flow-logs.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      }),
      ...boundary.ofRole,
      tags: naming.tags,
    },
    { parent },
  );
  const policy = new RolePolicy(
    `${name}-flows`,
    {
      role: role.name,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'WriteFlows',
            Effect: 'Allow',
            Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
            Resource: [logGroup.arn, pulumi.interpolate`${logGroup.arn}:*`],
          },
        ],
      }),
    },
    { parent },
  );
  new FlowLog(
    name,
    {
      vpcId,
      trafficType: flowLogs === 'all' ? 'ALL' : 'REJECT',
      logDestination: logGroup.arn,
      iamRoleArn: role.arn,
      tags: naming.tags,
    },
    { parent, dependsOn: [policy] },
  );
}
