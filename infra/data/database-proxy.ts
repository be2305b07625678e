import type { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js';
import { Role } from '@pulumi/aws/iam/role.js';
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js';
import type { Instance } from '@pulumi/aws/rds/instance.js';
import { Proxy as RdsProxy } from '@pulumi/aws/rds/proxy.js';
import { ProxyDefaultTargetGroup } from '@pulumi/aws/rds/proxyDefaultTargetGroup.js';
import { ProxyTarget } from '@pulumi/aws/rds/proxyTarget.js';
import * as pulumi from '@pulumi/pulumi';
import type { Contract } from '../contract/contract.ts';
import { decryptStatement, type Encryption } from '../foundation/encryption.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { PermissionsBoundary } from '../foundation/permissions-boundary.ts';
import type { RandomSecret } from '../foundation/random-secret.ts';
import type { Network } from '../network/network.ts';
import { allowConnection, createSecurityGroup } from '../network/security-group.ts';
import type { Settings } from '../settings/settings.ts';

export interface DatabaseProxyArgs {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly naming: Naming;
  readonly network: Network;
  readonly encryption: Encryption;
  readonly boundary: PermissionsBoundary;
  readonly instance: Instance;
  readonly securityGroup: SecurityGroup;
  readonly port: number;
  /** Password of the app user: the proxy uses it to connect, and requires it from clients. */
  readonly password: RandomSecret;
}

/** What services connect to instead of the database. */
export interface DatabaseProxy {
  readonly host: pulumi.Output<string>;
  readonly securityGroup: SecurityGroup;
  readonly ready: readonly pulumi.Resource[];
}

/**
 * RDS Proxy keeps client connections open while the database fails over.
 *
 * It does not multiplex here: node-postgres uses the extended query protocol, for which the proxy pins a connection per
 * client (https://github.com/brianc/node-postgres/issues/2326). The contract therefore counts connections as it does
 * without a proxy.
 */
export function createDatabaseProxy(name: string, args: DatabaseProxyArgs, parent: pulumi.Resource): DatabaseProxy {
  const { settings, contract, naming, network, instance, password, port } = args;
  const description = 'Proxy of the database';
  const securityGroup = createSecurityGroup(`${name}-proxy`, { vpcId: network.vpcId, description, naming }, parent);
  const ways = allowConnection(
    `${name}-proxy-to-database`,
    { from: securityGroup, to: args.securityGroup, port, description: 'Proxy to database', naming },
    parent,
  );
  const { role, policy } = createRole(name, args, parent);
  const proxy = new RdsProxy(
    name,
    {
      name: physicalName(naming, '', 'database'),
      engineFamily: 'POSTGRESQL',
      requireTls: true,
      roleArn: role.arn,
      auths: [
        {
          authScheme: 'SECRETS',
          iamAuth: 'DISABLED',
          clientPasswordAuthType: 'POSTGRES_SCRAM_SHA_256',
          secretArn: password.reference.arn,
        },
      ],
      vpcSubnetIds: network.isolatedSubnetIds,
      vpcSecurityGroupIds: [securityGroup.id],
      tags: naming.tags,
    },
    { parent, dependsOn: [policy, password.ready] },
  );
  const group = new ProxyDefaultTargetGroup(
    name,
    {
      dbProxyName: proxy.name,
      connectionPoolConfig: {
        maxConnectionsPercent: contract.database.taskConnectionsPercent,
        // At most the maximum; the provider's default is half of all connections, whatever the maximum is.
        maxIdleConnectionsPercent: Math.floor(contract.database.taskConnectionsPercent / 2),
        // As long as a task would wait for the database itself.
        connectionBorrowTimeout: Math.ceil(settings.database.connectTimeoutMs / 1000),
      },
    },
    { parent },
  );
  const target = new ProxyTarget(
    name,
    { dbProxyName: proxy.name, targetGroupName: group.name, dbInstanceIdentifier: instance.identifier },
    { parent },
  );
  return { host: proxy.endpoint, securityGroup, ready: [...ways, target] };
}

function createRole(
  name: string,
  { naming, boundary, password, encryption, settings }: DatabaseProxyArgs,
  parent: pulumi.Resource,
) {
  const role = new Role(
    `${name}-proxy`,
    {
      name: physicalName(naming, 'database-proxy', 'role'),
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'rds.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      }),
      ...boundary.ofRole,
      tags: naming.tags,
    },
    { parent },
  );
  const policy = new RolePolicy(
    `${name}-proxy`,
    {
      role: role.name,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'ReadLogin',
            Effect: 'Allow',
            Action: 'secretsmanager:GetSecretValue',
            Resource: password.reference.arn,
          },
          ...decryptStatement(encryption, settings),
        ],
      }),
    },
    { parent },
  );
  return { role, policy };
}
