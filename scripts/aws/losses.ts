import { type Change, renderChange } from '../pulumi/engine-events.ts';
import type { Loss } from '../release/target.ts';

/** What holds data, or a key without which data cannot be read. The registry is not here: it is kept when it leaves the program. */
const holdsData: ReadonlySet<string> = new Set([
  'aws:rds/instance:Instance',
  'aws:elasticache/replicationGroup:ReplicationGroup',
  'aws:s3/bucket:Bucket',
  'aws:s3/bucketV2:BucketV2',
  'aws:kms/key:Key',
]);

/**
 * What serves something else: the log of a worker, a generated password. Where a setting turns that off (`worker: off`,
 * `flowLogs: none`, `databaseAuthentication: iam`) it is deleted and nothing misses it. Replaced it is lost to something
 * that still uses it, and so it is where another one of its type takes its place under another name.
 */
const holdsForOthers: ReadonlySet<string> = new Set([
  'aws:secretsmanager/secret:Secret',
  'aws:cloudwatch/logGroup:LogGroup',
  'aws:ssm/parameter:Parameter',
]);

/** Those of a preview's changes after which data is gone. A replacement is announced as three steps and counts once. */
export function lossesOf(changes: readonly Change[]): readonly Loss[] {
  return changes
    .filter((change) => isLoss(change, changes))
    .map((change) => ({ name: logicalName(change), change: renderChange(change) }));
}

function isLoss({ type, op }: Change, changes: readonly Change[]): boolean {
  if (op !== 'delete' && op !== 'replace') return false;
  if (holdsData.has(type)) return true;
  if (!holdsForOthers.has(type)) return false;
  return op === 'replace' || changes.some((other) => other.type === type && other.op === 'create');
}

/** What comes last in a URN. */
function logicalName({ urn }: Change): string {
  return urn.slice(urn.lastIndexOf('::') + 2);
}
