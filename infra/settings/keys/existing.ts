import { z } from 'zod';
import { feature, settingGroup } from './group.ts';
import { list, optional, optionalText, text } from './schema.ts';

const subnets = /^subnet-[0-9a-f]{8,17}(,subnet-[0-9a-f]{8,17})+$/;
/** `arn:aws:ecs:<region>:<account>:cluster/…` */
function arn(service: string, resource: string): RegExp {
  return new RegExp(`^arn:aws(-cn|-us-gov)?:${service}:[a-z0-9-]+:\\d{12}:${resource}$`);
}

/** `app/shared/50dc6c495c0c9188`, the dimension of CloudWatch metrics, and the ARN that ends in it. */
function loadBalancerOf(listenerArn: string): { readonly arn: string; readonly suffix: string; readonly name: string } {
  const [, before = '', suffix = '', name = ''] =
    /^(.+:)listener\/(app\/([^/]+)\/[^/]+)\/[^/]+$/.exec(listenerArn) ?? [];
  return { arn: `${before}loadbalancer/${suffix}`, suffix, name };
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
    /** Absent: the stack has a load balancer of its own. */
    listener: feature(
      {
        arn: optionalText(
          'existingListenerArn',
          arn('elasticloadbalancing', 'listener/app/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}/[0-9a-f]{16}'),
          {
            description:
              'HTTPS listener of an existing Application Load Balancer, to which rules for domainName are added instead of a load balancer of the stack. albIdleTimeoutSeconds states its idle timeout; its certificates, firewall and access logs are not the stack’s.',
            rule: 'the ARN of a listener of an Application Load Balancer',
            example:
              'arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2',
            change: 'refused',
          },
        ),
        securityGroupId: optionalText('existingLoadBalancerSecurityGroupId', /^sg-[0-9a-f]{8,17}$/, {
          description:
            'Security group of the load balancer of existingListenerArn, from which tasks accept requests. It gets a rule for each process that serves HTTP.',
          rule: 'the ID of a security group, such as sg-0a1b2c3d',
          example: 'sg-0a1b2c3d',
          change: 'in place',
        }),
        priority: optional(
          'existingListenerPriority',
          z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(1).max(49_001)),
          {
            description:
              'First of 1,000 priorities of existingListenerArn for the rules of this environment. No other rule of the listener may have one of them.',
            rule: 'a whole number from 1 to 49001',
            example: '1000',
            change: 'in place',
            source: 'Rules have priorities from 1 to 50,000.',
          },
        ),
      },
      ({ arn: listenerArn, securityGroupId, priority }) =>
        listenerArn === undefined || securityGroupId === undefined || priority === undefined
          ? undefined
          : { arn: listenerArn, securityGroupId, priority, loadBalancer: loadBalancerOf(listenerArn) },
    ),
    /** Absent: the stack creates one. */
    database: feature(
      {
        identifier: optionalText('existingDatabaseIdentifier', /^[a-z](?!.*--)[a-z0-9-]{0,61}[a-z0-9]$/, {
          description:
            'Existing RDS instance of PostgreSQL on which the environment gets a database of its own, databaseName, instead of an instance of the stack. Its size, backups, maintenance and deletion protection are not the stack’s.',
          rule: 'the identifier of an RDS instance',
          example: 'shared-postgres',
          change: 'refused',
        }),
        securityGroupId: optionalText('existingDatabaseSecurityGroupId', /^sg-[0-9a-f]{8,17}$/, {
          description:
            'Security group of existingDatabaseIdentifier. It gets a rule for each process, which lets its tasks connect.',
          rule: 'the ID of a security group, such as sg-0a1b2c3d',
          example: 'sg-0a1b2c3d',
          change: 'in place',
        }),
        ownerSecretArn: optionalText(
          'existingDatabaseOwnerSecretArn',
          arn('secretsmanager', 'secret:[A-Za-z0-9/_+=.@!-]+'),
          {
            description:
              'Secret with `username` and `password` of a role of existingDatabaseIdentifier that may create databases and roles. Only the task of the release command gets it.',
            rule: 'the ARN of a secret in Secrets Manager',
            example: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1a2b3c4d-AbCdEf',
            change: 'restart',
          },
        ),
        owner: text('existingDatabaseOwner', /^[a-z_][a-z0-9_]{0,62}$/, {
          description: 'The role whose password existingDatabaseOwnerSecretArn has.',
          rule: 'up to 63 lowercase letters, digits and underscores, not starting with a digit',
          default: 'postgres',
          change: 'restart',
        }),
      },
      ({ identifier, securityGroupId, ownerSecretArn, owner }) =>
        identifier === undefined || securityGroupId === undefined || ownerSecretArn === undefined
          ? undefined
          : { identifier, securityGroupId, ownerSecretArn, owner },
    ),
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
