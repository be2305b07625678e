import { feature, settingGroup } from './group.ts';
import { list, optionalText } from './schema.ts';

const subnets = /^subnet-[0-9a-f]{8,17}(,subnet-[0-9a-f]{8,17})+$/;
const subnetRule = 'two or more ids of subnets, separated by commas';
const subnetExample = 'subnet-0a1b2c3d,subnet-4e5f6a7b';

/** What a company has already, by id. Nothing of it is changed or deleted. */
export const existing = settingGroup('Existing resources', {
  existing: {
    /** Absent: the stack makes its own. */
    vpc: feature(
      {
        id: optionalText('existingVpcId', /^vpc-[0-9a-f]{8,17}$/, {
          description:
            'Existing VPC to use instead of one of the stack. Its routes, NAT gateways, endpoints and flow logs are not the stack’s.',
          rule: 'the ID of a VPC, such as vpc-0a1b2c3d',
          example: 'vpc-0a1b2c3d',
          change: 'refused',
        }),
        publicSubnetIds: list('existingPublicSubnetIds', subnets, {
          description: 'Subnets of existingVpcId for the load balancer, in two or more Availability Zones.',
          rule: subnetRule,
          example: subnetExample,
          change: 'in place',
        }),
        privateSubnetIds: list('existingPrivateSubnetIds', subnets, {
          description:
            'Subnets of existingVpcId for tasks, in two or more Availability Zones. They need a route to AWS: a NAT gateway, or endpoints.',
          rule: subnetRule,
          example: subnetExample,
          change: 'restart',
        }),
        databaseSubnetIds: list('existingDatabaseSubnetIds', subnets, {
          description:
            'Subnets of existingVpcId for Postgres and Valkey, in two or more Availability Zones. They need no route to the internet, and can be the same as existingPrivateSubnetIds.',
          rule: subnetRule,
          example: subnetExample,
          change: 'in place',
          source: 'RDS refuses to leave a subnet in which the instance is.',
        }),
      },
      ({ id, ...subnetIds }) => (id === undefined ? undefined : { id, ...subnetIds }),
    ),
  },
});
