import { describe, expect, it } from 'vitest';
import { graphOf } from '../../../infra/testing/graph-of.ts';
import { parseDashboard } from './dashboard.ts';
import { parseProgram } from './program.ts';

async function dashboardOf(environment = 'staging', config: Readonly<Record<string, string>> = {}) {
  const graph = await graphOf(environment, config);
  const widgets = parseDashboard(graph, parseProgram(graph));
  if (widgets === undefined) throw new Error('no dashboard');
  const charts = widgets.filter((widget) => widget.kind === 'chart');
  return { widgets, charts, chart: (title: string) => charts.find((chart) => chart.title.includes(title)) };
}

describe('the dashboard of the program on this machine', () => {
  it('has each widget of CloudWatch, in its place', async () => {
    const { widgets } = await dashboardOf();
    const body = (await graphOf()).resources.find(({ type }) => type === 'aws:cloudwatch/dashboard:Dashboard');
    const declared = JSON.parse(String(body?.inputs['dashboardBody'])).widgets;

    expect(widgets.map(({ place }) => place)).toEqual(
      declared.map(({ x, y, width, height }: Record<string, number>) => ({ x, y, width, height })),
    );
    expect(widgets.slice(0, 4).map(({ kind, title }) => [kind, title])).toEqual([
      ['alarms', 'Is it healthy?'],
      ['chart', 'Requests and errors'],
      ['chart', 'Healthy and unhealthy tasks'],
      ['changes', 'What changed?'],
    ]);
  });

  it('shows or names as missing each metric', async () => {
    const { charts } = await dashboardOf();
    const body = (await graphOf()).resources.find(({ type }) => type === 'aws:cloudwatch/dashboard:Dashboard');
    const declared = JSON.parse(String(body?.inputs['dashboardBody'])).widgets.flatMap(
      ({ properties }: { properties: { metrics?: unknown[] } }) => properties.metrics ?? [],
    );

    expect(charts.flatMap(({ lines, missing }) => [...lines, ...missing])).toHaveLength(declared.length);
    expect(charts.flatMap(({ lines }) => lines).length).toBeGreaterThan(declared.length / 2);
  });

  it('reads namespace, dimensions and statistic of a line', async () => {
    const { chart } = await dashboardOf();

    expect(chart('Event loop lag')?.lines).toEqual(
      ['api', 'worker'].map((Service) => ({
        label: Service,
        metric: {
          namespace: 'nest-fargate/staging',
          name: 'EventLoopLagP99Ms',
          dimensions: { Service },
          statistic: 'Maximum',
          periodSeconds: 60,
        },
      })),
    );
  });

  it('gives the reason for which nothing here measures a line', async () => {
    const { chart } = await dashboardOf();

    expect(chart('read and write latency')).toMatchObject({
      lines: [],
      missing: [
        { line: 'read', reason: expect.stringMatching(/\w+/) },
        { line: 'write', reason: expect.stringMatching(/\w+/) },
      ],
    });
  });

  it('shows the threshold of an alarm only where the line is what it compares', async () => {
    const { charts, chart } = await dashboardOf();

    expect(chart('Event loop lag')?.thresholds).toEqual([
      { alarm: 'api-event-loop', value: 200 },
      { alarm: 'worker-event-loop', value: 200 },
    ]);
    // The alarm takes the average of five minutes, or the sum of another time.
    const shown = new Set(charts.flatMap(({ thresholds }) => thresholds.map(({ alarm }) => alarm)));
    const { resources } = await graphOf();
    for (const { type, name, inputs } of resources) {
      if (type !== 'aws:cloudwatch/metricAlarm:MetricAlarm' || !shown.has(name)) continue;
      const statistics = charts
        .filter(({ thresholds }) => thresholds.some(({ alarm }) => alarm === name))
        .map(({ statistic }) => statistic);
      expect(statistics, name).toEqual(statistics.map(() => inputs['extendedStatistic'] ?? inputs['statistic']));
    }
  });

  it('names the second target group of a traffic shift, which has no task here', async () => {
    const { chart } = await dashboardOf('prod', { deploymentStrategy: 'blue-green' });

    expect(chart('Healthy and unhealthy')?.missing.map(({ line }) => line)).toEqual([
      'healthy, alternate',
      'unhealthy, alternate',
    ]);
  });

  it('says of a widget and of a metric that it does not know that they are not shown', async () => {
    const graph = await graphOf();
    const dimensions = ['AWS/ApplicationELB', 'RequestCount', 'LoadBalancer', 'app/x'];
    const widgets = [
      { type: 'text', x: 0, y: 0, width: 6, height: 3, properties: { markdown: '# Hello' } },
      {
        type: 'metric',
        properties: {
          title: 'Math',
          stat: 'Average',
          metrics: [
            [{ expression: 'm1 / 60', label: 'per second' }],
            [...dimensions, { stat: 'Sum', id: 'm1' }],
            ['.', 'HTTPCode_Target_5XX_Count', '.', '.'],
          ],
        },
      },
    ];
    const resources = graph.resources.map((resource) =>
      resource.type === 'aws:cloudwatch/dashboard:Dashboard'
        ? { ...resource, inputs: { dashboardBody: JSON.stringify({ widgets }) } }
        : resource,
    );

    expect(parseDashboard({ ...graph, resources }, parseProgram(graph))).toMatchObject([
      { kind: 'other', title: 'text', reason: 'a widget of type text' },
      {
        kind: 'chart',
        lines: [{ label: 'RequestCount', metric: { statistic: 'Sum' } }],
        missing: [{ line: 'per second' }, { line: 'HTTPCode_Target_5XX_Count' }],
      },
    ]);
  });
});
