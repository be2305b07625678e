import { physicalName } from '../../foundation/naming.ts';
import { actions, arn, type Scope, type Statement } from './statement.ts';

/** Permissions of an update for optional features: Valkey, KMS key, RDS Proxy, Route 53 health check. */
export function optionPermissions(scope: Scope): readonly Statement[] {
  return [...valkeyChanges(scope), ...keyChanges(scope), ...proxyChanges(scope), ...checkChanges(scope)];
}

function valkeyChanges(scope: Scope): readonly Statement[] {
  const group = physicalName(scope.naming, '', 'replicationGroup');
  const of = (resource: string) => arn(scope, 'elasticache', resource);
  return [
    {
      Sid: 'Valkey',
      Effect: 'Allow',
      Action: actions({
        elasticache:
          'AddTagsToResource CreateCacheParameterGroup CreateCacheSubnetGroup CreateReplicationGroup DecreaseReplicaCount DeleteCacheParameterGroup DeleteCacheSubnetGroup DeleteReplicationGroup IncreaseReplicaCount ModifyCacheParameterGroup ModifyCacheSubnetGroup ModifyReplicationGroup RemoveTagsFromResource ResetCacheParameterGroup',
      }),
      Resource: [
        of(`replicationgroup:${group}`),
        of(`cluster:${group}-*`),
        // Pulumi generates these names, so that a replacement can exist beside the one in use.
        of('parametergroup:valkey-*'),
        of('subnetgroup:valkey-*'),
      ],
    },
  ];
}

function keyChanges(scope: Scope): readonly Statement[] {
  const { Project, Environment } = scope.naming.tags;
  return [
    {
      // A new key has no id yet. It must be tagged with this environment.
      Sid: 'CreateKey',
      Effect: 'Allow',
      Action: actions({ kms: 'CreateKey' }),
      Resource: '*',
      Condition: { StringEquals: { 'aws:RequestTag/Project': Project, 'aws:RequestTag/Environment': Environment } },
    },
    {
      // Key ids are generated, so the tags limit it. RDS, ECR and others use the key on behalf of their caller.
      Sid: 'ChangeAndUseOwnKey',
      Effect: 'Allow',
      Action: actions({
        kms: 'CreateAlias CreateGrant Decrypt DeleteAlias DescribeKey EnableKeyRotation Encrypt GenerateDataKey PutKeyPolicy RetireGrant ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription',
      }),
      Resource: arn(scope, 'kms', 'key/*'),
      Condition: { StringEquals: { 'aws:ResourceTag/Project': Project, 'aws:ResourceTag/Environment': Environment } },
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
  const role = arn(scope, 'iam', `role/${physicalName(scope.naming, 'database-proxy', 'role')}`);
  return [
    {
      // ARNs of proxies and their target groups contain generated ids.
      Sid: 'DatabaseProxy',
      Effect: 'Allow',
      Action: actions({
        rds: 'AddTagsToResource CreateDBProxy DeleteDBProxy DeregisterDBProxyTargets ModifyDBProxy ModifyDBProxyTargetGroup RegisterDBProxyTargets RemoveTagsFromResource',
      }),
      Resource: [
        arn(scope, 'rds', 'db-proxy:*'),
        arn(scope, 'rds', 'target-group:*'),
        arn(scope, 'rds', `db:${physicalName(scope.naming, '', 'database')}`),
      ],
    },
    {
      Sid: 'RoleOfProxy',
      Effect: 'Allow',
      Action: actions({
        iam: 'CreateRole DeleteRole DeleteRolePolicy ListInstanceProfilesForRole PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole',
      }),
      Resource: role,
    },
    {
      Sid: 'PassRoleToProxy',
      Effect: 'Allow',
      Action: actions({ iam: 'PassRole' }),
      Resource: role,
      Condition: { StringEquals: { 'iam:PassedToService': 'rds.amazonaws.com' } },
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
