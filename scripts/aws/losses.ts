import { type Change, renderChange } from '../pulumi/engine-events.ts';

/** What holds data, or a key without which data cannot be read. The registry is not here: it is kept when it leaves the program. */
const holdsData: ReadonlySet<string> = new Set([
  'aws:rds/instance:Instance',
  'aws:elasticache/replicationGroup:ReplicationGroup',
  'aws:s3/bucket:Bucket',
  'aws:s3/bucketV2:BucketV2',
  'aws:kms/key:Key',
  'aws:secretsmanager/secret:Secret',
  'aws:cloudwatch/logGroup:LogGroup',
  'aws:ssm/parameter:Parameter',
]);

/** A replacement is announced as three steps; the first two of them mean the same loss. */
const ends: ReadonlySet<string> = new Set(['delete', 'replace']);

/** Those of a preview's changes after which data is gone. */
export function lossesOf(changes: readonly Change[]): readonly string[] {
  return changes.filter(({ type, op }) => holdsData.has(type) && ends.has(op)).map(renderChange);
}
