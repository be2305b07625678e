import { actions, arn, type Scope, type Statement } from './statement.ts';

/** The backend's own files: a preview reads them, and locks them while it does. */
export function stateReadPermissions(scope: Scope): readonly Statement[] {
  const { stateBucket } = scope;
  if (stateBucket === undefined) return [];
  return [
    {
      Sid: 'ReadState',
      Effect: 'Allow',
      Action: actions({ s3: 'GetObject ListBucket' }),
      Resource: [arn(scope, 's3', stateBucket), arn(scope, 's3', `${stateBucket}/.pulumi/*`)],
    },
    {
      Sid: 'LockState',
      Effect: 'Allow',
      Action: actions({ s3: 'DeleteObject PutObject' }),
      Resource: arn(scope, 's3', `${stateBucket}/.pulumi/locks/*`),
    },
  ];
}

/** An update also writes the state and its history. */
export function stateWritePermissions(scope: Scope): readonly Statement[] {
  const { stateBucket } = scope;
  if (stateBucket === undefined) return [];
  return [
    {
      Sid: 'WriteState',
      Effect: 'Allow',
      Action: actions({ s3: 'DeleteObject PutObject' }),
      Resource: arn(scope, 's3', `${stateBucket}/.pulumi/*`),
    },
  ];
}
