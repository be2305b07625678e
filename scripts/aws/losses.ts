import type { Settings } from '../../infra/settings/settings.ts';
import { type Change, renderChange } from '../pulumi/engine-events.ts';
import type { StackState } from '../pulumi/stack-export.ts';
import type { Loss } from '../release/target.ts';
import { namesOf } from './names.ts';

/** Resources that hold data, or a key without which data is unreadable. Not the registry: it is retained on deletion. */
const holdsData: ReadonlySet<string> = new Set([
  'aws:rds/instance:Instance',
  'aws:elasticache/replicationGroup:ReplicationGroup',
  'aws:s3/bucket:Bucket',
  'aws:s3/bucketV2:BucketV2',
  'aws:kms/key:Key',
]);

/**
 * Resources that serve another one: the log group of a worker, a generated password. When a setting turns that off
 * (`worker: off`, `flowLogs: off`, `databaseAuthentication: iam`), they are deleted and nothing needs them. A replacement
 * is a loss for what still uses them, and so is a deletion when a new resource of the same type takes their place.
 */
const holdsForOthers: ReadonlySet<string> = new Set([
  'aws:secretsmanager/secret:Secret',
  'aws:cloudwatch/logGroup:LogGroup',
  'aws:ssm/parameter:Parameter',
]);

/** The changes of a preview that lose data. A replacement is announced as three steps and counts once. */
export function lossesOf(changes: readonly Change[]): readonly Loss[] {
  return changes
    .filter((change) => isLoss(change, changes))
    .map((change) => ({ name: logicalName(change), change: renderChange(change) }));
}

/**
 * From a database of the stack to an existing one, back, or to another existing one: nothing is deleted, or not only, and
 * the app starts with other data.
 *
 * @param state as the backend has it, with the instance that the last update used among its outputs
 */
export function databaseSwitch(
  environment: string,
  settings: Pick<Settings, 'existing' | 'database' | 'edge'>,
  { resources }: Pick<StackState, 'resources'>,
): readonly Loss[] {
  const now = resources.find(({ type }) => type === 'pulumi:pulumi:Stack')?.outputs['databaseInstance'];
  const asked = namesOf(environment, settings).database;
  if (typeof now !== 'string' || now === asked) return [];
  return [{ name: 'database', change: `the app would move from ${now} to ${asked}, and its data would not` }];
}

function isLoss({ type, op }: Change, changes: readonly Change[]): boolean {
  if (op !== 'delete' && op !== 'replace') return false;
  if (holdsData.has(type)) return true;
  if (!holdsForOthers.has(type)) return false;
  return op === 'replace' || changes.some((other) => other.type === type && other.op === 'create');
}

/** The last part of a URN. */
function logicalName({ urn }: Change): string {
  return urn.slice(urn.lastIndexOf('::') + 2);
}
