import { actions, arn, type Scope, type Statement } from './statement.ts';

/** Reads the state in the S3 backend, and locks it for the duration of a preview. */
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

/** Writes the state and its history, as an update does. */
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
