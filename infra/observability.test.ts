import { describe, expect, it } from 'vitest';
import { find, ofType } from './testing/find.ts';
import { graphOf } from './testing/graph-of.ts';

const type = 'aws:cloudwatch/metricAlarm:MetricAlarm';

describe('each alarm', () => {
  it('tells the topic when it starts and when it is over, and the reader what to do', async () => {
    for (const { inputs } of ofType(await graphOf(), type)) {
      expect(inputs['alarmActions']).toEqual(['@{aws:sns/topic:Topic::alarms::arn}']);
      expect(inputs['okActions']).toEqual(['@{aws:sns/topic:Topic::alarms::arn}']);
      expect(String(inputs['alarmDescription']).length).toBeGreaterThan(40);
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
    ['database-cpu', 'AWS/RDS', 'CPUUtilization', 90],
    ['database-connections', 'AWS/RDS', 'DatabaseConnections', 72],
    ['database-storage', 'AWS/RDS', 'FreeStorageSpace', 1024 ** 3],
    ['database-memory', 'AWS/RDS', 'FreeableMemory', 1024 ** 3 * 0.05],
  ])('%s watches %s %s at %d', async (name, namespace, metricName, threshold) => {
    const { inputs } = find(await graphOf(), type, name);

    expect(inputs).toMatchObject({ name: `nest-fargate-staging-${name}`, namespace, metricName, threshold });
  });

  it('is in the list above', async () => {
    expect(ofType(await graphOf(), type)).toHaveLength(11);
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

describe('the dashboard', () => {
  it('asks its three questions, within the grid, of what runs here', async () => {
    const { inputs } = find(await graphOf(), 'aws:cloudwatch/dashboard:Dashboard', 'observability');
    const { widgets } = JSON.parse(String(inputs['dashboardBody']));
    const titles = widgets.map(({ properties }: { properties: { title: string } }) => properties.title);

    expect(titles.filter((title: string) => title.includes('?'))).toEqual([
      'Is it healthy?',
      'What changed? Log lines by release',
      'Where is the bottleneck? Latency, p99',
    ]);
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
    expect(widgets[0].properties.alarms).toHaveLength(9);
    expect(widgets[3].properties.query).toContain("SOURCE '/ecs/nest-fargate-staging-api'");
  });
});

describe('a saved query', () => {
  it('asks the logs of the API', async () => {
    const queries = ofType(await graphOf(), 'aws:cloudwatch/queryDefinition:QueryDefinition');

    expect(queries.map(({ inputs }) => inputs['name']).toSorted()).toEqual([
      'nest-fargate-staging/errors by release',
      'nest-fargate-staging/one request by its correlation id',
      'nest-fargate-staging/slow requests by operation',
    ]);
    for (const { inputs } of queries) expect(inputs['logGroupNames']).toEqual(['/ecs/nest-fargate-staging-api']);
  });
});

describe('without Container Insights', () => {
  it('counts the tasks at the load balancer', async () => {
    const graph = await graphOf('staging', { containerInsights: 'disabled' });

    expect(find(graph, type, 'api-no-task').inputs).toMatchObject({
      namespace: 'AWS/ApplicationELB',
      metricName: 'HealthyHostCount',
    });
    expect(find(graph, 'aws:ecs/cluster:Cluster', 'cluster').inputs['settings']).toEqual([
      { name: 'containerInsights', value: 'disabled' },
    ]);
  });
});
