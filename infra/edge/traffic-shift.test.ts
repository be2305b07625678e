import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import type { Graph } from '../graph/record.ts';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';

const ruleType = 'aws:lb/listenerRule:ListenerRule';
const blueGreen = { deploymentStrategy: 'blue-green', bakeMinutes: '15' };
const canary = { deploymentStrategy: 'canary', canaryPercent: '5', canaryBakeMinutes: '20' };
const domain = { domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };

const serviceOf = (graph: Graph) => find(graph, 'aws:ecs/service:Service', 'api');
const targetGroup = (name: string) => `@{aws:lb/targetGroup:TargetGroup::${name}::arn}`;

describe('a rolling update', () => {
  it('has one target group, a circuit breaker, and nothing to shift traffic with', async () => {
    const graph = await graphOf();

    expect(ofType(graph, ruleType)).toEqual([]);
    expect(ofType(graph, 'aws:lb/targetGroup:TargetGroup').map(({ name }) => name)).toEqual(['edge']);
    expect(serviceOf(graph).inputs).not.toHaveProperty('deploymentConfiguration');
    expect(serviceOf(graph).inputs).toMatchObject({ deploymentCircuitBreaker: { enable: true, rollback: true } });
  });
});

describe.each([
  ['blue-green', blueGreen, { strategy: 'BLUE_GREEN', bakeTimeInMinutes: '15' }],
  [
    'canary',
    canary,
    {
      strategy: 'CANARY',
      bakeTimeInMinutes: '10',
      canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: '20' },
    },
  ],
])('%s', (_name, config, deploymentConfiguration) => {
  it('is passed to ECS, with the alarms that roll it back and without the circuit breaker', async () => {
    const { inputs } = serviceOf(await graphOf('prod', config));

    expect(inputs).toMatchObject({ deploymentConfiguration, alarms: { enable: true, rollback: true } });
    expect(inputs).not.toHaveProperty('deploymentCircuitBreaker');
  });

  it('shifts all traffic at once and keeps no old fleet where a rollback says so', async () => {
    const graph = await graphOf('prod', { ...config, skipBakes: 'true' });

    expect(serviceOf(graph).inputs['deploymentConfiguration']).toEqual({
      strategy: 'BLUE_GREEN',
      bakeTimeInMinutes: '0',
    });
    expect(graph.outputs['bakesSkipped']).toBe(true);
    expect((await graphOf('prod', config)).outputs['bakesSkipped']).toBe(false);
  });

  it('moves traffic between two target groups that are alike', async () => {
    const graph = await graphOf('prod', config);
    const [primary, alternate] = ['edge', 'edge-alternate'].map(
      (name) => find(graph, 'aws:lb/targetGroup:TargetGroup', name).inputs,
    );

    expect(alternate).toEqual(primary);
    expect(serviceOf(graph).inputs['loadBalancers']).toEqual([
      {
        targetGroupArn: targetGroup('edge'),
        containerName: 'api',
        containerPort: 3000,
        advancedConfiguration: {
          alternateTargetGroupArn: targetGroup('edge-alternate'),
          productionListenerRule: `@{${ruleType}::edge-production::arn}`,
          testListenerRule: `@{${ruleType}::edge-test::arn}`,
          roleArn: '@{aws:iam/role:Role::edge-traffic::arn}',
        },
      },
    ]);
  });

  it('leaves the weights to ECS once they are there', async () => {
    const rules = ofType(await graphOf('prod', config), ruleType);

    expect(rules.map(({ name, ignoreChanges }) => [name, ignoreChanges])).toEqual([
      ['edge-production', ['actions']],
      ['edge-test', ['actions']],
    ]);
    for (const { inputs } of rules) {
      expect(inputs['actions']).toEqual([
        {
          type: 'forward',
          forward: {
            targetGroups: [
              { arn: targetGroup('edge'), weight: 1 },
              { arn: targetGroup('edge-alternate'), weight: 0 },
            ],
          },
        },
      ]);
    }
  });

  it('waits for the rules and for the role before the service', async () => {
    const graph = await graphOf('prod', config);

    expect(serviceOf(graph).dependencies).toEqual(
      expect.arrayContaining([
        find(graph, ruleType, 'edge-production').urn,
        find(graph, ruleType, 'edge-test').urn,
        find(graph, 'aws:iam/rolePolicy:RolePolicy', 'edge-traffic').urn,
      ]),
    );
  });

  it('is guarded by alarms on both target groups, and not scaled by the requests of one', async () => {
    const graph = await graphOf('prod', config);
    const dimensions = find(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm', 'api-5xx').inputs['dimensions'];

    expect(dimensions).toEqual({ LoadBalancer: '@{aws:lb/loadBalancer:LoadBalancer::edge::arnSuffix}' });
    expect(ofType(graph, 'aws:appautoscaling/policy:Policy').map(({ name }) => name)).not.toContain('api-requests');
  });

  it('shows the tasks of both groups on the dashboard, and the requests of the load balancer', async () => {
    const { inputs } = find(await graphOf('prod', config), 'aws:cloudwatch/dashboard:Dashboard', 'observability');
    const body = String(inputs['dashboardBody']);
    const metrics: string[][] = JSON.parse(body).widgets.flatMap(
      ({ properties }: { properties: { metrics?: string[][] } }) => properties.metrics ?? [],
    );
    const dimensions = (name: string) =>
      metrics.filter((metric) => metric[1] === name).map((metric) => metric.slice(2, -1));
    const loadBalancer = ['LoadBalancer', '@{aws:lb/loadBalancer:LoadBalancer::edge::arnSuffix}'];

    expect(dimensions('RequestCount')).toEqual([loadBalancer]);
    expect(dimensions('HealthyHostCount')).toEqual(
      ['edge', 'edge-alternate'].map((name) => [
        ...loadBalancer,
        'TargetGroup',
        `@{aws:lb/targetGroup:TargetGroup::${name}::arnSuffix}`,
      ]),
    );
  });

  it('sees unhealthy tasks in either group', async () => {
    const graph = await graphOf('prod', config);
    const groups = ['api-unhealthy', 'api-unhealthy-alternate'].map(
      (name) => find(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm', name).inputs['dimensions'],
    );

    expect(groups).toMatchObject([
      { TargetGroup: '@{aws:lb/targetGroup:TargetGroup::edge::arnSuffix}' },
      { TargetGroup: '@{aws:lb/targetGroup:TargetGroup::edge-alternate::arnSuffix}' },
    ]);
  });
});

describe('the rules', () => {
  it('take everything, and before that what asks for the release to come', async () => {
    const graph = await graphOf('prod', blueGreen);

    expect(find(graph, ruleType, 'edge-production').inputs).toMatchObject({
      priority: 100,
      conditions: [{ pathPattern: { values: ['/*'] } }],
    });
    expect(find(graph, ruleType, 'edge-test').inputs).toMatchObject({
      priority: 10,
      conditions: [{ httpHeader: { httpHeaderName: 'X-Release', values: ['candidate'] } }],
    });
  });

  it.each([
    ['edge-http', {}],
    ['edge-https', domain],
  ])('belong to %s, which serves requests', async (listener, config) => {
    const graph = await graphOf('prod', { ...blueGreen, ...config });

    for (const { inputs } of ofType(graph, ruleType)) {
      expect(inputs['listenerArn']).toBe(`@{aws:lb/listener:Listener::${listener}::arn}`);
    }
  });

  it('open no port', async () => {
    const ports = async (config: Readonly<Record<string, string>>) =>
      ofType(await graphOf('prod', config), 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule');

    expect(await ports(blueGreen)).toEqual(await ports({}));
  });
});

describe('the role in which ECS shifts traffic', () => {
  it('is ECS’s, and changes nothing but these groups and rules', async () => {
    const graph = await graphOf('prod', blueGreen);
    const role = find(graph, 'aws:iam/role:Role', 'edge-traffic').inputs;
    const policy = find(graph, 'aws:iam/rolePolicy:RolePolicy', 'edge-traffic').inputs['policy'];
    const statements: { Sid: string; Action: unknown; Resource: unknown }[] = JSON.parse(String(policy)).Statement;

    expect(JSON.parse(String(role['assumeRolePolicy'])).Statement).toEqual([
      { Effect: 'Allow', Principal: { Service: 'ecs.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
    expect(statements.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid)).toEqual(['LookAtLoadBalancer']);
    expect(statements.filter(({ Resource }) => Resource !== '*')).toMatchObject([
      {
        Action: ['elasticloadbalancing:DeregisterTargets', 'elasticloadbalancing:RegisterTargets'],
        Resource: [targetGroup('edge'), targetGroup('edge-alternate')],
      },
      {
        Action: 'elasticloadbalancing:ModifyRule',
        Resource: [`@{${ruleType}::edge-production::arn}`, `@{${ruleType}::edge-test::arn}`],
      },
    ]);
  });
});

describe('capacity', () => {
  const capacityOf = async (config: Readonly<Record<string, string>>) =>
    serviceOf(await graphOf('staging', config)).inputs['capacityProviderStrategies'];

  it('is on demand unless settings say otherwise, in words that Spot can be added to in place', async () => {
    const { inputs } = serviceOf(await graphOf());

    expect(inputs).not.toHaveProperty('launchType');
    expect(inputs).toMatchObject({
      capacityProviderStrategies: [{ capacityProvider: 'FARGATE', weight: 1 }],
      forceNewDeployment: true,
    });
  });

  it('is shared with Spot beyond what stays on demand', async () => {
    await expect(capacityOf({ spotPercent: '70', onDemandCount: '2' })).resolves.toEqual([
      { capacityProvider: 'FARGATE', base: 2, weight: 30 },
      { capacityProvider: 'FARGATE_SPOT', weight: 70 },
    ]);
  });

  it('is known to the cluster before a service asks for it', async () => {
    const graph = await graphOf();
    const providers = find(graph, 'aws:ecs/clusterCapacityProviders:ClusterCapacityProviders', 'cluster');

    expect(providers.inputs['capacityProviders']).toEqual(['FARGATE', 'FARGATE_SPOT']);
    expect(serviceOf(graph).dependencies).toContain(providers.urn);
  });
});
