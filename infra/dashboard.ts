import { Dashboard } from '@pulumi/aws/cloudwatch/dashboard.js';
import * as pulumi from '@pulumi/pulumi';
import type { Naming } from './naming.ts';

/** The names that the metrics of an environment go by. */
export interface Measured {
  readonly naming: Naming;
  readonly region: string;
  readonly alarmArns: readonly pulumi.Input<string>[];
  readonly cluster: pulumi.Input<string>;
  readonly service: pulumi.Input<string>;
  readonly loadBalancer: pulumi.Input<string>;
  readonly targetGroup: pulumi.Input<string>;
  readonly database: pulumi.Input<string>;
  readonly logGroup: pulumi.Input<string>;
}

type Metric = readonly pulumi.Input<string>[];

/** One page that answers three questions from top to bottom: is it healthy, what changed, where is the bottleneck. */
export function createDashboard(name: string, measured: Measured, parent: pulumi.Resource): void {
  const widgets = [healthy(measured), changed(measured), ...bottleneck(measured)].flat();
  new Dashboard(
    name,
    { dashboardName: measured.naming.prefix, dashboardBody: pulumi.jsonStringify({ widgets }) },
    { parent },
  );
}

function healthy(measured: Measured) {
  const { alarmArns, loadBalancer, targetGroup } = measured;
  const edge = (metric: string): Metric => [
    'AWS/ApplicationELB',
    metric,
    'LoadBalancer',
    loadBalancer,
    'TargetGroup',
    targetGroup,
  ];
  return [
    {
      type: 'alarm',
      ...place(0, 0),
      properties: { title: 'Is it healthy?', alarms: alarmArns },
    },
    graph(measured, place(8, 0), 'Requests and errors', 'Sum', [
      edge('RequestCount'),
      edge('HTTPCode_Target_4XX_Count'),
      edge('HTTPCode_Target_5XX_Count'),
    ]),
    graph(measured, place(16, 0), 'Healthy and unhealthy tasks', 'Minimum', [
      edge('HealthyHostCount'),
      edge('UnHealthyHostCount'),
    ]),
  ];
}

/** A line of the log names the release that wrote it: where one colour takes over from another, a release did. */
function changed({ region, logGroup }: Measured) {
  return [
    {
      type: 'log',
      ...place(0, 6, 24),
      properties: {
        title: 'What changed? Log lines by release',
        region,
        view: 'timeSeries',
        stacked: true,
        query: pulumi.interpolate`SOURCE '${logGroup}' | filter ispresent(version) | stats count(*) by bin(5m), version`,
      },
    },
  ];
}

function bottleneck(measured: Measured) {
  const { cluster, service, loadBalancer, targetGroup, database } = measured;
  const ofService = (metric: string): Metric => ['AWS/ECS', metric, 'ClusterName', cluster, 'ServiceName', service];
  const ofDatabase = (metric: string): Metric => ['AWS/RDS', metric, 'DBInstanceIdentifier', database];
  const latency = [
    'AWS/ApplicationELB',
    'TargetResponseTime',
    'LoadBalancer',
    loadBalancer,
    'TargetGroup',
    targetGroup,
  ];
  return [
    graph(measured, place(0, 12), 'Where is the bottleneck? Latency, p99', 'p99', [latency]),
    graph(measured, place(8, 12), 'Tasks: CPU and memory', 'Maximum', [
      ofService('CPUUtilization'),
      ofService('MemoryUtilization'),
    ]),
    graph(measured, place(16, 12), 'Database: CPU', 'Maximum', [ofDatabase('CPUUtilization')]),
    graph(measured, place(0, 18), 'Database: connections', 'Maximum', [ofDatabase('DatabaseConnections')]),
    graph(measured, place(8, 18), 'Database: seconds for a read and a write', 'Average', [
      ofDatabase('ReadLatency'),
      ofDatabase('WriteLatency'),
    ]),
    graph(measured, place(16, 18), 'Database: waiting for the disk', 'Average', [ofDatabase('DiskQueueDepth')]),
  ];
}

/** The grid of a dashboard is 24 wide. */
function place(x: number, y: number, width = 8) {
  return { x, y, width, height: 6 };
}

function graph(
  { region }: Measured,
  where: ReturnType<typeof place>,
  title: string,
  stat: string,
  metrics: readonly Metric[],
) {
  return { type: 'metric', ...where, properties: { title, region, stat, period: 60, view: 'timeSeries', metrics } };
}
