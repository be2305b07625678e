import { physicalName } from '../../foundation/naming.ts';
import { actions, anyId, arn, ownOrNew, ownTags, type Statement } from '../../foundation/statement.ts';
import type { Scope } from './scope.ts';

/** Permissions of an update for Postgres, secrets and ledger. */
export function dataPermissions(scope: Scope): readonly Statement[] {
  return [
    ...(scope.existingDatabase === undefined ? databaseChanges(scope) : []),
    ...secretChanges(scope),
    ledgerChanges(scope),
  ];
}

function databaseChanges(scope: Scope): readonly Statement[] {
  const of = (resource: string) => arn(scope, 'rds', resource);
  // Pulumi generates these names, so that a replacement can exist beside the one in use.
  const groups = [of('pg:database-*'), of('subgrp:database-*')];
  return [
    {
      Sid: 'Database',
      Effect: 'Allow',
      Action: actions({
        rds: 'AddTagsToResource CreateDBInstance CreateDBSnapshot DeleteDBInstance ModifyDBInstance RebootDBInstance RemoveTagsFromResource',
      }),
      Resource: [
        of(`db:${physicalName(scope.naming, '', 'database')}`),
        of(`snapshot:${physicalName(scope.naming, 'final')}-${scope.existingVpcId === undefined ? 'vpc' : 'sg'}-*`),
      ],
    },
    {
      Sid: 'ReferToGroups',
      Effect: 'Allow',
      Action: actions({ rds: 'CreateDBInstance ModifyDBInstance' }),
      Resource: groups,
      Condition: ownTags(scope),
    },
    {
      // The program has no option group; each instance has the one of AWS for its version.
      Sid: 'ReferToOptionGroup',
      Effect: 'Allow',
      Action: actions({ rds: 'CreateDBInstance ModifyDBInstance' }),
      Resource: of('og:default:*'),
    },
    {
      Sid: 'CreateGroups',
      Effect: 'Allow',
      Action: actions({ rds: 'AddTagsToResource CreateDBParameterGroup CreateDBSubnetGroup' }),
      Resource: groups,
      Condition: ownOrNew(scope),
    },
    {
      Sid: 'ChangeGroups',
      Effect: 'Allow',
      Action: actions({
        rds: 'AddTagsToResource DeleteDBParameterGroup DeleteDBSubnetGroup ModifyDBParameterGroup ModifyDBSubnetGroup RemoveTagsFromResource ResetDBParameterGroup',
      }),
      Resource: groups,
      Condition: ownTags(scope),
    },
    {
      // RDS creates the secret on behalf of its caller, and names it `rds!db-…`.
      Sid: 'PasswordOfDatabase',
      Effect: 'Allow',
      Action: actions({ secretsmanager: 'CancelRotateSecret CreateSecret RotateSecret TagResource' }),
      Resource: arn(scope, 'secretsmanager', 'secret:rds!db-*'),
    },
  ];
}

/** Pulumi appends 26 digits to the prefix of a secret's name, and Secrets Manager six characters to the name. */
const secretId = `${anyId(26)}-${anyId(6)}`;

function secretChanges(scope: Scope): readonly Statement[] {
  const secrets = arn(scope, 'secretsmanager', `secret:${scope.naming.prefix}-*-${secretId}`);
  return [
    {
      Sid: 'CreateSecrets',
      Effect: 'Allow',
      Action: actions({ secretsmanager: 'CreateSecret TagResource' }),
      Resource: secrets,
      Condition: ownOrNew(scope),
    },
    {
      // The provider reads a value back after it has written it.
      Sid: 'ChangeSecrets',
      Effect: 'Allow',
      Action: actions({
        secretsmanager: 'DeleteSecret GetSecretValue PutSecretValue TagResource UntagResource UpdateSecret',
      }),
      Resource: secrets,
      Condition: ownTags(scope),
    },
  ];
}

function ledgerChanges(scope: Scope): Statement {
  const { tags } = scope.naming;
  return {
    Sid: 'Ledger',
    Effect: 'Allow',
    Action: actions({ ssm: 'AddTagsToResource DeleteParameter DeleteParameters PutParameter RemoveTagsFromResource' }),
    Resource: arn(scope, 'ssm', `parameter/${tags.Project}/${tags.Environment}/*`),
  };
}
