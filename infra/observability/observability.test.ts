import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { find } from '../testing/find.ts';
import { graphOf, projectDirectory } from '../testing/graph-of.ts';

const type = 'aws:cloudwatch/metricAlarm:MetricAlarm';

describe('each alarm', () => {
  it('tells the topic when it starts and when it is over, and the reader what to do', async () => {
    for (const { inputs } of ofType(await graphOf(), type)) {
      expect(inputs['alarmActions']).toEqual(['@{aws:sns/topic:Topic::alarms::arn}']);
      expect(inputs['okActions']).toEqual(['@{aws:sns/topic:Topic::alarms::arn}']);
      expect(String(inputs['alarmDescription']).length).toBeGreaterThan(40);
    }
  });

  it('ends in a runbook that exists, on GitHub where the repository is known', async () => {
    const runbooks = async (config: Readonly<Record<string, string>>) =>
      ofType(await graphOf('staging', config), type).map(
        ({ inputs }) => /\S+$/.exec(`${inputs['alarmDescription']}`)?.[0],
      );
    for (const page of await runbooks({})) expect(existsSync(join(projectDirectory, `${page}`)), page).toBe(true);
    for (const githubRepository of ['example/api', 'example@12/api@34']) {
      for (const page of await runbooks({ githubRepository })) {
        expect(page).toMatch(/^https:\/\/github\.com\/example\/api\/blob\/HEAD\/docs\/runbooks\/[a-z-]+\.md$/);
      }
    }
  });

  it.each([
    ['api-5xx', 'AWS/ApplicationELB', 'HTTPCode_Target_5XX_Count', 10],
    ['api-latency-p99', 'AWS/ApplicationELB', 'TargetResponseTime', 10],
    ['api-unhealthy', 'AWS/ApplicationELB', 'UnHealthyHostCount', 0],
    ['load-balancer-5xx', 'AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', 10],
    ['api-cpu', 'AWS/ECS', 'CPUUtilization', 90],
    ['api-memory', 'AWS/ECS', 'MemoryUtilization', 90],
    ['api-no-task', 'ECS/ContainerInsights', 'RunningTaskCount', 1],
    ['api-event-loop', 'nest-fargate/staging', 'EventLoopLagP99Ms', 200],
    ['worker-no-task', 'ECS/ContainerInsights', 'RunningTaskCount', 1],
    ['worker-event-loop', 'nest-fargate/staging', 'EventLoopLagP99Ms', 200],
    ['queue-age', 'nest-fargate/staging', 'QueueAgeSeconds', 300],
    ['queue-dead-jobs', 'nest-fargate/staging', 'DeadJobs', 0],
    ['valkey-memory-1', 'AWS/ElastiCache', 'DatabaseMemoryUsagePercentage', 80],
    ['valkey-cpu-1', 'AWS/ElastiCache', 'CPUUtilization', 45],
    ['valkey-evictions-1', 'AWS/ElastiCache', 'Evictions', 0],
    // Four API tasks and two workers, twice during a rollout, ten each.
    ['valkey-connections-1', 'AWS/ElastiCache', 'CurrConnections', 120],
    ['database-cpu', 'AWS/RDS', 'CPUUtilization', 90],
    ['database-connections', 'AWS/RDS', 'DatabaseConnections', 72],
    ['database-storage', 'AWS/RDS', 'FreeStorageSpace', 1024 ** 3],
    ['database-memory', 'AWS/RDS', 'FreeableMemory', 1024 ** 3 * 0.05],
  ])('%s watches %s %s at %d', async (name, namespace, metricName, threshold) => {
    const { inputs } = find(await graphOf(), type, name);

    expect(inputs).toMatchObject({ name: `nest-fargate-staging-${name}`, namespace, metricName, threshold });
  });

  it('is in the list above', async () => {
    expect(ofType(await graphOf(), type)).toHaveLength(20);
  });

  it.each([
    ['cache.t4g.medium', 'CPUUtilization', 45],
    ['cache.r7g.large', 'CPUUtilization', 45],
    ['cache.m7g.xlarge', 'EngineCPUUtilization', 90],
  ])('on the CPU of Valkey on %s watches %s at %d', async (valkeyNodeType, metricName, threshold) => {
    const { inputs } = find(await graphOf('staging', { valkeyNodeType }), type, 'valkey-cpu-1');

    expect(inputs).toMatchObject({ metricName, threshold });
  });

  it('watches each node of Valkey by the name that its figures have', async () => {
    const graph = await graphOf('staging', { valkeyReplicas: '1' });

    expect(['valkey-cpu-1', 'valkey-cpu-2'].map((name) => find(graph, type, name).inputs['dimensions'])).toEqual([
      { CacheClusterId: 'nest-fargate-staging-001' },
      { CacheClusterId: 'nest-fargate-staging-002' },
    ]);
  });

  it('on jobs is there only with a worker, and on Valkey only with Valkey', async () => {
    const withoutWorker = ofType(await graphOf('staging', { worker: 'off' }), type).map(({ name }) => name);
    const withoutBoth = ofType(await graphOf('staging', { worker: 'off', valkey: 'off' }), type);

    expect(withoutWorker.filter((name) => /^(worker|queue)-/.test(name))).toEqual([]);
    expect(withoutBoth).toHaveLength(12);
  });
});

describe('an alarm', () => {
  it('on a percentile says so to CloudWatch', async () => {
    const { inputs } = find(await graphOf(), type, 'api-latency-p99');

    expect(inputs['extendedStatistic']).toBe('p99');
    expect(inputs).not.toHaveProperty('statistic');
  });

  it('on running tasks fires when there are no figures, as then there is no task', async () => {
    expect(find(await graphOf(), type, 'api-no-task').inputs['treatMissingData']).toBe('breaching');
  });

  it('on a rollout is there before the service', async () => {
    const graph = await graphOf();

    expect(find(graph, 'aws:ecs/service:Service', 'api').dependencies).toEqual(
      expect.arrayContaining(['api-5xx', 'api-latency-p99'].map((name) => find(graph, type, name).urn)),
    );
  });
});

describe('notifications', () => {
  it('go to nobody unless somebody is named', async () => {
    expect(ofType(await graphOf(), 'aws:sns/topicSubscription:TopicSubscription')).toEqual([]);
  });

  it('go to alarmEmail', async () => {
    const graph = await graphOf('staging', { alarmEmail: 'ops@example.com' });

    expect(find(graph, 'aws:sns/topicSubscription:TopicSubscription', 'alarms-email').inputs).toMatchObject({
      protocol: 'email',
      endpoint: 'ops@example.com',
      topic: '@{aws:sns/topic:Topic::alarms::arn}',
    });
  });
});

describe('notifications in Slack', () => {
  const slack = { alarmSlackTeamId: 'T07EA123LEP', alarmSlackChannelId: 'C07EZ1ABC23' };

  it('go to the channel, whose members may ask for nothing', async () => {
    const graph = await graphOf('staging', slack);

    const type = 'aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration';
    expect(find(graph, type, 'alarms-slack').inputs).toMatchObject({
      slackTeamId: 'T07EA123LEP',
      slackChannelId: 'C07EZ1ABC23',
      snsTopicArns: ['@{aws:sns/topic:Topic::alarms::arn}'],
      iamRoleArn: '@{aws:iam/role:Role::alarms-slack::arn}',
      guardrailPolicyArns: ['arn:aws:iam::aws:policy/AWSDenyAll'],
    });
    const policies = ofType(graph, 'aws:iam/rolePolicy:RolePolicy').map(({ inputs }) => inputs['role']);
    expect(policies).not.toContain('@{aws:iam/role:Role::alarms-slack::name}');
  });

  it('need a workspace and a channel', async () => {
    const { alarmSlackTeamId } = slack;
    await expect(graphOf('staging', { alarmSlackTeamId })).rejects.toThrow(/alarmSlackChannelId/);
  });
});

describe('the dashboard', () => {
  it('asks its questions, within the grid, of what runs here', async () => {
    const { inputs } = find(await graphOf(), 'aws:cloudwatch/dashboard:Dashboard', 'observability');
    const { widgets } = JSON.parse(String(inputs['dashboardBody']));
    const titles = widgets.map(({ properties }: { properties: { title: string } }) => properties.title);

    expect(titles.filter((title: string) => title.includes('?'))).toEqual([
      'Is it healthy?',
      'What changed? Log lines by release',
      'Where is the bottleneck? p99 latency, s',
      'Do jobs wait? Age of the oldest job, s',
    ]);
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
    expect(widgets[0].properties.alarms).toHaveLength(18);
    expect(widgets[3].properties.query).toContain(
      "SOURCE '/ecs/nest-fargate-staging-api' | SOURCE '/ecs/nest-fargate-staging-worker' | filter",
    );
  });

  it.each([
    ['a process of each kind', 'staging', {}],
    [
      'two target groups',
      'prod',
      { deploymentStrategy: 'blue-green', domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' },
    ],
    ['two nodes of Valkey', 'staging', { valkeyReplicas: '1' }],
    ['several processes', 'staging', { appDirectory: 'scripts/testing/several-processes-app' }],
  ])('calls each line of a graph by a name of its own, with %s', async (_what, environment, config) => {
    const { inputs } = find(await graphOf(environment, config), 'aws:cloudwatch/dashboard:Dashboard', 'observability');
    const { widgets } = JSON.parse(String(inputs['dashboardBody']));
    const graphs = widgets.filter(({ type }: { type: string }) => type === 'metric');

    expect(graphs.length).toBeGreaterThan(8);
    for (const { properties } of graphs) {
      const labels = properties.metrics.map((metric: readonly { readonly label?: string }[]) => metric.at(-1)?.label);
      expect(labels, properties.title).toEqual([...new Set(labels)]);
      expect(labels, properties.title).not.toContain(undefined);
    }
  });
});

describe('a saved query', () => {
  it('asks the logs of API and worker', async () => {
    const queries = ofType(await graphOf(), 'aws:cloudwatch/queryDefinition:QueryDefinition');

    expect(queries.map(({ inputs }) => inputs['name']).toSorted()).toEqual([
      'nest-fargate-staging/errors by release',
      'nest-fargate-staging/one request by its correlation id',
      'nest-fargate-staging/slow requests by operation',
    ]);
    for (const { inputs } of queries) {
      expect(inputs['logGroupNames']).toEqual(['/ecs/nest-fargate-staging-api', '/ecs/nest-fargate-staging-worker']);
    }
  });
});

describe('stopped tasks', () => {
  const all = 'aws:cloudwatch/eventRule:EventRule';

  it('of this environment alone are kept, for as long as logs', async () => {
    const graph = await graphOf('staging', { logRetentionDays: '90', encryption: 'customer-managed' });
    const pattern = JSON.parse(String(find(graph, all, 'stopped-tasks').inputs['eventPattern']));
    expect(pattern).toMatchObject({
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: { lastStatus: ['STOPPED'] },
    });
    expect(find(graph, 'aws:cloudwatch/logGroup:LogGroup', 'stopped-tasks').inputs).toMatchObject({
      name: '/aws/events/nest-fargate-staging-stopped-tasks',
      retentionInDays: 90,
      kmsKeyId: expect.stringContaining('aws:kms/key:Key'),
    });
  });

  it('are written by this rule alone, and without a role, which the log would not accept', async () => {
    const graph = await graphOf();
    const { policyDocument, resourceArn } = find(
      graph,
      'aws:cloudwatch/logResourcePolicy:LogResourcePolicy',
      'stopped-tasks',
    ).inputs;
    expect(resourceArn).toBeDefined();
    expect(JSON.parse(String(policyDocument)).Statement).toMatchObject([
      { Action: 'logs:CreateLogStream' },
      {
        Action: 'logs:PutLogEvents',
        Condition: { ArnEquals: { 'aws:SourceArn': expect.stringContaining('eventRule') } },
      },
    ]);
    const target = find(graph, 'aws:cloudwatch/eventTarget:EventTarget', 'stopped-tasks');
    expect(target.inputs).not.toHaveProperty('roleArn');
  });
});

describe('without Container Insights', () => {
  it('counts the tasks at the load balancer', async () => {
    const graph = await graphOf('staging', { containerInsights: 'disabled' });

    expect(find(graph, type, 'api-no-task').inputs).toMatchObject({
      namespace: 'AWS/ApplicationELB',
      metricName: 'HealthyHostCount',
    });
    expect(find(graph, type, 'worker-no-task').inputs).toMatchObject({
      namespace: 'nest-fargate/staging',
      metricName: 'QueueAgeSeconds',
      statistic: 'SampleCount',
      treatMissingData: 'breaching',
    });
    expect(find(graph, 'aws:ecs/cluster:Cluster', 'cluster').inputs['settings']).toEqual([
      { name: 'containerInsights', value: 'disabled' },
    ]);
  });
});
