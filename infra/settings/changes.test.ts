import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import type { Graph } from '../graph/record.ts';
import { graphOf } from '../testing/graph-of.ts';
import { settingsByKey } from './keys/all.ts';

/** Another valid value of a setting; whatever else it needs is set in both graphs. */
const changes: readonly (readonly [key: string, value: string])[] = [
  ['flowLogs', 'rejected'],
  ['databaseMaxStorageGiB', '101'],
  ['databaseMultiAz', 'true'],
  ['databaseReservedConnections', '11'],
  ['databaseConnectTimeoutMs', '5001'],
  ['databaseSlowStatementMs', '1001'],
  ['imageRetentionCount', '101'],
  ['registryRetained', 'false'],
  ['apiMemoryMiB', '1024'],
  ['apiDesiredCount', '3'],
  ['cpuTargetPercent', '61'],
  ['logLevel', 'fatal'],
  ['worker', 'off'],
  ['workerMemoryMiB', '1024'],
  ['longestJobSeconds', '31'],
  ['queueAgeTargetSeconds', '31'],
  ['valkeySnapshotRetentionDays', '2'],
  ['ecsExec', 'true'],
  ['longestRequestSeconds', '21'],
  ['drainDelaySeconds', '6'],
  ['healthCheckIntervalSeconds', '6'],
  ['healthyThreshold', '3'],
  ['toleratedOutageSeconds', '31'],
  ['albIdleTimeoutSeconds', '61'],
  ['firewall', 'off'],
  ['logRetentionDays', '60'],
  ['alarmEmail', 'ops@example.com'],
];

/** Whether the tasks of a service are replaced: by another task definition. */
function replacesTasks(before: Graph, after: Graph): boolean {
  const definitions = ({ resources }: Graph) =>
    resources.filter(({ type, name }) => type === 'aws:ecs/taskDefinition:TaskDefinition' && name !== 'migrate');
  return definitions(after).some(
    ({ urn, inputs }) => !isDeepStrictEqual(definitions(before).find((one) => one.urn === urn)?.inputs, inputs),
  );
}

it.each(changes)('what a change of %s to %s does to the tasks is what docs/settings.md says', async (key, value) => {
  const replaces = replacesTasks(await graphOf('staging'), await graphOf('staging', { [key]: value }));
  expect(settingsByKey.get(key)?.facts.change === 'restart').toBe(replaces);
});
