import { DefaultSecurityGroup } from '@pulumi/aws/ec2/defaultSecurityGroup.js';
import { Vpc } from '@pulumi/awsx/ec2/vpc.js';
import * as pulumi from '@pulumi/pulumi';
import type { Encryption } from '../foundation/encryption.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { PermissionsBoundary } from '../foundation/permissions-boundary.ts';
import type { App } from '../manifest/app.ts';
import type { Settings } from '../settings/settings.ts';
import { createFlowLogs } from './flow-logs.ts';
import { createVpcEndpoints } from './vpc-endpoints.ts';

export interface NetworkArgs {
  readonly settings: Settings;
  readonly app: App;
  readonly naming: Naming;
  readonly encryption: Encryption;
  readonly boundary: PermissionsBoundary;
  /** Names of the Availability Zones, in the order of the subnets. Empty where the subnets exist. */
  readonly zones: readonly string[];
}

const natStrategies = { none: 'None', single: 'Single', 'per-zone': 'OnePerAz' } as const;

/**
 * A VPC in two or more Availability Zones: public subnets for the load balancer, private subnets for tasks, and isolated
 * subnets without a route to the internet for Postgres and Valkey.
 *
 * With `existingVpcId`, the subnets are those of a VPC that is not the stack's, and nothing is created here.
 *
 * Cost: NAT gateways per hour and GB; with `vpcEndpoints: all` each endpoint per zone and hour; `flowLogs` per GB.
 * Change: `vpcCidr` and `availabilityZones` cannot change: the CLI refuses it. `natGateways` changes routes in place.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly publicSubnetIds: pulumi.Output<string[]>;
  readonly privateSubnetIds: pulumi.Output<string[]>;
  readonly isolatedSubnetIds: pulumi.Output<string[]>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Network', name, {}, opts);
    const { settings } = args;
    const { vpc: existing } = settings.existing;
    if (existing === undefined) {
      const vpc = createVpc(name, args, this);
      this.vpcId = vpc.vpcId;
      this.publicSubnetIds = vpc.publicSubnetIds;
      this.privateSubnetIds = vpc.privateSubnetIds;
      this.isolatedSubnetIds = vpc.isolatedSubnetIds;
    } else {
      this.vpcId = pulumi.output(existing.id);
      this.publicSubnetIds = pulumi.output([...existing.publicSubnetIds]);
      this.privateSubnetIds = pulumi.output([...existing.privateSubnetIds]);
      this.isolatedSubnetIds = pulumi.output([...existing.databaseSubnetIds]);
    }
    this.registerOutputs({
      vpcId: this.vpcId,
      publicSubnetIds: this.publicSubnetIds,
      privateSubnetIds: this.privateSubnetIds,
      isolatedSubnetIds: this.isolatedSubnetIds,
    });
  }
}

function createVpc(name: string, args: NetworkArgs, parent: pulumi.Resource): Vpc {
  const { settings, app, naming, encryption, boundary, zones } = args;
  const { network } = settings;
  const vpc = new Vpc(
    name,
    {
      cidrBlock: network.cidr,
      availabilityZoneNames: [...zones],
      enableDnsHostnames: true,
      natGateways: { strategy: natStrategies[network.natGateways] },
      subnetStrategy: 'Auto',
      subnetSpecs: [
        { type: 'Public', name: 'public', cidrMask: 22 },
        { type: 'Private', name: 'private', cidrMask: 20 },
        { type: 'Isolated', name: 'isolated', cidrMask: 24 },
      ],
      tags: { ...naming.tags, Name: physicalName(naming, '') },
    },
    { parent },
  );
  // AWS assigns the default security group to whatever names none, and its rules allow traffic. Managed here, it has none.
  // In an environment of a pull request it stays: who may change that of a VPC which does not exist yet may change any.
  if (settings.expiry === undefined) {
    new DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.vpcId, tags: naming.tags }, { parent });
  }

  const { vpcId, privateSubnetIds, routeTables } = vpc;
  createVpcEndpoints(name, { settings, app, naming, vpcId, privateSubnetIds, routeTables }, parent);
  createFlowLogs(name, { settings, naming, encryption, boundary, vpcId }, parent);
  return vpc;
}
