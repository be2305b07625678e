import { describe, expect, it } from 'vitest';
import { fieldsOf, ofType } from './graph/query.ts';
import type { Graph } from './graph/record.ts';
import { containerOf, find } from './testing/find.ts';
import { graphOf } from './testing/graph-of.ts';

const json = (text: unknown) => JSON.parse(String(text));
const statementsOf = (graph: Graph, policy: string) =>
  json(find(graph, 'aws:iam/rolePolicy:RolePolicy', policy).inputs['policy']).Statement;
const variable = (graph: Graph, task: string, name: string) =>
  (containerOf(graph, task)['environment'] as { name: string; value: string }[]).find((entry) => entry.name === name)
    ?.value;
const group = (name: string) => `@{aws:ec2/securityGroup:SecurityGroup::${name}::id}`;

describe('RDS Proxy', () => {
  const on = { databaseProxy: 'true' };
  const ruleType = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule';
  const into = (graph: Graph, to: string) =>
    ofType(graph, ruleType)
      .filter(({ inputs }) => inputs['securityGroupId'] === group(to))
      .map(({ inputs }) => inputs['referencedSecurityGroupId']);

  it('is off unless asked for', async () => {
    expect(ofType(await graphOf(), 'aws:rds/proxy:Proxy')).toEqual([]);
  });

  it('is what the app connects to, and migrations pass by', async () => {
    const graph = await graphOf('prod', on);

    expect(variable(graph, 'api', 'DATABASE_HOST')).toBe('@{aws:rds/proxy:Proxy::database::endpoint}');
    expect(variable(graph, 'migrate', 'DATABASE_HOST')).toBe('@{aws:rds/instance:Instance::database::address}');
  });

  it('stands between the app and the database', async () => {
    const graph = await graphOf('prod', on);

    expect(into(graph, 'database')).toEqual(expect.arrayContaining([group('database-proxy'), group('migrate')]));
    expect(into(graph, 'database')).not.toContain(group('api'));
    expect(into(graph, 'database-proxy')).toContain(group('api'));
    expect(into(graph, 'database-proxy')).not.toContain(group('migrate'));
  });

  it('takes TLS only, and logs in with the app’s password, which alone it may read', async () => {
    const graph = await graphOf('prod', on);
    const secretArn = '@{aws:secretsmanager/secret:Secret::app-password::arn}';

    expect(find(graph, 'aws:rds/proxy:Proxy', 'database').inputs).toMatchObject({
      engineFamily: 'POSTGRESQL',
      requireTls: true,
      auths: [{ authScheme: 'SECRETS', iamAuth: 'DISABLED', secretArn }],
    });
    expect(statementsOf(graph, 'database-proxy')).toEqual([
      { Sid: 'ReadLogin', Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secretArn },
    ]);
  });

  it('may have what the contract leaves to tasks', async () => {
    const { inputs } = find(
      await graphOf('staging', on),
      'aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup',
      'database',
    );

    expect(inputs['connectionPoolConfig']).toEqual({
      maxConnectionsPercent: 85,
      maxIdleConnectionsPercent: 42,
      connectionBorrowTimeout: 5,
    });
  });

  it('keeps no more connections idle than there may be, however small their share is', async () => {
    const fewTasks = { worker: 'off', apiDesiredCount: '1', apiMaxCount: '1', databaseReservedConnections: '45' };
    const graph = await graphOf('staging', { ...on, ...fewTasks });
    const { inputs } = find(graph, 'aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup', 'database');
    const { maxConnectionsPercent, maxIdleConnectionsPercent } = fieldsOf(inputs['connectionPoolConfig']);

    // The provider's own default, 50, would be refused by RDS.
    expect(maxConnectionsPercent).toBeLessThan(50);
    expect(Number(maxIdleConnectionsPercent)).toBeLessThanOrEqual(Number(maxConnectionsPercent));
  });

  it('is there before a task is', async () => {
    const graph = await graphOf('prod', on);
    const target = find(graph, 'aws:rds/proxyTarget:ProxyTarget', 'database');

    expect(find(graph, 'aws:ecs/service:Service', 'api').dependencies).toContain(target.urn);
  });
});

describe('the app’s password', () => {
  it('is a login as RDS Proxy reads it, of which tasks get the password', async () => {
    const secrets = containerOf(await graphOf(), 'api')['secrets'] as { name: string; valueFrom: string }[];

    expect(secrets.find(({ name }) => name === 'DATABASE_PASSWORD')?.valueFrom).toBe(
      '@{aws:secretsmanager/secret:Secret::app-password::arn}:password::',
    );
  });
});

describe('a key of one’s own', () => {
  const on = { encryption: 'customer-managed', flowLogs: 'all', ecsExec: 'true', databaseProxy: 'true' };
  const keyArn = '@{aws:kms/key:Key::encryption::arn}';

  it('is off unless asked for', async () => {
    const graph = await graphOf();

    expect(ofType(graph, 'aws:kms/key:Key')).toEqual([]);
    expect(JSON.stringify(graph)).not.toContain('kmsKeyId');
  });

  it('turns by itself, and is hard to lose', async () => {
    const key = find(await graphOf('prod', on), 'aws:kms/key:Key', 'encryption');

    expect(key.inputs).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
    expect(key.protect).toBe(true);
  });

  it.each([
    ['the registry', { registryRetained: 'true', databaseFinalSnapshot: 'false' }, true],
    ['the final snapshot', { registryRetained: 'false', databaseFinalSnapshot: 'true' }, true],
    ['nothing', { registryRetained: 'false', databaseFinalSnapshot: 'false' }, undefined],
  ])('outlives an environment of which %s stays', async (_what, kept, retained) => {
    const graph = await graphOf('staging', { ...on, ...kept });

    expect(find(graph, 'aws:kms/key:Key', 'encryption').retainOnDelete).toBe(retained);
  });

  it('encrypts all that holds data, logs and secrets', async () => {
    const graph = await graphOf('prod', on);
    const keysOf = (type: string, property: string) =>
      new Set(ofType(graph, type).map(({ inputs }) => inputs[property]));

    expect(find(graph, 'aws:rds/instance:Instance', 'database').inputs).toMatchObject({
      storageEncrypted: true,
      kmsKeyId: keyArn,
      masterUserSecretKmsKeyId: keyArn,
      performanceInsightsKmsKeyId: keyArn,
    });
    expect(keysOf('aws:cloudwatch/logGroup:LogGroup', 'kmsKeyId')).toEqual(new Set([keyArn]));
    expect(keysOf('aws:secretsmanager/secret:Secret', 'kmsKeyId')).toEqual(new Set([keyArn]));
    expect(keysOf('aws:elasticache/replicationGroup:ReplicationGroup', 'kmsKeyId')).toEqual(new Set([keyArn]));
    expect(keysOf('aws:sns/topic:Topic', 'kmsMasterKeyId')).toEqual(new Set([keyArn]));
    expect(find(graph, 'aws:ecr/repository:Repository', 'image').inputs['encryptionConfigurations']).toEqual([
      { encryptionType: 'KMS', kmsKey: keyArn },
    ]);
  });

  it('names each action in its policy, and who may do it', async () => {
    const { policy } = find(await graphOf('prod', on), 'aws:kms/key:Key', 'encryption').inputs;
    const statements: { Sid: string; Action: string | string[]; Condition?: object }[] = json(policy).Statement;
    const throughServices = statements.find(({ Sid }) => Sid === 'UseKeyThroughServices');

    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    expect(statements.map(({ Sid, Condition }) => [Sid, Condition !== undefined])).toEqual([
      ['AdministerKey', false],
      ['UseKeyThroughServices', true],
      ['GrantKeyToServices', true],
      ['EncryptLogs', true],
      ['EncryptAlarms', true],
      ['EncryptShells', false],
    ]);
    expect(throughServices?.Action).toContain('kms:RetireGrant');
    expect(JSON.stringify(throughServices?.Condition)).toContain('ecr.');
    expect(statements.find(({ Sid }) => Sid === 'EncryptAlarms')).toMatchObject({
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: {
        StringEquals: {
          'aws:SourceAccount': '@{aws:index/getCallerIdentity:getCallerIdentity::caller::accountId}',
        },
      },
    });
  });

  it('encrypts shells in tasks, which only then may use it', async () => {
    const graph = await graphOf('prod', on);
    const withoutShells = await graphOf('prod', { ...on, ecsExec: 'false' });
    const decrypt = { Sid: 'EncryptShell', Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn };

    expect(find(graph, 'aws:ecs/cluster:Cluster', 'cluster').inputs['configuration']).toMatchObject({
      executeCommandConfiguration: { kmsKeyId: keyArn, logConfiguration: { cloudWatchEncryptionEnabled: true } },
    });
    expect(statementsOf(graph, 'api-task-shell')).toContainEqual(decrypt);
    expect(JSON.stringify(withoutShells)).not.toContain('EncryptShell');
  });

  it('may be used by those who read a secret, and only for that', async () => {
    const graph = await graphOf('prod', on);

    for (const role of ['api-execution', 'migrate-execution', 'database-proxy']) {
      expect(statementsOf(graph, role), role).toContainEqual({
        Sid: 'DecryptSecrets',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: keyArn,
        Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' } },
      });
    }
  });
});

describe('a shell in a task', () => {
  const on = { ecsExec: 'true' };

  it('cannot be opened unless settings say so', async () => {
    const graph = await graphOf();

    expect(find(graph, 'aws:ecs/service:Service', 'api').inputs).not.toHaveProperty('enableExecuteCommand');
    expect(JSON.stringify(graph)).not.toContain('ssmmessages');
    expect(containerOf(graph, 'api')).not.toHaveProperty('mountPoints');
  });

  it('has the three folders that its agent writes to, and a root file system that stays read-only', async () => {
    const graph = await graphOf('prod', on);
    const { inputs } = find(graph, 'aws:ecs/taskDefinition:TaskDefinition', 'api');
    const volumes = (inputs['volumes'] as { name: string }[]).map(({ name }) => name);

    expect(find(graph, 'aws:ecs/service:Service', 'api').inputs['enableExecuteCommand']).toBe(true);
    expect(containerOf(graph, 'api')).toMatchObject({
      readonlyRootFilesystem: true,
      linuxParameters: { initProcessEnabled: true },
      mountPoints: [
        { sourceVolume: volumes[0], containerPath: '/managed-agents', readOnly: false },
        { sourceVolume: volumes[1], containerPath: '/var/lib/amazon/ssm', readOnly: false },
        { sourceVolume: volumes[2], containerPath: '/var/log/amazon/ssm', readOnly: false },
      ],
    });
    expect(containerOf(graph, 'migrate')).not.toHaveProperty('mountPoints');
  });

  it('is logged, for a time', async () => {
    const graph = await graphOf('prod', on);

    expect(find(graph, 'aws:ecs/cluster:Cluster', 'cluster').inputs['configuration']).toEqual({
      executeCommandConfiguration: {
        logging: 'OVERRIDE',
        logConfiguration: {
          cloudWatchLogGroupName: '/ecs/nest-fargate-prod-shells',
          cloudWatchEncryptionEnabled: false,
        },
      },
    });
    expect(find(graph, 'aws:cloudwatch/logGroup:LogGroup', 'cluster-shells').inputs['retentionInDays']).toBe(90);
  });

  it('gets no more permissions than its agent needs', async () => {
    const statements: { Sid: string; Resource: unknown }[] = statementsOf(await graphOf('prod', on), 'api-task-shell');

    expect(statements.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid)).toEqual([
      'OpenShell',
      'FindShellLog',
    ]);
    expect(statements.find(({ Sid }) => Sid === 'LogShell')?.Resource).toBe(
      '@{aws:cloudwatch/logGroup:LogGroup::cluster-shells::arn}:*',
    );
  });
});

describe('the check from outside', () => {
  const type = 'aws:route53/healthCheck:HealthCheck';
  const alarmType = 'aws:cloudwatch/metricAlarm:MetricAlarm';
  const on = { syntheticCheck: 'true' };

  it('is off unless asked for', async () => {
    expect(ofType(await graphOf(), type)).toEqual([]);
  });

  it.each([
    [{}, { type: 'HTTP', port: 80, fqdn: '@{aws:lb/loadBalancer:LoadBalancer::edge::dnsName}' }],
    [
      { domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' },
      { type: 'HTTPS', port: 443, fqdn: 'api.example.com', enableSni: true },
    ],
  ])('asks /ready as users do: %j', async (domain, expected) => {
    const graph = await graphOf('prod', { ...on, ...domain });

    expect(find(graph, type, 'from-outside').inputs).toMatchObject({ ...expected, resourcePath: '/ready' });
  });

  it('raises its alarm where Route 53 has its metrics', async () => {
    const graph = await graphOf('prod', { ...on, alarmEmail: 'ops@example.com' });

    expect(find(graph, alarmType, 'api-from-outside').inputs).toMatchObject({
      region: 'us-east-1',
      namespace: 'AWS/Route53',
      treatMissingData: 'breaching',
      alarmActions: ['@{aws:sns/topic:Topic::from-outside::arn}'],
    });
    expect(find(graph, 'aws:sns/topic:Topic', 'from-outside').inputs['region']).toBe('us-east-1');
    expect(find(graph, 'aws:sns/topicSubscription:TopicSubscription', 'from-outside-email').inputs).toMatchObject({
      region: 'us-east-1',
      endpoint: 'ops@example.com',
    });
  });

  it('takes the topic of all alarms where it can', async () => {
    const graph = await graphOf('prod', { ...on, 'aws:region': 'us-east-1' });

    expect(ofType(graph, 'aws:sns/topic:Topic').map(({ name }) => name)).toEqual(['alarms']);
  });
});

describe('without a NAT gateway', () => {
  const on = { natGateways: 'none', vpcEndpoints: 'all' };
  const mail = {
    mailFrom: 'app@example.com',
    mailIdentityArn: 'arn:aws:ses:eu-central-1:123456789012:identity/example.com',
  };
  const collectorImage = `public.ecr.aws/aws-observability/aws-otel-collector@sha256:${'1'.repeat(64)}`;

  it('tasks reach AWS by endpoints', async () => {
    const graph = await graphOf('prod', { ...on, ecsExec: 'true' });
    const services = ofType(graph, 'aws:ec2/vpcEndpoint:VpcEndpoint').map(({ inputs }) => inputs['serviceName']);

    expect(find(graph, 'awsx:ec2:Vpc', 'network').inputs['natGateways']).toEqual({ strategy: 'None' });
    expect(services.toSorted()).toEqual(
      ['ecr.api', 'ecr.dkr', 'logs', 's3', 'secretsmanager', 'ssmmessages'].map(
        (name) => `com.amazonaws.eu-central-1.${name}`,
      ),
    );
  });

  it.each([
    [{ natGateways: 'none' }, 'vpcEndpoints is s3, the default'],
    [{ ...on, ...mail }, 'natGateways is "none"'],
    [{ ...on, collectorImage }, 'natGateways is "none"'],
    [{ databaseProxy: 'true', databaseAuthentication: 'iam' }, 'databaseProxy is "true"'],
    [{ syntheticCheck: 'true', stopTasksAt: '20:00', startTasksAt: '07:00' }, 'syntheticCheck is "true"'],
    [{ syntheticCheck: 'true', 'aws:region': 'cn-north-1' }, 'syntheticCheck is "true"'],
    [{ deploymentStrategy: 'canary', containerInsights: 'disabled' }, 'containerInsights is "disabled"'],
  ])('%j is refused', async (config, message) => {
    await expect(graphOf('prod', config)).rejects.toThrow(message);
  });
});

describe('ARM64', () => {
  it('is said to the build and to the tasks alike', async () => {
    const graph = await graphOf('staging', { cpuArchitecture: 'ARM64' });

    expect(find(graph, 'docker:index/image:Image', 'image').inputs['build']).toMatchObject({ platform: 'linux/arm64' });
    for (const { inputs } of ofType(graph, 'aws:ecs/taskDefinition:TaskDefinition')) {
      expect(inputs['runtimePlatform']).toMatchObject({ cpuArchitecture: 'ARM64' });
    }
  });
});
