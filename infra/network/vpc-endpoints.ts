import type { RouteTable } from '@pulumi/aws/ec2/routeTable.js';
import { VpcEndpoint } from '@pulumi/aws/ec2/vpcEndpoint.js';
import { SecurityGroupIngressRule } from '@pulumi/aws/vpc/securityGroupIngressRule.js';
import * as pulumi from '@pulumi/pulumi';
import type { Naming } from '../foundation/naming.ts';
import type { App } from '../manifest/app.ts';
import { readsParameters } from '../manifest/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import { createSecurityGroup } from './security-group.ts';

interface VpcEndpointsArgs {
  readonly settings: Settings;
  readonly app: App;
  readonly naming: Naming;
  readonly vpcId: pulumi.Output<string>;
  readonly privateSubnetIds: pulumi.Output<string[]>;
  readonly routeTables: pulumi.Output<RouteTable[]>;
}

/** Services that a task calls when it starts and while it runs. */
function interfacesOf({ settings, app }: Pick<VpcEndpointsArgs, 'settings' | 'app'>): readonly string[] {
  return [
    ...['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager'],
    // Where ECS reads the secrets that a person sets.
    ...(readsParameters(app, settings) ? ['ssm'] : []),
    ...(settings.ecsExec ? ['ssmmessages'] : []),
  ];
}

/** Private connections to AWS that bypass the NAT gateway. Image layers come from S3, whose gateway endpoint is free. */
export function createVpcEndpoints(name: string, args: VpcEndpointsArgs, parent: pulumi.Resource): void {
  const { settings, naming, vpcId, routeTables } = args;
  const { vpcEndpoints } = settings.network;
  if (vpcEndpoints === 'none') return;
  new VpcEndpoint(
    `${name}-s3`,
    {
      vpcId,
      vpcEndpointType: 'Gateway',
      serviceName: `com.amazonaws.${settings.region}.s3`,
      routeTableIds: routeTables.apply((tables) => pulumi.all(tables.map(({ id }) => id))),
      tags: naming.tags,
    },
    { parent },
  );
  if (vpcEndpoints === 'all') createInterfaces(name, args, parent);
}

function createInterfaces(
  name: string,
  { settings, app, naming, vpcId, privateSubnetIds }: VpcEndpointsArgs,
  parent: pulumi.Resource,
): void {
  const group = createSecurityGroup(`${name}-endpoints`, { vpcId, description: 'VPC endpoints', naming }, parent);
  new SecurityGroupIngressRule(
    `${name}-endpoints`,
    {
      securityGroupId: group.id,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      cidrIpv4: settings.network.cidr,
      description: 'HTTPS from the VPC',
      tags: naming.tags,
    },
    { parent },
  );
  for (const service of interfacesOf({ settings, app })) {
    new VpcEndpoint(
      `${name}-${service.replace('.', '-')}`,
      {
        vpcId,
        vpcEndpointType: 'Interface',
        serviceName: `com.amazonaws.${settings.region}.${service}`,
        privateDnsEnabled: true,
        subnetIds: privateSubnetIds,
        securityGroupIds: [group.id],
        tags: naming.tags,
      },
      { parent },
    );
  }
}
