import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { containerOf, find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';

const serviceOf = async (config: Record<string, string> = {}) =>
  find(await graphOf('staging', config), 'aws:ecs/service:Service', 'api');

describe('the service', () => {
  it('is rolled out without a gap, and rolled back by itself', async () => {
    expect((await serviceOf()).inputs).toMatchObject({
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      alarms: {
        enable: true,
        rollback: true,
        alarmNames: ['nest-fargate-staging-api-5xx', 'nest-fargate-staging-api-latency-p99'],
      },
      healthCheckGracePeriodSeconds: 75,
      waitForSteadyState: true,
      availabilityZoneRebalancing: 'ENABLED',
    });
  });

  it('is in private subnets, without public addresses', async () => {
    expect((await serviceOf()).inputs['networkConfiguration']).toEqual({
      assignPublicIp: false,
      securityGroups: ['@{aws:ec2/securityGroup:SecurityGroup::api::id}'],
      subnets: ['@{awsx:ec2:Vpc::network::privateSubnetIds[0]}', '@{awsx:ec2:Vpc::network::privateSubnetIds[1]}'],
    });
  });

  it('is not rolled back by the provider itself', async () => {
    expect((await serviceOf()).inputs).not.toHaveProperty('sigintRollback');
  });

  it('leaves the count to autoscaling', async () => {
    const service = await serviceOf({ apiDesiredCount: '3' });

    expect(service.inputs['desiredCount']).toBe(3);
    expect(service.ignoreChanges).toEqual(['desiredCount']);
  });

  it('is registered only when a listener forwards to its target group', async () => {
    const graph = await graphOf();
    const service = find(graph, 'aws:ecs/service:Service', 'api');

    expect(service.inputs['loadBalancers']).toEqual([
      { containerName: 'api', containerPort: 3000, targetGroupArn: '@{aws:lb/targetGroup:TargetGroup::edge::arn}' },
    ]);
    expect(service.dependencies).toContain(find(graph, 'aws:lb/listener:Listener', 'edge-http').urn);
  });

  it('is reached by the load balancer alone', async () => {
    const into = ofType(await graphOf(), 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule').filter(
      ({ inputs }) => inputs['securityGroupId'] === '@{aws:ec2/securityGroup:SecurityGroup::api::id}',
    );

    expect(
      into.map(({ inputs }) => [inputs['referencedSecurityGroupId'], inputs['fromPort'], inputs['toPort']]),
    ).toEqual([['@{aws:ec2/securityGroup:SecurityGroup::edge::id}', 3000, 3000]]);
  });
});

describe('autoscaling', () => {
  it('stays between desired count and most', async () => {
    const graph = await graphOf('staging', { apiDesiredCount: '2', apiMaxCount: '6' });

    expect(find(graph, 'aws:appautoscaling/target:Target', 'api').inputs).toMatchObject({
      resourceId: 'service/nest-fargate-staging/nest-fargate-staging-api',
      minCapacity: 2,
      maxCapacity: 6,
    });
  });

  it.each([
    ['api-cpu', 'ECSServiceAverageCPUUtilization', 60],
    ['api-memory', 'ECSServiceAverageMemoryUtilization', 80],
    ['api-requests', 'ALBRequestCountPerTarget', 6000],
  ])('%s keeps %s at %i', async (name, predefinedMetricType, targetValue) => {
    const { inputs } = find(await graphOf(), 'aws:appautoscaling/policy:Policy', name);

    expect(inputs['targetTrackingScalingPolicyConfiguration']).toMatchObject({
      predefinedMetricSpecification: { predefinedMetricType },
      targetValue,
    });
  });

  it('finds the requests of the target group', async () => {
    const { inputs } = find(await graphOf(), 'aws:appautoscaling/policy:Policy', 'api-requests');

    expect(inputs['targetTrackingScalingPolicyConfiguration']).toMatchObject({
      predefinedMetricSpecification: {
        resourceLabel:
          '@{aws:lb/loadBalancer:LoadBalancer::edge::arnSuffix}/@{aws:lb/targetGroup:TargetGroup::edge::arnSuffix}',
      },
    });
  });
});

describe('a task definition', () => {
  it.each(['api', 'migrate'])('of %s stays, so that there is something to go back to', async (name) => {
    const { inputs } = find(await graphOf(), 'aws:ecs/taskDefinition:TaskDefinition', name);

    expect(inputs['skipDestroy']).toBe(true);
  });

  it('has the size that the settings say, and the container all of its memory', async () => {
    const graph = await graphOf('staging', { apiCpuUnits: '512', apiMemoryMiB: '2048', stopTimeoutSeconds: '60' });

    expect(find(graph, 'aws:ecs/taskDefinition:TaskDefinition', 'api').inputs).toMatchObject({
      cpu: '512',
      memory: '2048',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
    });
    expect(containerOf(graph, 'api')).toMatchObject({ memory: 2048, stopTimeout: 60 });
  });

  it('has one role for ECS and another for the app', async () => {
    const { inputs } = find(await graphOf(), 'aws:ecs/taskDefinition:TaskDefinition', 'api');

    expect(inputs['executionRoleArn']).toBe('@{aws:iam/role:Role::api-execution::arn}');
    expect(inputs['taskRoleArn']).toBe('@{aws:iam/role:Role::api-task::arn}');
  });

  it('gives the app no permission at all', async () => {
    const graph = await graphOf();
    const roles = new Set(ofType(graph, 'aws:iam/rolePolicy:RolePolicy').map(({ inputs }) => inputs['role']));

    expect(roles).toEqual(
      new Set(['migrate', 'api', 'worker'].map((name) => `nest-fargate-staging-${name}-execution`)),
    );
  });

  it('lets ECS pull the image, write the log and read the secrets that the container names, and no other', async () => {
    const policies = ofType(await graphOf(), 'aws:iam/rolePolicy:RolePolicy').filter(
      ({ inputs }) => inputs['role'] === 'nest-fargate-staging-api-execution',
    );
    const statements = policies.map(({ name, inputs }) => [
      name,
      JSON.parse(String(inputs['policy'])).Statement.map(({ Sid, Resource }: Record<string, string>) => [
        Sid,
        Resource,
      ]),
    ]);
    const secret = (name: string) => [['ReadSecret', `@{aws:secretsmanager/secret:Secret::${name}::arn}`]];

    expect(Object.fromEntries(statements)).toEqual({
      'api-execution': [
        ['LogInToRegistry', '*'],
        ['PullImage', '@{aws:ecr/repository:Repository::image::arn}'],
        ['WriteLogs', '@{aws:cloudwatch/logGroup:LogGroup::api::arn}:*'],
      ],
      'api-execution-read-auth-secrets': secret('auth-secrets'),
      'api-execution-read-database-password': secret('app-password'),
      'api-execution-read-valkey-password': secret('valkey-password'),
    });
  });

  it('writes to a group that is kept for a while', async () => {
    const graph = await graphOf('staging', { logRetentionDays: '30' });

    expect(find(graph, 'aws:cloudwatch/logGroup:LogGroup', 'api').inputs).toMatchObject({
      name: '/ecs/nest-fargate-staging-api',
      retentionInDays: 30,
    });
    expect(containerOf(graph, 'api')).toMatchObject({
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': '/ecs/nest-fargate-staging-api', 'awslogs-region': 'eu-central-1' },
      },
    });
  });
});
