import { describe, expect, it } from 'vitest';
import { existingDatabase, existingListener, existingVpc } from '../testing/existing.ts';
import { settingsByKey } from './keys/all.ts';
import { parseSettings } from './parse.ts';
import { SettingsError } from './problems.ts';
import { settingRules } from './rules.ts';

const collectorImage = `public.ecr.aws/aws-observability/aws-otel-collector@sha256:${'1'.repeat(64)}`;
const mail = {
  mailFrom: 'app@example.com',
  mailIdentityArn: 'arn:aws:ses:eu-central-1:123456789012:identity/example.com',
};

const domain = { domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };
const certificateIn = (region: string) =>
  `arn:aws:acm:${region}:123456789012:certificate/12345678-1234-1234-1234-123456789012`;
const clusterIn = (region: string) => `arn:aws:ecs:${region}:123456789012:cluster/shared`;

const expiring = { expires: '2026-12-24T18:00:00Z', madeFrom: 'staging', deletionProtection: 'false' };

const secretIn = (region: string) => `arn:aws:secretsmanager:${region}:123456789012:secret:rds!db-1a2b3c4d-AbCdEf`;
const database = {
  ...existingVpc,
  ...existingDatabase,
};
const listener = {
  ...existingVpc,
  ...existingListener,
};

/** Configurations that break one rule each, by the setting that the rule names; together they break every rule. */
const broken: readonly (readonly [key: string, config: Readonly<Record<string, string>>])[] = [
  ['apiMaxCount', { apiDesiredCount: '5' }],
  ['workerMaxCount', { workerDesiredCount: '5' }],
  ['databaseMaxStorageGiB', { databaseStorageGiB: '100' }],
  ['databaseBackupWindow', { databaseBackupWindow: '02:00-02:29' }],
  ['databaseBackupWindow', { databaseBackupWindow: '23:50-00:10' }],
  ['databaseMaintenanceWindow', { databaseMaintenanceWindow: 'sun:23:50-mon:00:10' }],
  ['databaseMaintenanceWindow', { databaseBackupWindow: '04:00-05:00' }],
  [
    'databaseMaintenanceWindow',
    { databaseBackupWindow: '22:00-23:45', databaseMaintenanceWindow: 'tue:22:00-tue:23:00' },
  ],
  ['valkeySnapshotWindow', { valkeySnapshotWindow: '01:00-01:59' }],
  ['valkeyMaintenanceWindow', { valkeyMaintenanceWindow: 'wed:23:30-thu:00:00' }],
  ['valkeyMaintenanceWindow', { valkeySnapshotWindow: '05:00-06:00' }],
  ...['existingPrivateSubnetIds', 'existingPublicSubnetIds', 'existingDatabaseSubnetIds'].map(
    (key): readonly [string, Readonly<Record<string, string>>] => [key, { ...existingVpc, [key]: '' }],
  ),
  ['existingVpcId', { ...existingVpc, existingVpcId: '' }],
  ['existingPrivateSubnetIds', { ...existingVpc, existingPublicSubnetIds: existingVpc.existingPrivateSubnetIds }],
  ['vpcCidr', { ...existingVpc, vpcCidr: '10.1.0.0/16' }],
  ['availabilityZones', { ...existingVpc, availabilityZones: '3' }],
  ['natGateways', { ...existingVpc, natGateways: 'per-zone' }],
  ['vpcEndpoints', { ...existingVpc, vpcEndpoints: 'none' }],
  ['flowLogs', { ...existingVpc, flowLogs: 'all' }],
  ['domainName', { existingCertificateArn: certificateIn('eu-central-1') }],
  ['existingCertificateArn', { ...domain, existingCertificateArn: certificateIn('us-east-1') }],
  ['existingClusterArn', { existingClusterArn: clusterIn('us-east-1') }],
  ['existingVpcId', { ...listener, existingVpcId: '' }],
  ['domainName', { ...listener, domainName: '', hostedZoneId: '' }],
  ['existingLoadBalancerSecurityGroupId', { ...listener, existingLoadBalancerSecurityGroupId: '' }],
  ['existingListenerPriority', { ...listener, existingListenerPriority: '' }],
  ['existingListenerArn', { ...listener, existingListenerArn: '' }],
  ['existingListenerArn', { ...listener, existingListenerArn: listener.existingListenerArn.replace('-1:', '-2:') }],
  ['deploymentStrategy', { ...listener, deploymentStrategy: 'canary' }],
  ['firewall', { ...listener, firewall: 'block' }],
  ['accessLogRetentionDays', { ...listener, accessLogRetentionDays: '7' }],
  ['existingCertificateArn', { ...listener, existingCertificateArn: certificateIn('eu-central-1') }],
  ['existingVpcId', { ...database, existingVpcId: '' }],
  ['existingDatabaseSubnetIds', { ...database, existingDatabaseSubnetIds: '' }],
  ['existingDatabaseIdentifier', { ...database, existingDatabaseIdentifier: '' }],
  ['existingDatabaseSecurityGroupId', { ...database, existingDatabaseSecurityGroupId: '' }],
  ['existingDatabaseOwnerSecretArn', { ...database, existingDatabaseOwnerSecretArn: '' }],
  ['existingDatabaseOwnerSecretArn', { ...database, existingDatabaseOwnerSecretArn: secretIn('us-east-1') }],
  ['databaseMaxConnections', { ...database, databaseMaxConnections: '' }],
  ['databaseName', { ...database, databaseName: 'a'.repeat(58) }],
  ['databaseAuthentication', { ...database, databaseAuthentication: 'iam' }],
  ['databaseProxy', { ...database, databaseProxy: 'true' }],
  ['databaseStorageGiB', { ...database, databaseStorageGiB: '21' }],
  ['databaseMaxStorageGiB', { ...database, databaseMaxStorageGiB: '200' }],
  ['databaseMultiAz', { ...database, databaseMultiAz: 'true' }],
  ['databaseBackupRetentionDays', { ...database, databaseBackupRetentionDays: '30' }],
  ['databaseBackupWindow', { ...database, databaseBackupWindow: '01:00-02:00' }],
  ['databaseMaintenanceWindow', { ...database, databaseMaintenanceWindow: 'tue:05:00-tue:06:00' }],
  ['databaseFinalSnapshot', { ...database, databaseFinalSnapshot: 'false' }],
  ['databaseSlowStatementMs', { ...database, databaseSlowStatementMs: '500' }],
  ['databaseIdleInTransactionTimeoutMs', { ...database, databaseIdleInTransactionTimeoutMs: '5000' }],
  ['ecsExec', { existingClusterArn: clusterIn('eu-central-1'), ecsExec: 'true' }],
  ['spotPercent', { existingClusterArn: clusterIn('eu-central-1'), spotPercent: '50' }],
  ['containerInsights', { deploymentStrategy: 'canary', containerInsights: 'disabled' }],
  ['vpcEndpoints', { natGateways: 'none' }],
  ['natGateways', { natGateways: 'none', vpcEndpoints: 'all', ...mail }],
  ['natGateways', { natGateways: 'none', vpcEndpoints: 'all', collectorImage }],
  ['databaseProxy', { databaseProxy: 'true', databaseAuthentication: 'iam' }],
  ['pullRequestRole', { pullRequestRole: 'true' }],
  [
    'pullRequestRole',
    { pullRequestRole: 'true', githubRepository: 'example/api', natGateways: 'none', vpcEndpoints: 'all' },
  ],
  ['releaseSource', { promoteFrom: 'dev' }],
  ['deletionProtection', { ...expiring, deletionProtection: 'true' }],
  ['promoteFrom', { ...expiring, promoteFrom: 'dev', releaseSource: 'promoted' }],
  ['madeFrom', { expires: expiring.expires, deletionProtection: 'false' }],
  ['expires', { madeFrom: 'staging', deletionProtection: 'false' }],
  ['syntheticCheck', { syntheticCheck: 'true', stopTasksAt: '20:00', startTasksAt: '07:00' }],
  ['syntheticCheck', { syntheticCheck: 'true', 'aws:region': 'us-gov-west-1' }],
  ['hostedZoneId', { domainName: 'api.example.com' }],
  ['domainName', { hostedZoneId: 'Z0123456789ABCDEFGHIJ' }],
  ['startTasksAt', { stopTasksAt: '20:00' }],
  ['stopTasksAt', { startTasksAt: '07:00' }],
  ['alarmSlackChannelId', { alarmSlackTeamId: 'T07EA123LEP' }],
  ['alarmSlackTeamId', { alarmSlackChannelId: 'C07EZ1ABC23' }],
  ['mailIdentityArn', { mailFrom: mail.mailFrom }],
  ['mailFrom', { mailIdentityArn: mail.mailIdentityArn }],
  [
    'promoteFrom',
    { promoteFromRole: settingsByKey.get('promoteFromRole')?.facts.example ?? '', releaseSource: 'promoted' },
  ],
  ['githubRepository', { stateBucket: 'example-state' }],
  ['githubRepository', { stateKey: 'alias/pulumi' }],
  ['githubRepository', { githubOidcProviderArn: settingsByKey.get('githubOidcProviderArn')?.facts.example ?? '' }],
];

function problemsOf(config: Readonly<Record<string, string>>) {
  try {
    parseSettings({ 'aws:region': 'eu-central-1', ...config }, 'staging');
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

/** With what the problems ask for. A domain asks for its zone besides. */
function remedied(config: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [problem] = problemsOf(config);
  const [, key = '', shown = ''] =
    /^pulumi config (?:set|rm) (\S+)(?: (\S+))? --stack staging$/.exec(problem?.remedy ?? '') ?? [];
  const value = shown.replace(/^'(.*)'$/, '$1');
  const once: Record<string, string> = { ...config };
  if (value === '') delete once[key];
  else once[key] = value;
  return key === 'domainName' && problemsOf(once).length === 1 ? remedied(once) : once;
}

describe('a rule between settings', () => {
  it.each(broken)('%s: %j is refused, and accepted with its remedy', (key, config) => {
    const [problem, ...others] = problemsOf(config);

    expect(others).toEqual([]);
    expect(problem?.keys).toEqual([key]);
    expect(problemsOf(remedied(config))).toEqual([]);
  });

  it('is broken by one of them, whichever it is', () => {
    const withoutValues = (rule: string) => rule.replace(/ \([^)]*\)$/, '');
    const seen = broken.flatMap(([, config]) =>
      problemsOf(config).map(({ keys, rule }) => `${keys}: ${withoutValues(rule)}`),
    );
    const rules = settingRules.map(
      ({ key, rule }) => `${key}: ${typeof rule === 'string' ? rule : rule((other) => other)}`,
    );

    expect([...new Set(seen)].toSorted()).toEqual([...new Set(rules)].toSorted());
  });

  it('shows no secret', () => {
    const config = { 'aws:region': 'eu-central-1', databaseStorageGiB: '4321', databaseMaxStorageGiB: '1234' };
    const secretKeys = new Set(['databaseStorageGiB', 'databaseMaxStorageGiB']);

    expect(() => parseSettings(config, 'staging', { secretKeys })).toThrow(
      '  databaseMaxStorageGiB is <secret>\n    It must be at least 10% more than databaseStorageGiB (<secret>).',
    );
  });
});
