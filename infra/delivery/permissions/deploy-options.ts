import { physicalName } from '../../foundation/naming.ts';
import { actions, arn, ownOrNew, ownRequest, ownTags, type Statement } from '../../foundation/statement.ts';
import type { Scope } from './scope.ts';

/** Permissions of an update for optional features: Valkey, KMS key, RDS Proxy, Route 53 health check. */
export function optionPermissions(scope: Scope): readonly Statement[] {
  return [...valkeyChanges(scope), ...keyChanges(scope), ...proxyChanges(scope), ...checkChanges(scope)];
}

function valkeyChanges(scope: Scope): readonly Statement[] {
  const group = physicalName(scope.naming, '', 'replicationGroup');
  const of = (resource: string) => arn(scope, 'elasticache', resource);
  // Pulumi generates these names, so that a replacement can exist beside the one in use.
  const groups = [of('parametergroup:valkey-*'), of('subnetgroup:valkey-*')];
  return [
    {
      Sid: 'Valkey',
      Effect: 'Allow',
      Action: actions({
        elasticache:
          'AddTagsToResource CreateReplicationGroup DecreaseReplicaCount DeleteReplicationGroup IncreaseReplicaCount ModifyReplicationGroup RemoveTagsFromResource',
      }),
      // Nodes are numbered: `…-001`.
      Resource: [of(`replicationgroup:${group}`), of(`cluster:${group}-???`)],
    },
    {
      Sid: 'ReferToValkeyGroups',
      Effect: 'Allow',
      Action: actions({ elasticache: 'CreateReplicationGroup ModifyReplicationGroup' }),
      Resource: groups,
      Condition: ownTags(scope),
    },
    {
      Sid: 'CreateValkeyGroups',
      Effect: 'Allow',
      Action: actions({ elasticache: 'AddTagsToResource CreateCacheParameterGroup CreateCacheSubnetGroup' }),
      Resource: groups,
      Condition: ownOrNew(scope),
    },
    {
      Sid: 'ChangeValkeyGroups',
      Effect: 'Allow',
      Action: actions({
        elasticache:
          'AddTagsToResource DeleteCacheParameterGroup DeleteCacheSubnetGroup ModifyCacheParameterGroup ModifyCacheSubnetGroup RemoveTagsFromResource ResetCacheParameterGroup',
      }),
      Resource: groups,
      Condition: ownTags(scope),
    },
  ];
}

function keyChanges(scope: Scope): readonly Statement[] {
  const keys = arn(scope, 'kms', 'key/*');
  return [
    {
      // A new key has no id yet.
      Sid: 'CreateKey',
      Effect: 'Allow',
      Action: actions({ kms: 'CreateKey' }),
      Resource: '*',
      Condition: ownRequest(scope),
    },
    {
      Sid: 'TagNewKey',
      Effect: 'Allow',
      Action: actions({ kms: 'TagResource' }),
      Resource: keys,
      Condition: ownOrNew(scope),
    },
    {
      // Key ids are generated, so the tags limit it. RDS, ECR and others use the key on behalf of their caller.
      Sid: 'ChangeAndUseOwnKey',
      Effect: 'Allow',
      Action: actions({
        kms: 'CreateAlias CreateGrant Decrypt DeleteAlias DescribeKey EnableKeyRotation Encrypt GenerateDataKey PutKeyPolicy RetireGrant ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription',
      }),
      Resource: keys,
      Condition: ownTags(scope),
    },
    {
      Sid: 'NameKey',
      Effect: 'Allow',
      Action: actions({ kms: 'CreateAlias DeleteAlias UpdateAlias' }),
      Resource: arn(scope, 'kms', `alias/${physicalName(scope.naming, '')}`),
    },
  ];
}

function proxyChanges(scope: Scope): readonly Statement[] {
  const proxies = arn(scope, 'rds', 'db-proxy:*');
  return [
    {
      // A new proxy has no id yet.
      Sid: 'CreateDatabaseProxy',
      Effect: 'Allow',
      Action: actions({ rds: 'CreateDBProxy' }),
      Resource: '*',
      Condition: ownRequest(scope),
    },
    {
      Sid: 'TagNewDatabaseProxy',
      Effect: 'Allow',
      Action: actions({ rds: 'AddTagsToResource' }),
      Resource: proxies,
      Condition: ownOrNew(scope),
    },
    {
      // ARNs of proxies contain generated ids.
      Sid: 'ChangeDatabaseProxy',
      Effect: 'Allow',
      Action: actions({
        rds: 'AddTagsToResource DeleteDBProxy DeregisterDBProxyTargets ModifyDBProxy RemoveTagsFromResource',
      }),
      Resource: proxies,
      Condition: ownTags(scope),
    },
    {
      // Target groups have a generated id and no tags.
      Sid: 'TargetsOfDatabaseProxy',
      Effect: 'Allow',
      Action: actions({ rds: 'DeregisterDBProxyTargets ModifyDBProxyTargetGroup RegisterDBProxyTargets' }),
      Resource: [
        arn(scope, 'rds', 'target-group:*'),
        arn(scope, 'rds', `db:${physicalName(scope.naming, '', 'database')}`),
      ],
    },
  ];
}

function checkChanges(scope: Scope): readonly Statement[] {
  return [
    {
      // A new health check has no id yet.
      Sid: 'CreateHealthCheck',
      Effect: 'Allow',
      Action: actions({ route53: 'CreateHealthCheck' }),
      Resource: '*',
    },
    {
      // Ids are generated, and Route 53 does not support tag conditions for health checks.
      Sid: 'ChangeHealthCheck',
      Effect: 'Allow',
      Action: actions({ route53: 'ChangeTagsForResource DeleteHealthCheck UpdateHealthCheck' }),
      Resource: arn(scope, 'route53', 'healthcheck/*'),
    },
  ];
}
