import { physicalName } from '../../foundation/naming.ts';
import { actions, arn, type Scope, type Statement } from './statement.ts';

/** Permissions of an update for Postgres, secrets, access logs, ledger and domain. */
export function dataPermissions(scope: Scope): readonly Statement[] {
  return [...dataChanges(scope), ...domainChanges(scope)];
}

function dataChanges(scope: Scope): readonly Statement[] {
  const { prefix, tags } = scope.naming;
  const of = (service: string, resource: string) => arn(scope, service, resource);
  return [
    {
      Sid: 'Database',
      Effect: 'Allow',
      Action: actions({
        rds: 'AddTagsToResource CreateDBInstance CreateDBParameterGroup CreateDBSnapshot CreateDBSubnetGroup DeleteDBInstance DeleteDBParameterGroup DeleteDBSubnetGroup ModifyDBInstance ModifyDBParameterGroup ModifyDBSubnetGroup RebootDBInstance RemoveTagsFromResource ResetDBParameterGroup',
      }),
      Resource: [
        of('rds', `db:${physicalName(scope.naming, '', 'database')}`),
        of('rds', `snapshot:${prefix}-final-*`),
        // Pulumi generates these names, so that a replacement can exist beside the one in use.
        of('rds', 'pg:database-*'),
        of('rds', 'subgrp:database-*'),
      ],
    },
    {
      // RDS creates the secret on behalf of its caller and names it `rds!db-…`.
      Sid: 'PasswordOfDatabase',
      Effect: 'Allow',
      Action: actions({ secretsmanager: 'CancelRotateSecret CreateSecret RotateSecret TagResource' }),
      Resource: of('secretsmanager', 'secret:rds!db-*'),
    },
    {
      Sid: 'Secrets',
      Effect: 'Allow',
      Action: actions({
        secretsmanager: 'CreateSecret DeleteSecret PutSecretValue TagResource UntagResource UpdateSecret',
      }),
      Resource: of('secretsmanager', `secret:${prefix}-*`),
    },
    {
      Sid: 'AccessLogs',
      Effect: 'Allow',
      Action: actions({
        s3: 'CreateBucket DeleteBucket DeleteBucketPolicy DeleteObject ListBucketVersions PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutLifecycleConfiguration',
      }),
      Resource: [of('s3', `${prefix}-*`), of('s3', `${prefix}-*/*`)],
    },
    {
      Sid: 'Ledger',
      Effect: 'Allow',
      Action: actions({
        ssm: 'AddTagsToResource DeleteParameter DeleteParameters PutParameter RemoveTagsFromResource',
      }),
      Resource: of('ssm', `parameter/${tags.Project}/${tags.Environment}/*`),
    },
  ];
}

function domainChanges(scope: Scope): readonly Statement[] {
  return [
    {
      // Ids are generated. The owner of the hosted zone can limit further which records may be written.
      Sid: 'Domain',
      Effect: 'Allow',
      Action: actions({
        acm: 'AddTagsToCertificate DeleteCertificate RemoveTagsFromCertificate RequestCertificate',
        route53: 'ChangeResourceRecordSets',
      }),
      Resource: [arn(scope, 'acm', 'certificate/*'), arn(scope, 'route53', 'hostedzone/*')],
    },
  ];
}
