import { describe, expect, it } from 'vitest';
import { parseSettings } from './parse.ts';
import { SettingsError } from './problems.ts';

const valid = { 'aws:region': 'eu-central-1' };

/** What parsing says, line by line, without the headline. */
function complaint(config: Record<string, string>, environment = 'staging', secretKeys: readonly string[] = []) {
  try {
    parseSettings({ ...valid, ...config }, environment, { secretKeys: new Set(secretKeys) });
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split('\n');
    throw error;
  }
  throw new Error('The settings were accepted.');
}

const set = (key: string, value: string) => `    pulumi config set ${key} ${value} --stack staging`;

interface Wrong {
  readonly config: Record<string, string>;
  readonly message: readonly string[];
}

/** One row, one rule: configuration, and the whole of what is said about it. */
const wrong: Readonly<Record<string, Wrong>> = {
  'fewer workers at most than desired': {
    config: { workerDesiredCount: '3', workerMaxCount: '2' },
    message: ['  workerMaxCount is "2"', '    It must be at least workerDesiredCount (3).', set('workerMaxCount', '3')],
  },
  'a node type that the stack does not know': {
    config: { valkeyNodeType: 'cache.t2.micro' },
    message: [
      '  valkeyNodeType is "cache.t2.micro"',
      '    It must be one of cache.t4g.micro, cache.t4g.small, cache.t4g.medium, cache.m7g.large, cache.m7g.xlarge, cache.r7g.large, cache.r7g.xlarge.',
      set('valkeyNodeType', 'cache.t4g.micro'),
    ],
  },
  'a window of Valkey that is shorter than ElastiCache takes': {
    config: { valkeySnapshotWindow: '01:00-01:45' },
    message: [
      '  valkeySnapshotWindow is "01:00-01:45"',
      '    It must be at least 60 minutes long.',
      set('valkeySnapshotWindow', '01:00-02:00'),
    ],
  },
  'a snapshot of Valkey during its maintenance': {
    config: { valkeySnapshotWindow: '05:00-06:00' },
    message: [
      '  valkeyMaintenanceWindow is sun:04:30-sun:05:30, the default',
      '    It must be a window that does not overlap valkeySnapshotWindow (05:00-06:00).',
      set('valkeyMaintenanceWindow', 'sun:06:00-sun:07:00'),
    ],
  },
  'a sender that SES does not know': {
    config: { mailFrom: 'hello@example.com' },
    message: [
      '  mailIdentityArn is not set',
      '    It must be set when mailFrom is set.',
      set('mailIdentityArn', 'arn:aws:ses:eu-central-1:123456789012:identity/example.com'),
    ],
  },
  'a collector by its tag': {
    config: { collectorImage: 'public.ecr.aws/aws-observability/aws-otel-collector:latest' },
    message: [
      '  collectorImage is "public.ecr.aws/aws-observability/aws-otel-collector:latest"',
      '    It must be an image reference that ends in @sha256:<64 hex digits>.',
      set('collectorImage', "'public.ecr.aws/aws-observability/aws-otel-collector@sha256:<64 hex digits>'"),
    ],
  },
  'a database that asks for another kind of login': {
    config: { databaseAuthentication: 'kerberos' },
    message: [
      '  databaseAuthentication is "kerberos"',
      '    It must be one of password, iam.',
      set('databaseAuthentication', 'password'),
    ],
  },
  'a repository without its owner': {
    config: { githubRepository: 'api' },
    message: [
      '  githubRepository is "api"',
      '    It must be owner/name, or owner@id/name@id where GitHub identifies repositories by ID.',
      set('githubRepository', 'example/api'),
    ],
  },
  'a repository of which only half is named by id': {
    config: { githubRepository: 'example@1/api' },
    message: [
      '  githubRepository is "example@1/api"',
      '    It must be owner/name, or owner@id/name@id where GitHub identifies repositories by ID.',
      set('githubRepository', 'example/api'),
    ],
  },
  'a repository that would match others': {
    config: { githubRepository: 'example/*' },
    message: [
      '  githubRepository is "example/*"',
      '    It must be owner/name, or owner@id/name@id where GitHub identifies repositories by ID.',
      set('githubRepository', 'example/api'),
    ],
  },
  'the identity provider of somebody else': {
    config: { githubRepository: 'example/api', githubOidcProviderArn: 'arn:aws:iam::123456789012:oidc-provider/x.com' },
    message: [
      '  githubOidcProviderArn is "arn:aws:iam::123456789012:oidc-provider/x.com"',
      '    It must be the ARN of the identity provider token.actions.githubusercontent.com.',
      set('githubOidcProviderArn', 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com'),
    ],
  },
  'a state bucket with its scheme': {
    config: { githubRepository: 'example/api', stateBucket: 's3://state' },
    message: [
      '  stateBucket is "s3://state"',
      '    It must be the name of an S3 bucket, without s3://.',
      set('stateBucket', 'example-pulumi-state'),
    ],
  },
  'a state bucket for nobody': {
    config: { stateBucket: 'example-state' },
    message: [
      '  githubRepository is not set',
      '    It must be set when stateBucket is set.',
      set('githubRepository', 'example/api'),
    ],
  },
  'an account id that is too short': {
    config: { imagePullAccountIds: '123456789012,2109' },
    message: [
      '  imagePullAccountIds is "123456789012,2109"',
      '    It must be account IDs of 12 digits, separated by commas.',
      set('imagePullAccountIds', '123456789012,210987654321'),
    ],
  },
  'a registry that is retained in words': {
    config: { registryRetained: 'yes' },
    message: ['  registryRetained is "yes"', '    It must be true or false.', set('registryRetained', 'true')],
  },
  'endpoints that do not exist': {
    config: { vpcEndpoints: 'dynamodb' },
    message: ['  vpcEndpoints is "dynamodb"', '    It must be one of none, s3, all.', set('vpcEndpoints', 's3')],
  },
  'flow logs of another kind': {
    config: { flowLogs: 'accepted' },
    message: ['  flowLogs is "accepted"', '    It must be one of off, rejected, all.', set('flowLogs', 'off')],
  },
  'a firewall that is simply on': {
    config: { firewall: 'on' },
    message: ['  firewall is "on"', '    It must be one of off, count, block.', set('firewall', 'block')],
  },
  'a rate below what WAF takes': {
    config: { requestsPerIpPer5Minutes: '5' },
    message: [
      '  requestsPerIpPer5Minutes is "5"',
      '    It must be a whole number from 10 to 2000000000.',
      set('requestsPerIpPer5Minutes', '2000'),
    ],
  },
  'Container Insights in words': {
    config: { containerInsights: 'off' },
    message: [
      '  containerInsights is "off"',
      '    It must be one of disabled, enabled, enhanced.',
      set('containerInsights', 'enabled'),
    ],
  },
  'every statement for a slow one': {
    config: { databaseSlowStatementMs: '0' },
    message: [
      '  databaseSlowStatementMs is "0"',
      '    It must be a whole number from 10 to 600000.',
      set('databaseSlowStatementMs', '1000'),
    ],
  },
  'transactions that may idle for ever': {
    config: { databaseIdleInTransactionTimeoutMs: '0' },
    message: [
      '  databaseIdleInTransactionTimeoutMs is "0"',
      '    It must be a whole number from 1000 to 3600000.',
      set('databaseIdleInTransactionTimeoutMs', '60000'),
    ],
  },
  'a backup window without its end': {
    config: { databaseBackupWindow: '02:00' },
    message: [
      '  databaseBackupWindow is "02:00"',
      '    It must be hh:mm-hh:mm, at least 30 minutes, not overlapping databaseMaintenanceWindow.',
      set('databaseBackupWindow', '02:00-03:00'),
    ],
  },
  'a maintenance window that is too short': {
    config: { databaseMaintenanceWindow: 'sat:23:50-sun:00:10' },
    message: [
      '  databaseMaintenanceWindow is "sat:23:50-sun:00:10"',
      '    It must be at least 30 minutes long.',
      set('databaseMaintenanceWindow', 'sat:23:50-sun:00:20'),
    ],
  },
  'maintenance during the backup': {
    config: { databaseBackupWindow: '23:30-00:30', databaseMaintenanceWindow: 'mon:00:00-mon:01:00' },
    message: [
      '  databaseMaintenanceWindow is "mon:00:00-mon:01:00"',
      '    It must be a window that does not overlap databaseBackupWindow (23:30-00:30).',
      set('databaseMaintenanceWindow', 'sun:00:30-sun:01:00'),
    ],
  },
  'a stop without a start': {
    config: { stopTasksAt: '20:00' },
    message: ['  startTasksAt is not set', '    It must be set when stopTasksAt is set.', set('startTasksAt', '07:00')],
  },
  'an hour that no day has': {
    config: { stopTasksAt: '24:00', startTasksAt: '07:00' },
    message: ['  stopTasksAt is "24:00"', '    It must be a time of day as hh:mm.', set('stopTasksAt', '20:00')],
  },
  'a start without its minutes': {
    config: { stopTasksAt: '20:00', startTasksAt: '7' },
    message: ['  startTasksAt is "7"', '    It must be a time of day as hh:mm.', set('startTasksAt', '07:00')],
  },
  'a time zone by its offset': {
    config: { scheduleTimezone: '+01:00' },
    message: [
      '  scheduleTimezone is "+01:00"',
      '    It must be a name from the IANA time zone database, such as Europe/Berlin.',
      set('scheduleTimezone', 'UTC'),
    ],
  },
  'a range that is not private': {
    config: { vpcCidr: '8.8.0.0/16' },
    message: [
      '  vpcCidr is "8.8.0.0/16"',
      '    It must be a private /16 range: 10.x.0.0/16, 172.16.0.0/16 to 172.31.0.0/16, or 192.168.0.0/16.',
      set('vpcCidr', '10.0.0.0/16'),
    ],
  },
  'a range that is too small': {
    config: { vpcCidr: '10.0.0.0/24' },
    message: [
      '  vpcCidr is "10.0.0.0/24"',
      '    It must be a private /16 range: 10.x.0.0/16, 172.16.0.0/16 to 172.31.0.0/16, or 192.168.0.0/16.',
      set('vpcCidr', '10.0.0.0/16'),
    ],
  },
  'a range with an octet above 255': {
    config: { vpcCidr: '10.300.0.0/16' },
    message: [
      '  vpcCidr is "10.300.0.0/16"',
      '    It must be a private /16 range: 10.x.0.0/16, 172.16.0.0/16 to 172.31.0.0/16, or 192.168.0.0/16.',
      set('vpcCidr', '10.0.0.0/16'),
    ],
  },
  'a single zone': {
    config: { availabilityZones: '1' },
    message: [
      '  availabilityZones is "1"',
      '    It must be a whole number from 2 to 3.',
      set('availabilityZones', '2'),
    ],
  },
  'NAT gateways that do not exist': {
    config: { natGateways: 'both' },
    message: ['  natGateways is "both"', '    It must be one of none, single, per-zone.', set('natGateways', 'single')],
  },
  'an instance class whose connections are not known': {
    config: { databaseInstanceClass: 'db.t2.micro' },
    message: [
      '  databaseInstanceClass is "db.t2.micro"',
      '    It must be one of db.t4g.micro, db.t4g.small, db.t4g.medium, db.t4g.large, db.t4g.xlarge, db.t4g.2xlarge, db.m7g.large, db.m7g.xlarge, db.m7g.2xlarge, db.m7g.4xlarge, db.r7g.large, db.r7g.xlarge, db.r7g.2xlarge, db.r7g.4xlarge.',
      set('databaseInstanceClass', 'db.t4g.micro'),
    ],
  },
  'a version of PostgreSQL that is not supported': {
    config: { databaseEngineVersion: '12' },
    message: [
      '  databaseEngineVersion is "12"',
      '    It must be PostgreSQL 16 or 17, with or without a minor version, such as 17 or 17.4.',
      set('databaseEngineVersion', '17'),
    ],
  },
  'a database name with a hyphen': {
    config: { databaseName: 'my-app' },
    message: [
      '  databaseName is "my-app"',
      '    It must be up to 63 lowercase letters, digits and underscores, starting with a letter.',
      set('databaseName', 'app'),
    ],
  },
  'less storage than gp3 has': {
    config: { databaseStorageGiB: '10' },
    message: [
      '  databaseStorageGiB is "10"',
      '    It must be a whole number from 20 to 65536.',
      set('databaseStorageGiB', '20'),
    ],
  },
  'storage that may not grow': {
    config: { databaseStorageGiB: '100', databaseMaxStorageGiB: '100' },
    message: [
      '  databaseMaxStorageGiB is "100"',
      '    It must be at least 10% more than databaseStorageGiB (100).',
      set('databaseMaxStorageGiB', '110'),
    ],
  },
  'storage that outgrows the default of its limit': {
    config: { databaseStorageGiB: '200' },
    message: [
      '  databaseMaxStorageGiB is 100, the default',
      '    It must be at least 10% more than databaseStorageGiB (200).',
      set('databaseMaxStorageGiB', '220'),
    ],
  },
  'a boolean in words': {
    config: { databaseMultiAz: 'yes' },
    message: ['  databaseMultiAz is "yes"', '    It must be true or false.', set('databaseMultiAz', 'false')],
  },
  'no backups': {
    config: { databaseBackupRetentionDays: '0' },
    message: [
      '  databaseBackupRetentionDays is "0"',
      '    It must be a whole number from 1 to 35.',
      set('databaseBackupRetentionDays', '7'),
    ],
  },
  'a fraction': {
    config: { databasePoolSizeMax: '2.5' },
    message: [
      '  databasePoolSizeMax is "2.5"',
      '    It must be a whole number from 2 to 100.',
      set('databasePoolSizeMax', '10'),
    ],
  },
  'a number with its unit': {
    config: { stopTimeoutSeconds: '30s' },
    message: [
      '  stopTimeoutSeconds is "30s"',
      '    It must be a whole number from 2 to 120.',
      set('stopTimeoutSeconds', '35'),
    ],
  },
  'a stop timeout beyond Fargate’s limit': {
    config: { stopTimeoutSeconds: '121' },
    message: [
      '  stopTimeoutSeconds is "121"',
      '    It must be a whole number from 2 to 120.',
      set('stopTimeoutSeconds', '35'),
    ],
  },
  'a negative number': {
    config: { drainDelaySeconds: '-1' },
    message: [
      '  drainDelaySeconds is "-1"',
      '    It must be a whole number from 1 to 60.',
      set('drainDelaySeconds', '5'),
    ],
  },
  'a number in another notation': {
    config: { apiMemoryMiB: '1e3' },
    message: [
      '  apiMemoryMiB is "1e3"',
      '    It must be a whole number from 512 to 122880.',
      set('apiMemoryMiB', '512'),
    ],
  },
  'an empty value where one is needed': {
    config: { apiMemoryMiB: '' },
    message: ['  apiMemoryMiB is ""', '    It must be a whole number from 512 to 122880.', set('apiMemoryMiB', '512')],
  },
  'a CPU size that Fargate does not have': {
    config: { apiCpuUnits: '300' },
    message: [
      '  apiCpuUnits is "300"',
      '    It must be one of 256, 512, 1024, 2048, 4096, 8192, 16384.',
      set('apiCpuUnits', '256'),
    ],
  },
  'autoscaling to less than the desired count': {
    config: { apiDesiredCount: '3', apiMaxCount: '2' },
    message: ['  apiMaxCount is "2"', '    It must be at least apiDesiredCount (3).', set('apiMaxCount', '3')],
  },
  'a log level that pino does not have': {
    config: { logLevel: 'verbose' },
    message: [
      '  logLevel is "verbose"',
      '    It must be one of fatal, error, warn, info, debug, trace.',
      set('logLevel', 'info'),
    ],
  },
  'a health check more often than ELB checks': {
    config: { healthCheckIntervalSeconds: '2' },
    message: [
      '  healthCheckIntervalSeconds is "2"',
      '    It must be a whole number from 5 to 300.',
      set('healthCheckIntervalSeconds', '5'),
    ],
  },
  'a domain without its zone': {
    config: { domainName: 'api.example.com' },
    message: [
      '  hostedZoneId is not set',
      '    It must be set when domainName is set.',
      set('hostedZoneId', 'Z0123456789ABCDEFGHIJ'),
    ],
  },
  'a zone without a domain': {
    config: { hostedZoneId: 'Z0123456789ABCDEFGHIJ' },
    message: [
      '  domainName is not set',
      '    It must be set when hostedZoneId is set.',
      set('domainName', 'api.example.com'),
    ],
  },
  'a URL for a domain': {
    config: { domainName: 'https://api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' },
    message: [
      '  domainName is "https://api.example.com"',
      '    It must be a DNS name in lowercase.',
      set('domainName', 'api.example.com'),
    ],
  },
  'a zone by its name': {
    config: { domainName: 'api.example.com', hostedZoneId: 'example.com' },
    message: [
      '  hostedZoneId is "example.com"',
      '    It must be the ID of a hosted zone, such as Z0123456789ABCDEFGHIJ.',
      set('hostedZoneId', 'Z0123456789ABCDEFGHIJ'),
    ],
  },
  'a retention that CloudWatch does not have': {
    config: { logRetentionDays: '10' },
    message: [
      '  logRetentionDays is "10"',
      '    It must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.',
      set('logRetentionDays', '30'),
    ],
  },
  'an address without a domain': {
    config: { alarmEmail: 'ops' },
    message: ['  alarmEmail is "ops"', '    It must be an email address.', set('alarmEmail', 'ops@example.com')],
  },
  'a base image by its tag': {
    config: { nodeBaseImage: 'node:24-slim' },
    message: [
      '  nodeBaseImage is "node:24-slim"',
      '    It must be an image reference that ends in @sha256:<64 hex digits>.',
      set('nodeBaseImage', "'registry.example.com/node@sha256:<64 hex digits>'"),
    ],
  },
  'a release that is not JSON': {
    config: { release: '0.1.0' },
    message: [
      '  release is "0.1.0"',
      '    It must be JSON with version, image, digest, commit and migrations, as printed by `stack history --json`.',
      set(
        'release',
        `'{"version":"0.1.0-0123456789ab","image":"…@sha256:…","digest":"sha256:…","commit":"…","migrations":[]}'`,
      ),
    ],
  },
  'a release without a digest': {
    config: { release: '{"version":"0.1.0-0123456789ab","image":"x","commit":"unknown","migrations":[]}' },
    message: [
      '  release is "{\\"version\\":\\"0.1.0-0123456789ab\\",\\"image\\":\\"x\\",\\"commit\\":\\"unknown\\",\\"migrations\\":[]}"',
      '    It must be JSON with version, image, digest, commit and migrations, as printed by `stack history --json`.',
      set(
        'release',
        `'{"version":"0.1.0-0123456789ab","image":"…@sha256:…","digest":"sha256:…","commit":"…","migrations":[]}'`,
      ),
    ],
  },
  'a key in the wrong case': {
    config: { apimemorymib: '1024' },
    message: [
      '  apimemorymib is "1024"',
      '    It must be a setting that exists: docs/settings.md lists them all.',
      '    Did you mean apiMemoryMiB? Remove this one: pulumi config rm apimemorymib --stack staging',
    ],
  },
  'a misspelt key': {
    config: { apiDesirecCount: '3' },
    message: [
      '  apiDesirecCount is "3"',
      '    It must be a setting that exists: docs/settings.md lists them all.',
      '    Did you mean apiDesiredCount? Remove this one: pulumi config rm apiDesirecCount --stack staging',
    ],
  },
  'a key that is like none': {
    config: { colour: 'red' },
    message: [
      '  colour is "red"',
      '    It must be a setting that exists: docs/settings.md lists them all.',
      '    Remove it: pulumi config rm colour --stack staging',
    ],
  },
  'a zone of a region for the region': {
    config: { 'aws:region': 'eu-central-1a' },
    message: [
      '  aws:region is "eu-central-1a"',
      '    It must be the name of an AWS Region, such as eu-central-1.',
      set('aws:region', 'eu-central-1'),
    ],
  },
};

describe('parseSettings refuses', () => {
  it.each(Object.entries(wrong))('%s', (_name, { config, message }) => {
    expect(complaint(config)).toEqual(['1 setting of staging is invalid:', ...message]);
  });

  it('a missing region', () => {
    expect(() => parseSettings({}, 'staging')).toThrow(
      [
        '1 setting of staging is invalid:',
        '  aws:region is not set',
        '    It must be the name of an AWS Region, such as eu-central-1.',
        '    pulumi config set aws:region eu-central-1 --stack staging',
      ].join('\n'),
    );
  });

  it('with all problems at once', () => {
    const lines = complaint({ apiDesirecCount: '3', vpcCidr: 'x', stopTimeoutSeconds: '0', 'aws:region': 'Frankfurt' });

    expect(lines[0]).toBe('4 settings of staging are invalid:');
    expect(lines.filter((line) => /^ {2}\S/.test(line))).toEqual([
      '  aws:region is "Frankfurt"',
      '  apiDesirecCount is "3"',
      '  vpcCidr is "x"',
      '  stopTimeoutSeconds is "0"',
    ]);
  });

  it('without the value of an encrypted setting', () => {
    const lines = complaint({ alarmEmail: 'hunter2' }, 'staging', ['alarmEmail']);

    expect(lines[1]).toBe('  alarmEmail is <secret>');
    expect(lines.join('\n')).not.toContain('hunter2');
  });
});

describe('parseSettings', () => {
  it('gives every setting that is not set its default', () => {
    const settings = parseSettings(valid, 'staging');

    expect(settings.api).toEqual({
      cpuUnits: 256,
      memoryMiB: 512,
      desiredCount: 2,
      maxCount: 4,
      cpuTargetPercent: 60,
      memoryTargetPercent: 80,
      requestsPerTargetPerMinute: 6000,
    });
    expect(settings.deletionProtection).toBe(true);
    expect(settings.edge).toEqual({
      firewall: { mode: 'block', requestsPerIpPer5Minutes: 2000 },
      plainHttp: false,
      syntheticCheck: false,
      accessLogRetentionDays: 30,
    });
    expect(settings.release).not.toHaveProperty('pinned');
  });

  it('takes what is set', () => {
    const settings = parseSettings(
      {
        ...valid,
        apiMemoryMiB: '1024',
        databaseMultiAz: 'true',
        domainName: 'api.example.com',
        hostedZoneId: 'Z012345',
      },
      'prod',
    );

    expect(settings.environment).toBe('prod');
    expect(settings.region).toBe('eu-central-1');
    expect(settings.api.memoryMiB).toBe(1024);
    expect(settings.database.multiAz).toBe(true);
    expect(settings.edge.domain).toEqual({ name: 'api.example.com', hostedZoneId: 'Z012345' });
  });

  it('takes the empty value of an optional setting for not set', () => {
    const settings = parseSettings({ ...valid, domainName: '', hostedZoneId: '', alarmEmail: '', release: '' }, 'prod');

    expect(settings.edge).not.toHaveProperty('domain');
    expect(settings.observability).not.toHaveProperty('alarmEmail');
    expect(settings.release).not.toHaveProperty('pinned');
  });

  it('takes a pinned release apart', () => {
    const release = {
      version: '0.1.0-0123456789ab',
      image: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/nest-fargate-staging@sha256:${'a'.repeat(64)}`,
      digest: `sha256:${'a'.repeat(64)}`,
      commit: '398fc13',
      migrations: [{ name: '20261121T0900-create-todos', kind: 'expand' }],
    };

    expect(parseSettings({ ...valid, release: JSON.stringify(release) }, 'prod').release.pinned).toEqual(release);
  });

  it('leaves other namespaces to their owners', () => {
    expect(() => parseSettings({ ...valid, 'aws:profile': 'team' }, 'staging')).not.toThrow();
  });

  it('cannot be changed afterwards', () => {
    const settings = parseSettings(valid, 'staging');

    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.timing)).toBe(true);
  });
});
