import { describe, expect, it } from 'vitest';
import { ofType } from './graph/query.ts';
import type { Graph, RecordedResource } from './graph/record.ts';
import { containerOf, differences } from './testing/find.ts';
import { graphOf } from './testing/graph-of.ts';

/**
 * Logical name and type of everything that an environment consists of. It changes by review only: a name that moves is
 * a resource that is deleted and created again, with what it holds.
 */
const reviewed = `
alarms aws:sns/topic:Topic
api aws:appautoscaling/target:Target
api aws:cloudwatch/logGroup:LogGroup
api aws:ec2/securityGroup:SecurityGroup
api aws:ecs/service:Service
api aws:ecs/taskDefinition:TaskDefinition
api-5xx aws:cloudwatch/metricAlarm:MetricAlarm
api-cpu aws:appautoscaling/policy:Policy
api-cpu aws:cloudwatch/metricAlarm:MetricAlarm
api-event-loop aws:cloudwatch/metricAlarm:MetricAlarm
api-execution aws:iam/role:Role
api-execution aws:iam/rolePolicy:RolePolicy
api-execution-read-auth-secrets aws:iam/rolePolicy:RolePolicy
api-execution-read-database-password aws:iam/rolePolicy:RolePolicy
api-execution-read-valkey-password aws:iam/rolePolicy:RolePolicy
api-latency-p99 aws:cloudwatch/metricAlarm:MetricAlarm
api-memory aws:appautoscaling/policy:Policy
api-memory aws:cloudwatch/metricAlarm:MetricAlarm
api-no-task aws:cloudwatch/metricAlarm:MetricAlarm
api-requests aws:appautoscaling/policy:Policy
api-task aws:iam/role:Role
api-to-aws aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule
api-to-database-in aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule
api-to-database-out aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule
api-to-valkey-in aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule
api-to-valkey-out aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule
api-unhealthy aws:cloudwatch/metricAlarm:MetricAlarm
app-password aws:secretsmanager/secret:Secret
app-password aws:secretsmanager/secretVersion:SecretVersion
auth-secrets aws:secretsmanager/secret:Secret
auth-secrets aws:secretsmanager/secretVersion:SecretVersion
cluster aws:ecs/cluster:Cluster
cluster aws:ecs/clusterCapacityProviders:ClusterCapacityProviders
database aws:ec2/securityGroup:SecurityGroup
database aws:rds/instance:Instance
database aws:rds/parameterGroup:ParameterGroup
database aws:rds/subnetGroup:SubnetGroup
database-connections aws:cloudwatch/metricAlarm:MetricAlarm
database-cpu aws:cloudwatch/metricAlarm:MetricAlarm
database-memory aws:cloudwatch/metricAlarm:MetricAlarm
database-password aws:secretsmanager/secretRotation:SecretRotation
database-postgresql aws:cloudwatch/logGroup:LogGroup
database-storage aws:cloudwatch/metricAlarm:MetricAlarm
database-upgrade aws:cloudwatch/logGroup:LogGroup
delivery-ledger aws:ssm/parameter:Parameter
edge aws:ec2/securityGroup:SecurityGroup
edge aws:lb/loadBalancer:LoadBalancer
edge aws:lb/targetGroup:TargetGroup
edge aws:wafv2/webAcl:WebAcl
edge aws:wafv2/webAclAssociation:WebAclAssociation
edge aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration
edge-firewall aws:cloudwatch/logGroup:LogGroup
edge-from-world-80 aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule
edge-http aws:lb/listener:Listener
edge-logs aws:s3/bucket:Bucket
edge-logs aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration
edge-logs aws:s3/bucketPolicy:BucketPolicy
edge-logs aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock
image aws:ecr/lifecyclePolicy:LifecyclePolicy
image aws:ecr/repository:Repository
image docker:index/image:Image
load-balancer-5xx aws:cloudwatch/metricAlarm:MetricAlarm
load-balancer-to-api-in aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule
load-balancer-to-api-out aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule
migrate aws:cloudwatch/logGroup:LogGroup
migrate aws:ec2/securityGroup:SecurityGroup
migrate aws:ecs/taskDefinition:TaskDefinition
migrate pulumi-nodejs:dynamic/stack:MigrationRun
migrate-execution aws:iam/role:Role
migrate-execution aws:iam/rolePolicy:RolePolicy
migrate-execution-read-app-database-password aws:iam/rolePolicy:RolePolicy
migrate-execution-read-database-password aws:iam/rolePolicy:RolePolicy
migrate-task aws:iam/role:Role
migrate-to-aws aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule
migrate-to-database-in aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule
migrate-to-database-out aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule
network awsx:ec2:Vpc
network-default aws:ec2/defaultSecurityGroup:DefaultSecurityGroup
network-s3 aws:ec2/vpcEndpoint:VpcEndpoint
observability aws:cloudwatch/dashboard:Dashboard
observability-correlation aws:cloudwatch/queryDefinition:QueryDefinition
observability-errors aws:cloudwatch/queryDefinition:QueryDefinition
observability-slow aws:cloudwatch/queryDefinition:QueryDefinition
queue-age aws:cloudwatch/metricAlarm:MetricAlarm
queue-dead-jobs aws:cloudwatch/metricAlarm:MetricAlarm
stopped-tasks aws:cloudwatch/eventRule:EventRule
stopped-tasks aws:cloudwatch/eventTarget:EventTarget
stopped-tasks aws:cloudwatch/logGroup:LogGroup
stopped-tasks aws:cloudwatch/logResourcePolicy:LogResourcePolicy
valkey aws:ec2/securityGroup:SecurityGroup
valkey aws:elasticache/parameterGroup:ParameterGroup
valkey aws:elasticache/replicationGroup:ReplicationGroup
valkey aws:elasticache/subnetGroup:SubnetGroup
valkey-connections-1 aws:cloudwatch/metricAlarm:MetricAlarm
valkey-cpu-1 aws:cloudwatch/metricAlarm:MetricAlarm
valkey-evictions-1 aws:cloudwatch/metricAlarm:MetricAlarm
valkey-memory-1 aws:cloudwatch/metricAlarm:MetricAlarm
valkey-password aws:secretsmanager/secret:Secret
valkey-password aws:secretsmanager/secretVersion:SecretVersion
worker aws:appautoscaling/target:Target
worker aws:cloudwatch/logGroup:LogGroup
worker aws:ec2/securityGroup:SecurityGroup
worker aws:ecs/service:Service
worker aws:ecs/taskDefinition:TaskDefinition
worker-cpu aws:appautoscaling/policy:Policy
worker-event-loop aws:cloudwatch/metricAlarm:MetricAlarm
worker-execution aws:iam/role:Role
worker-execution aws:iam/rolePolicy:RolePolicy
worker-execution-read-database-password aws:iam/rolePolicy:RolePolicy
worker-execution-read-valkey-password aws:iam/rolePolicy:RolePolicy
worker-memory aws:appautoscaling/policy:Policy
worker-no-task aws:cloudwatch/metricAlarm:MetricAlarm
worker-queue-age aws:appautoscaling/policy:Policy
worker-task aws:iam/role:Role
worker-to-aws aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule
worker-to-database-in aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule
worker-to-database-out aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule
worker-to-valkey-in aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule
worker-to-valkey-out aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule
`;

/** What one environment alone has: Valkey’s copy in prod. */
const only: Readonly<Record<string, string>> = {
  staging: '',
  prod: ['connections', 'cpu', 'evictions', 'memory']
    .map((what) => `valkey-${what}-2 aws:cloudwatch/metricAlarm:MetricAlarm\n`)
    .join(''),
};

const components = `
alarms stack:infra:Notifications
api stack:infra:Service
api stack:infra:Task
boundary stack:infra:PermissionsBoundary
ci stack:infra:ContinuousDelivery
cluster stack:infra:Cluster
database stack:infra:Database
delivery stack:infra:Delivery
edge stack:infra:Edge
encryption stack:infra:Encryption
from-outside stack:infra:OutsideCheck
image stack:infra:Image
migrate stack:infra:Migration
migrate stack:infra:Task
network stack:infra:Network
observability stack:infra:Observability
rollout-alarms stack:infra:RolloutAlarms
secrets stack:infra:Secrets
stopped-tasks stack:infra:StoppedTasks
valkey stack:infra:Valkey
worker stack:infra:Service
worker stack:infra:Task
`;

const lines = (text: string) => text.trim().split('\n');
const isComponent = ({ type }: RecordedResource) => type.startsWith('stack:') || type.startsWith('pulumi:');
const namesIn = (resources: readonly RecordedResource[]) =>
  resources.map(({ name, type }) => `${name} ${type}`).toSorted();

/** Every string in the inputs of a resource, with those inside JSON documents. */
function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

const mentioned = (resource: RecordedResource) =>
  stringsIn(resource.inputs).flatMap((text) => [...text.matchAll(/@\{([^}]+?)::([^:}]+)::[^}]+\}/g)]);

describe.each(['staging', 'prod'])('%s', (environment) => {
  it('consists of what was reviewed', async () => {
    const { resources } = await graphOf(environment);

    const expected = lines(`${reviewed}${only[environment]}`).toSorted();
    expect(namesIn(resources.filter((resource) => !isComponent(resource)))).toEqual(expected);
    expect(namesIn(resources.filter(({ type }) => type.startsWith('stack:')))).toEqual(lines(components));
  });

  it('has every resource inside a component', async () => {
    const { resources } = await graphOf(environment);
    const [stack] = resources.filter(({ type }) => type === 'pulumi:pulumi:Stack');
    const outside = resources.filter((resource) => resource.parent === stack?.urn && !isComponent(resource));

    expect(namesIn(outside)).toEqual([]);
  });

  it('uses only what exists, and waits for it', async () => {
    const { resources } = await graphOf(environment);

    for (const resource of resources.filter(({ custom }) => custom)) {
      for (const [token, type, name] of mentioned(resource)) {
        // Results of the provider's functions belong to no resource.
        if (/\/get[A-Z]\w+:/.test(type ?? '')) continue;
        const used = resources.find((other) => other.type === type && other.name === name);

        expect(used, `${token} in ${resource.urn}`).toBeDefined();
        expect(resource.dependencies, `${token} in ${resource.urn}`).toContain(used?.urn);
      }
    }
  });

  it('has no value that somebody forgot', async () => {
    const { resources, outputs } = await graphOf(environment);
    const strings = [...resources.map(({ inputs }) => inputs), outputs].flatMap(stringsIn);

    expect(strings.filter((text) => /\bundefined\b|\[object Object\]|Calling \[toString\]/.test(text))).toEqual([]);
    expect(strings.filter((text) => text === '')).toEqual([]);
  });

  it('has names that its own environment owns', async () => {
    const other = environment === 'staging' ? 'prod' : 'staging';
    const { resources } = await graphOf(environment);

    expect(resources.flatMap(({ inputs }) => stringsIn(inputs)).filter((text) => text.includes(`-${other}`))).toEqual(
      [],
    );
  });

  it('says whose its resources are', async () => {
    const { resources } = await graphOf(environment);
    const tagged = resources.filter(({ inputs }) => 'tags' in inputs);

    expect(tagged.length).toBeGreaterThan(30);
    for (const { inputs } of tagged) {
      expect(inputs['tags']).toMatchObject({ Project: 'nest-fargate', Environment: environment, ManagedBy: 'pulumi' });
    }
  });

  it('keeps passwords out of plain variables', async () => {
    const graph = await graphOf(environment);

    for (const task of ['api', 'worker', 'migrate']) {
      const variables: readonly { name: string; value: string }[] = Object(containerOf(graph, task)['environment']);
      expect(variables.filter(({ name }) => /password|secret|token|authorization/i.test(name))).toEqual([]);
      expect(variables.filter(({ value }) => /secretsmanager|masterUserSecrets/.test(value))).toEqual([]);
    }
  });

  it('opens nothing to the world but the load balancer', async () => {
    const rules = ofType(await graphOf(environment), 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule');
    const open = rules.filter(({ inputs }) => 'cidrIpv4' in inputs || 'cidrIpv6' in inputs);

    expect(open.map(({ name }) => name)).toEqual(['edge-from-world-80']);
  });

  it('allows no action on everything, but the one that knows no resource', async () => {
    const policies = ofType(await graphOf(environment), 'aws:iam/rolePolicy:RolePolicy');
    const statements = policies.flatMap(({ inputs }) => JSON.parse(String(inputs['policy'])).Statement);

    expect(statements.filter(({ Action }) => JSON.stringify(Action).includes('*'))).toEqual([]);
    expect(statements.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid)).toEqual([
      'LogInToRegistry',
      'LogInToRegistry',
      'LogInToRegistry',
    ]);
  });

  it('keeps no log for ever', async () => {
    for (const { name, inputs } of ofType(await graphOf(environment), 'aws:cloudwatch/logGroup:LogGroup')) {
      expect(inputs['retentionInDays'], name).toBeGreaterThan(0);
    }
  });

  it('has the outputs that others rely on', async () => {
    const { outputs } = await graphOf(environment);

    expect(outputs).toEqual({
      url: 'http://@{aws:lb/loadBalancer:LoadBalancer::edge::dnsName}',
      cluster: `nest-fargate-${environment}`,
      services: { api: `nest-fargate-${environment}-api`, worker: `nest-fargate-${environment}-worker` },
      logGroups: {
        api: `/ecs/nest-fargate-${environment}-api`,
        worker: `/ecs/nest-fargate-${environment}-worker`,
        migrate: `/ecs/nest-fargate-${environment}-migrate`,
      },
      oneOffTasks: {},
      databaseInstance: `nest-fargate-${environment}`,
      alarmTopic: '@{aws:sns/topic:Topic::alarms::arn}',
      repository: '@{aws:ecr/repository:Repository::image::repositoryUrl}',
      ledgerParameter: `/nest-fargate/${environment}/releases`,
      deliveryRoles: {},
      pin: null,
      bakesSkipped: false,
      release: {
        version: expect.stringMatching(/^\d+\.\d+\.\d+-[0-9a-f]{12}$/),
        image: '@{docker:index/image:Image::image::repoDigest}',
        digest: '@{docker:index/image:Image::image::repoDigest}',
        commit: expect.stringMatching(/^[0-9a-f]{40}(-dirty)?$|^unknown$/),
        migrations: expect.arrayContaining([{ name: '20261121T0900-create-todos', kind: 'expand' }]),
      },
    });
  });
});

describe('prod', () => {
  it('protects what holds data', async () => {
    const { resources } = await graphOf('prod');

    expect(resources.filter(({ protect }) => protect).map(({ type }) => type)).toEqual([
      'aws:rds/instance:Instance',
      'aws:elasticache/replicationGroup:ReplicationGroup',
    ]);
  });
});

describe('another release', () => {
  const release = (digit: string) => {
    const digest = `sha256:${digit.repeat(64)}`;
    const image = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/nest-fargate-prod@${digest}`;
    return JSON.stringify({ version: `0.1.0-${digit.repeat(12)}`, image, digest, commit: 'unknown', migrations: [] });
  };

  it('touches task definitions and the migration, and nothing that holds data or an address', async () => {
    const before: Graph = await graphOf('prod', { release: release('1') });
    const after: Graph = await graphOf('prod', { release: release('2') });

    // The services follow their task definitions, whose ARN is another one then.
    expect(differences(before, after).toSorted()).toEqual([
      'aws:ecs/taskDefinition:TaskDefinition api',
      'aws:ecs/taskDefinition:TaskDefinition migrate',
      'aws:ecs/taskDefinition:TaskDefinition worker',
      'pulumi-nodejs:dynamic/stack:MigrationRun migrate',
    ]);
  });
});
