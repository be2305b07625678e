import { physicalName } from '../../foundation/naming.ts';
import { actions, arn, type Scope, type Statement } from './statement.ts';

/** What an update changes in databases, secrets and the domain. */
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
        // Pulumi names these two, so that the next one can exist beside the one in use.
        of('rds', 'pg:database-*'),
        of('rds', 'subgrp:database-*'),
      ],
    },
    {
      // RDS makes the secret in the name of its caller; `rds!db-` is the beginning of the names that it gives.
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
      // The ids are AWS's; who may write which records is for the owner of the zone to narrow.
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
