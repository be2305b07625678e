import { describe, expect, it } from 'vitest';
import { graphOf } from '../testing/graph-of.ts';
import { reasons } from './iam-wildcard.ts';
import type { NamedRule, Subject } from './rule.ts';
import { rules } from './rules.ts';

const container = {
  name: 'api',
  image: `registry.example.com/app@sha256:${'a'.repeat(64)}`,
  memory: 256,
  stopTimeout: 35,
  user: '10001:10001',
  readonlyRootFilesystem: true,
  linuxParameters: { initProcessEnabled: true },
  environment: [{ name: 'LOG_LEVEL', value: 'info' }],
};
type Inputs = Record<string, unknown>;
interface Case {
  readonly type: string;
  readonly name?: string;
  readonly right: Inputs;
  readonly wrong: Inputs;
  readonly says: readonly string[];
}

const task = (changes: Inputs): Inputs => ({ containerDefinitions: JSON.stringify([{ ...container, ...changes }]) });
const aboutTask = (changes: Inputs, says: string): Case => ({
  type: 'aws:ecs/taskDefinition:TaskDefinition',
  right: task({}),
  wrong: task(changes),
  says: [says],
});
const policy = (statement: Inputs): Inputs => ({
  policy: JSON.stringify({ Statement: [{ Effect: 'Allow', ...statement }] }),
});
const cache = { atRestEncryptionEnabled: true, transitEncryptionEnabled: true };
const shells = (executeCommandConfiguration: Inputs): Inputs => ({ configuration: { executeCommandConfiguration } });
const ingress = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule';
const database = { backupRetentionPeriod: 7, deletionProtection: true, skipFinalSnapshot: false };

/** One row, one way to break a rule: the nearest thing that is allowed, the thing that is not, and what is said of it. */
const cases: readonly (readonly [rule: string, Case])[] = [
  [
    'public-database',
    {
      type: 'aws:rds/instance:Instance',
      right: { publiclyAccessible: false },
      wrong: { publiclyAccessible: true },
      says: ['The database is reachable from the internet: set publiclyAccessible to false.'],
    },
  ],
  [
    'database-without-backups',
    {
      type: 'aws:rds/instance:Instance',
      right: { ...database, deletionProtection: false, skipFinalSnapshot: true },
      wrong: { ...database, backupRetentionPeriod: 0 },
      says: ['The database has no backups: set backupRetentionPeriod.'],
    },
  ],
  [
    'unencrypted-storage',
    {
      type: 'aws:rds/instance:Instance',
      right: { storageEncrypted: true },
      wrong: {},
      says: ['The resource is not encrypted: set storageEncrypted.'],
    },
  ],
  [
    'unencrypted-storage',
    {
      type: 'aws:ecr/repository:Repository',
      right: { encryptionConfigurations: [{ encryptionType: 'AES256' }] },
      wrong: {},
      says: ['The image repository has no explicit encryption: set encryptionConfigurations.'],
    },
  ],
  [
    'unencrypted-storage',
    {
      type: 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
      right: { bucket: 'logs', blockPublicAcls: true },
      wrong: { bucket: 'logs', blockPublicAcls: false },
      says: ['The bucket does not block public access: set every flag to true.'],
    },
  ],
  [
    'container-without-stop-timeout',
    aboutTask({ stopTimeout: undefined }, 'Container api has no stop timeout: set stopTimeout.'),
  ],
  [
    'container-without-memory-limit',
    aboutTask({ memory: undefined }, 'Container api has no memory limit: set memory.'),
  ],
  [
    'image-by-tag',
    aboutTask({ image: 'registry.example.com/app:1.2.3' }, 'Container api references its image without a digest.'),
  ],
  [
    'plain-secret',
    aboutTask(
      { environment: [{ name: 'DATABASE_PASSWORD', value: 'x' }] },
      'Container api has DATABASE_PASSWORD as a plain environment variable: move it to secrets.',
    ),
  ],
  [
    'plain-secret',
    aboutTask(
      { environment: [{ name: 'DATABASE_URL', value: 'postgres://app:pass@host/app' }] },
      'Container api has DATABASE_URL as a plain environment variable: move it to secrets.',
    ),
  ],
  [
    'container-with-writable-root',
    aboutTask(
      { readonlyRootFilesystem: false },
      'Container api can write to its root file system: set readonlyRootFilesystem.',
    ),
  ],
  ['container-as-root', aboutTask({ user: '0:0' }, 'Container api runs as root: set user to a number other than 0.')],
  [
    'container-as-root',
    aboutTask({ user: undefined }, 'Container api runs as root: set user to a number other than 0.'),
  ],
  [
    'container-without-init',
    aboutTask({ linuxParameters: {} }, 'Container api has no init process: set linuxParameters.initProcessEnabled.'),
  ],
  [
    'service-without-circuit-breaker',
    {
      type: 'aws:ecs/service:Service',
      right: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      wrong: { deploymentCircuitBreaker: { enable: true, rollback: false } },
      says: ['The service has no circuit breaker that rolls back: set deploymentCircuitBreaker.'],
    },
  ],
  [
    'service-without-circuit-breaker',
    {
      type: 'aws:ecs/service:Service',
      right: { deploymentConfiguration: { strategy: 'CANARY' }, alarms: { enable: true, rollback: true } },
      wrong: { deploymentConfiguration: { strategy: 'CANARY' }, alarms: { enable: true, rollback: false } },
      says: ['The service shifts traffic without alarms that roll back: set alarms.'],
    },
  ],
  [
    'endless-log',
    {
      type: 'aws:cloudwatch/logGroup:LogGroup',
      right: { retentionInDays: 30 },
      wrong: { retentionInDays: 0 },
      says: ['The log group never expires its events: set retentionInDays.'],
    },
  ],
  [
    'iam-wildcard',
    {
      type: 'aws:iam/rolePolicy:RolePolicy',
      right: policy({ Sid: 'Read', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::a/*' }),
      wrong: policy({ Sid: 'Read', Action: ['s3:Get*'], Resource: ['*'] }),
      says: [
        'Statement Read allows s3:Get*: name each action.',
        'Statement Read allows every resource: name them, or add a reason to iam-wildcard.ts.',
      ],
    },
  ],
  [
    'iam-wildcard',
    {
      type: 'aws:iam/policy:Policy',
      right: policy({ Sid: 'LogInToRegistry', Action: 'ecr:GetAuthorizationToken', Resource: '*' }),
      wrong: policy({ NotAction: 'iam:CreateUser', Resource: 'arn:aws:s3:::a' }),
      says: ['A statement uses NotAction or NotResource: name what it allows.'],
    },
  ],
  [
    'iam-wildcard',
    {
      type: 'aws:iam/policy:Policy',
      right: policy({ Sid: 'UseKey', Action: 'kms:Decrypt', Resource: 'arn:aws:kms:*:*:key/1234' }),
      wrong: policy({ Sid: 'UseKey', Action: 'kms:Decrypt', Resource: 'arn:aws:kms:*:*:key/*' }),
      says: ['Statement UseKey allows every resource: name them, or add a reason to iam-wildcard.ts.'],
    },
  ],
  [
    'valkey-without-password',
    {
      type: 'aws:elasticache/replicationGroup:ReplicationGroup',
      right: { ...cache, authToken: 'secret', transitEncryptionMode: 'required' },
      wrong: { ...cache, transitEncryptionMode: 'preferred' },
      says: [
        'Valkey accepts clients without a password: set authToken.',
        'Valkey accepts clients without TLS: set transitEncryptionMode to required.',
      ],
    },
  ],
  [
    'proxy-without-tls',
    {
      type: 'aws:rds/proxy:Proxy',
      right: { requireTls: true },
      wrong: {},
      says: ['The proxy accepts clients without TLS: set requireTls.'],
    },
  ],
  [
    'weak-tls',
    {
      type: 'aws:lb/listener:Listener',
      right: { protocol: 'HTTPS', sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' },
      wrong: { protocol: 'HTTPS', sslPolicy: 'ELBSecurityPolicy-2016-08' },
      says: ['The listener accepts old TLS versions: set sslPolicy to a policy for TLS 1.3 and 1.2.'],
    },
  ],
  [
    'public-task',
    {
      type: 'aws:ecs/service:Service',
      right: { networkConfiguration: { assignPublicIp: false } },
      wrong: { networkConfiguration: { assignPublicIp: true } },
      says: ['The service assigns public IP addresses to its tasks: set assignPublicIp to false.'],
    },
  ],
  [
    'unlogged-shell',
    {
      type: 'aws:ecs/cluster:Cluster',
      right: shells({ logging: 'OVERRIDE', logConfiguration: { cloudWatchLogGroupName: 'shells' } }),
      wrong: shells({ logging: 'DEFAULT' }),
      says: ['ECS Exec sessions are not logged: set logging to OVERRIDE, and a log group.'],
    },
  ],
  [
    'key-without-rotation',
    {
      type: 'aws:kms/key:Key',
      right: { enableKeyRotation: true, deletionWindowInDays: 30, ...policy({ Action: ['kms:Decrypt'] }) },
      wrong: { deletionWindowInDays: 7, ...policy({ Action: ['kms:*'] }) },
      says: [
        'The key does not rotate: set enableKeyRotation.',
        'The deletion window of the key is too short: set deletionWindowInDays to 30.',
        'The key policy allows kms:*: name each action.',
      ],
    },
  ],
  [
    'open-port',
    {
      type: ingress,
      name: 'edge-from-world-443',
      right: { cidrIpv4: '0.0.0.0/0', fromPort: 443, toPort: 443 },
      wrong: { cidrIpv4: '0.0.0.0/0', fromPort: 0, toPort: 443 },
      says: ['Ports 0 to 443 are open to the internet.'],
    },
  ],
  [
    'open-port',
    {
      type: ingress,
      name: 'database-from-world',
      right: { referencedSecurityGroupId: 'sg-1', fromPort: 5432, toPort: 5432 },
      wrong: { cidrIpv6: '::/0', fromPort: 443, toPort: 443 },
      says: ['Ports 443 to 443 are open to the internet.'],
    },
  ],
  [
    'open-port',
    {
      type: 'aws:ec2/securityGroup:SecurityGroup',
      right: { ingress: [{ cidrBlocks: ['10.0.0.0/16'] }] },
      wrong: { ingress: [{ cidrBlocks: ['0.0.0.0/0'] }] },
      says: ['An inline rule of the security group is open to the internet.'],
    },
  ],
];

function ruleNamed(name: string): NamedRule {
  const found = rules.find((rule) => rule.name === name);
  if (found === undefined) throw new Error(`There is no rule ${name}.`);
  return found;
}

const subjectOf = ({ type, name = 'any' }: Case, inputs: Inputs): Subject => ({ type, name, inputs });

describe('a rule', () => {
  it.each(cases)('%s fires on what it forbids, and on nothing else: %#', (name, row) => {
    const { check } = ruleNamed(name);

    expect(check(subjectOf(row, row.wrong))).toEqual(row.says);
    expect(check(subjectOf(row, row.right))).toEqual([]);
    expect(check({ ...subjectOf(row, row.wrong), type: 'aws:sqs/queue:Queue' })).toEqual([]);
  });

  it('has a case here, and a name of its own', () => {
    const names = rules.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !cases.some(([of]) => of === name))).toEqual([]);
  });

  it.each(['aws:ecs/taskDefinition:TaskDefinition', 'aws:iam/policy:Policy'])(
    'says nothing about a document of %s that is not known yet',
    (type) => {
      for (const unknown of [undefined, '04da6b54-80e4-46f7-96ec-b56ff0331ba9']) {
        const inputs = { containerDefinitions: unknown, policy: unknown };
        const said = rules.flatMap(({ check }) => check({ type, name: 'any', inputs }));

        expect(said).toEqual([]);
      }
    },
  );
});

describe.each([
  ['staging', {}],
  ['prod', {}],
  [
    'prod',
    {
      githubRepository: 'example/api',
      stateBucket: 'example-state',
      stateKey: 'alias/pulumi',
      domainName: 'api.example.com',
      hostedZoneId: 'Z0123456789ABCDEFGHIJ',
    },
  ],
])('%s with %j', (environment, config) => {
  it('breaks no rule', async () => {
    const { resources } = await graphOf(environment, config);
    const problems = resources.flatMap(({ type, name, inputs }) =>
      rules.flatMap(({ name: rule, check }) =>
        check({ type, name, inputs }).map((problem) => `${rule}: ${type} ${name}: ${problem}`),
      ),
    );

    expect(problems).toEqual([]);
  });
});

describe('the reasons for every resource', () => {
  it('are all in use', async () => {
    const { resources } = await graphOf('prod', {
      githubRepository: 'example/api',
      stateKey: 'alias/pulumi',
      deploymentStrategy: 'blue-green',
      ecsExec: 'true',
      collectorImage: `collector@sha256:${'1'.repeat(64)}`,
    });
    const documents = JSON.stringify(resources.map(({ inputs }) => inputs['policy']));

    expect(Object.keys(reasons).filter((sid) => !documents.includes(sid))).toEqual([]);
  });
});
