import { feature, settingGroup } from './group.ts';
import { list, optionalText } from './schema.ts';

const subnets = /^subnet-[0-9a-f]{8,17}(,subnet-[0-9a-f]{8,17})+$/;
/** `arn:aws:ecs:<region>:<account>:cluster/…` */
function arn(service: string, resource: string): RegExp {
  return new RegExp(`^arn:aws(-cn|-us-gov)?:${service}:[a-z0-9-]+:\\d{12}:${resource}$`);
}

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
    /** Absent: the stack requests one. */
    certificateArn: optionalText('existingCertificateArn', arn('acm', 'certificate/[0-9a-f-]{36}'), {
      description:
        'Existing ACM certificate of domainName, and of its hosts, to use instead of one of the stack. Its renewal is not the stack’s.',
      rule: 'the ARN of a certificate in ACM',
      example: 'arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
      change: 'in place',
    }),
    /** Absent: the stack creates one. */
    cluster: feature(
      {
        arn: optionalText('existingClusterArn', arn('ecs', 'cluster/[A-Za-z0-9_-]{1,255}'), {
          description:
            'Existing ECS cluster to run in instead of one of the stack, beside services of others. It must have the capacity provider FARGATE; its Container Insights are those that containerInsights states.',
          rule: 'the ARN of an ECS cluster',
          example: 'arn:aws:ecs:eu-central-1:123456789012:cluster/shared',
          change: 'refused',
        }),
      },
      ({ arn: clusterArn }) =>
        clusterArn === undefined
          ? undefined
          : { arn: clusterArn, name: clusterArn.slice(clusterArn.lastIndexOf('/') + 1) },
    ),
  },
});
