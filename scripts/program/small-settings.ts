import { boundaryNameOfExpiring, deriveNaming } from '../../infra/foundation/naming.ts';
import type { App } from '../../infra/manifest/app.ts';
import { processesOf } from '../../infra/manifest/processes.ts';
import { expiringPrefix } from '../../infra/settings/environment-name.ts';
import { existingKeys } from '../../infra/settings/existing.ts';
import type { SettingKey } from '../../infra/settings/keys/all.ts';
import type { Settings } from '../../infra/settings/settings.ts';

/**
 * What a small environment that expires sets differently from the one that it is made from, by the names of the settings;
 * `undefined`: not at all. Task sizes, timing and versions stay: they decide how the app behaves.
 */
export function smallSettings(settings: Settings, app: App): Readonly<Record<string, string | undefined>> {
  const counts = processesOf(settings, app).flatMap(({ prefix, kind }) =>
    kind === 'http' || kind === 'background'
      ? [
          [`${prefix}DesiredCount`, '1'],
          [`${prefix}MaxCount`, '1'],
        ]
      : [],
  );
  const { natGateways } = settings.network;
  const own: Readonly<Partial<Record<SettingKey, string | undefined>>> = {
    ...cheap,
    ...others,
    rolesBoundary: settings.github?.pullRequests === true ? boundaryNameOfExpiring(deriveNaming(settings)) : undefined,
    ...withoutExisting(settings),
    ...(natGateways === 'none' ? {} : { natGateways: 'single', vpcEndpoints: 's3' }),
    ...(settings.valkey === undefined ? {} : smallValkey),
  };
  return { ...own, ...Object.fromEntries(counts) };
}

/**
 * Servers of others hold what belongs to the other environment: its rules of a listener, its database, its services. A
 * network is shared where it has subnets for what the small environment then has of its own.
 */
function withoutExisting({ existing: { vpc } }: Settings): Readonly<Record<string, undefined>> {
  const keepsVpc = vpc !== undefined && vpc.publicSubnetIds.length > 0 && vpc.databaseSubnetIds.length > 0;
  const left = existingKeys.filter((key) => !keepsVpc || !/^existing(VpcId|\w+SubnetIds)$/.test(key));
  return Object.fromEntries([...left, 'databaseMaxConnections'].map((key) => [key, undefined]));
}

const cheap = {
  databaseInstanceClass: 'db.t4g.micro',
  databaseMultiAz: 'false',
  databaseStorageGiB: '20',
  databaseMaxStorageGiB: '22',
  databaseBackupRetentionDays: '1',
  databaseFinalSnapshot: 'false',
  databaseProxy: 'false',
  availabilityZones: '2',
  deploymentStrategy: 'rolling',
  containerInsights: 'disabled',
  syntheticCheck: 'false',
  flowLogs: 'off',
  logRetentionDays: '7',
  accessLogRetentionDays: '1',
  deletionProtection: 'false',
  registryRetained: 'false',
} as const satisfies Partial<Record<SettingKey, string>>;

const smallValkey = {
  valkeyNodeType: 'cache.t4g.micro',
  valkeyReplicas: '0',
  valkeySnapshotRetentionDays: '0',
} as const satisfies Partial<Record<SettingKey, string>>;

/** What belongs to the other environment: its name in DNS, its place in the chain, who is told and who may deploy it. */
const others = {
  domainName: undefined,
  hostedZoneId: undefined,
  releaseSource: 'build',
  promoteFrom: undefined,
  promoteFromRole: undefined,
  release: undefined,
  evidenceReaders: undefined,
  imagePullAccountIds: undefined,
  githubRepository: undefined,
  githubOidcProviderArn: undefined,
  pullRequestRole: undefined,
  stateBucket: undefined,
  stateKey: undefined,
  alarmEmail: undefined,
  alarmSlackTeamId: undefined,
  alarmSlackChannelId: undefined,
} as const satisfies Partial<Record<SettingKey, string | undefined>>;

export function isExpiringName(environment: string): boolean {
  return environment.startsWith(expiringPrefix) && environment.length > expiringPrefix.length;
}
