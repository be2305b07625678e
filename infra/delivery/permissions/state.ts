import { actions, arn, type Statement } from '../../foundation/statement.ts';
import type { Scope } from './scope.ts';

/**
 * Reads the state of the environment in the S3 backend, and locks it for the duration of a preview. The paths are those of
 * https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/store.go; the backend lists the bucket to find stacks.
 */
export function stateReadPermissions(scope: Scope): readonly Statement[] {
  return [...bucketReads(scope), ...keyUse(scope)];
}

function bucketReads(scope: Scope): readonly Statement[] {
  const { stateBucket } = scope;
  if (stateBucket === undefined) return [];
  const own = ownFolders(scope, stateBucket);
  return [
    {
      Sid: 'FindState',
      Effect: 'Allow',
      Action: actions({ s3: 'ListBucket' }),
      Resource: arn(scope, 's3', stateBucket),
    },
    {
      Sid: 'ReadState',
      Effect: 'Allow',
      Action: actions({ s3: 'GetObject' }),
      Resource: [arn(scope, 's3', `${stateBucket}/.pulumi/meta.yaml`), ...own.state, own.locks],
    },
    {
      Sid: 'LockState',
      Effect: 'Allow',
      Action: actions({ s3: 'DeleteObject PutObject' }),
      Resource: own.locks,
    },
  ];
}

/** Writes the state and its history, as an update does. */
export function stateWritePermissions(scope: Scope): readonly Statement[] {
  const { stateBucket } = scope;
  if (stateBucket === undefined) return [];
  return [
    {
      Sid: 'WriteState',
      Effect: 'Allow',
      Action: actions({ s3: 'DeleteObject PutObject' }),
      Resource: ownFolders(scope, stateBucket).state,
    },
  ];
}

function ownFolders(scope: Scope, bucket: string) {
  const { Project, Environment } = scope.naming.tags;
  const of = (path: string) => arn(scope, 's3', `${bucket}/.pulumi/${path}`);
  return {
    state: [
      // With its backup and its attributes: `prod.json`, `prod.json.bak`, `prod.json.gz`.
      of(`stacks/${Project}/${Environment}.json*`),
      ...['backups', 'history', 'journal'].map((folder) => of(`${folder}/${Project}/${Environment}/*`)),
    ],
    // A self-managed backend has one organization, and calls it this.
    locks: of(`locks/organization/${Project}/${Environment}/*`),
  };
}

/**
 * The engine decrypts the secrets in the state before it compares anything, for a preview too. Whoever may use the key and
 * read the state has them.
 */
function keyUse(scope: Scope): readonly Statement[] {
  const { stateKey } = scope;
  if (stateKey === undefined) return [];
  const byAlias = stateKey.startsWith('alias/');
  return [
    {
      Sid: 'DecryptState',
      Effect: 'Allow',
      Action: actions({ kms: 'Decrypt' }),
      Resource: byAlias ? arn(scope, 'kms', 'key/*') : stateKey,
      ...(byAlias ? { Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': stateKey } } } : {}),
    },
  ];
}
