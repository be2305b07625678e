import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../infra/graph/record.ts';
import { find } from '../../../infra/testing/find.ts';
import { graphOf } from '../../../infra/testing/graph-of.ts';
import { type CloudWatchMetric, expressionOf } from './metrics.ts';
import { parseProgram } from './program.ts';

const alarmsOf = (graph: Graph) => parseProgram(graph).alarms;
const missing = (graph: Graph) =>
  Object.fromEntries(
    alarmsOf(graph).flatMap(({ name, rule }) => ('nothing' in rule ? [[name, rule.nothing] as const] : [])),
  );

describe('metrics of CloudWatch, on this machine', () => {
  const translated = async (metric: Partial<CloudWatchMetric>, config: Readonly<Record<string, string>> = {}) =>
    expressionOf(
      { namespace: '', name: '', dimensions: {}, statistic: 'Sum', periodSeconds: 60, ...metric },
      parseProgram(await graphOf('staging', config)),
    );
  const group = (name: string) => `@{aws:lb/targetGroup:TargetGroup::${name}::arnSuffix}`;

  it('that alarms watch are all measured, except storage of the database and what cannot stay', async () => {
    expect(missing(await graphOf())).toEqual({
      'api-unhealthy': expect.stringContaining('is replaced'),
      'database-storage': 'storage of its own: Postgres has the disk of this machine',
    });
  });

  it('that have no source here are named with the reason, never taken as 0', async () => {
    const graph = await graphOf('staging', {
      valkeyReplicas: '1',
      deploymentStrategy: 'canary',
      syntheticCheck: 'true',
    });
    const names = Object.keys(missing(graph));
    expect(names).toEqual(
      expect.arrayContaining(['api-unhealthy-alternate', 'api-from-outside', 'valkey-cpu-2', 'valkey-evictions-2']),
    );
    expect(missing(graph)['valkey-cpu-2']).toContain('nest-fargate-staging-002');
    expect(missing(graph)['api-unhealthy-alternate']).toContain('is replaced');
  });

  it('that nobody has translated are not an empty series', async () => {
    expect(await translated({ namespace: 'AWS/Lambda', name: 'Errors' })).toEqual({
      nothing: 'nothing on this machine stands in for AWS/Lambda',
    });
    expect(await translated({ namespace: 'AWS/ApplicationELB', name: 'ProcessedBytes' })).toEqual({
      nothing: 'ProcessedBytes of AWS/ApplicationELB: nothing on this machine measures it',
    });
    expect(await translated({ namespace: 'AWS/ApplicationELB', name: 'RequestCount', statistic: 'p99' })).toEqual({
      nothing: 'the p99 of RequestCount: it is not translated',
    });
  });

  it('of targets are of what the tasks answered, and of the load balancer what it answered itself', async () => {
    const of = { namespace: 'AWS/ApplicationELB', dimensions: { TargetGroup: group('edge') } };
    expect(await translated({ ...of, name: 'HTTPCode_Target_5XX_Count' })).toEqual({
      promql: 'sum(increase(haproxy_server_http_responses_total{proxy=~"api",code="5xx"}[60s]))',
    });
    expect(await translated({ ...of, name: 'HTTPCode_ELB_5XX_Count' })).toEqual({
      promql: expect.stringMatching(/connection_errors_total.*response_errors_total/),
    });
  });

  it('of response times are those of the tasks, and of an app that serves none they are missing', async () => {
    const metric = { namespace: 'AWS/ApplicationELB', name: 'TargetResponseTime', statistic: 'p99' };
    expect(await translated(metric)).toEqual({
      promql:
        'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job="tasks",process=~"api"}[60s])))',
    });
    const program = parseProgram(await graphOf());
    const silent = program.services.map((service) => ({
      ...service,
      task: { ...service.task, container: { ...service.task.container, environment: [] } },
    }));
    expect(expressionOf({ ...metric, dimensions: {}, periodSeconds: 60 }, { ...program, services: silent })).toEqual({
      nothing: 'metrics of api, whose manifest takes no {metrics.port}',
    });
  });

  it('of Valkey count a core as the node type does', async () => {
    const metric = {
      namespace: 'AWS/ElastiCache',
      name: 'CPUUtilization',
      statistic: 'Average',
      dimensions: { CacheClusterId: 'nest-fargate-staging-001' },
    };
    expect(await translated(metric)).toEqual({ promql: expect.stringMatching(/^100 \* .* \/ 2$/) });
  });
});

describe('alarms, on this machine', () => {
  const alarm = async (name: string, config: Readonly<Record<string, string>> = {}) => {
    const graph = await graphOf('staging', config);
    const found = alarmsOf(graph).find((one) => one.name === name);
    if (found === undefined) throw new Error(`no alarm ${name}`);
    return { ...found, own: find(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm', name).inputs };
  };

  it('evaluate as many datapoints as on AWS, a minute in five seconds, and counts with it', async () => {
    const { rule, condition, own } = await alarm('api-5xx');
    expect(own).toMatchObject({ threshold: 10, period: 60, evaluationPeriods: 3, datapointsToAlarm: 2 });
    expect(condition).toBe('HTTPCode_Target_5XX_Count (Sum) > 0.83 in 2 of 3 periods of 5 s');
    expect(rule).toMatchObject({
      promql:
        'count_over_time(((sum(increase(haproxy_server_http_responses_total{proxy=~"api",code="5xx"}[5s]))) > 0.8333333333333334)[15s:5s]) >= 2',
    });
  });

  it('keep the threshold of anything but a count', async () => {
    expect((await alarm('api-cpu')).condition).toBe('CPUUtilization (Average) > 90 in 5 periods of 5 s');
    expect((await alarm('database-memory')).condition).toMatch(/^FreeableMemory \(Minimum\) < \d+ MiB in 10 periods/);
    expect((await alarm('queue-dead-jobs')).condition).toBe('DeadJobs (Maximum) > 0 in 1 period of 25 s');
  });

  it('fire without data where they do on AWS', async () => {
    const { rule, condition } = await alarm('api-no-task');
    expect(condition).toContain('or no data');
    expect(rule).toMatchObject({ promql: expect.stringContaining('or vector(0)) <= 0) and on ()') });
  });

  it('say which rollouts they guard, what they mean, and where the runbook is', async () => {
    expect(await alarm('api-5xx')).toMatchObject({
      guards: ['api'],
      description: expect.stringMatching(/^api returned more than 10 5xx responses per minute\. .*rolls back\.$/),
      runbook: expect.stringMatching(/docs\/runbooks\/errors-or-slow-requests\.md$/),
    });
    expect((await alarm('api-cpu')).guards).toEqual([]);
  });
});
