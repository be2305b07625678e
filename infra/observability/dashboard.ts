import { Dashboard } from '@pulumi/aws/cloudwatch/dashboard.js';
import * as pulumi from '@pulumi/pulumi';
import type { RunningProcess } from '../compute/services.ts';
import type { Naming } from '../foundation/naming.ts';

/** Dimensions of the environment's metrics. */
export interface Measured {
  readonly naming: Naming;
  readonly region: string;
  readonly alarmArns: readonly pulumi.Input<string>[];
  readonly cluster: pulumi.Input<string>;
  readonly services: readonly RunningProcess[];
  readonly loadBalancer: pulumi.Input<string>;
  /** Its own metrics count requests of others. */
  readonly sharesLoadBalancer: boolean;
  /** Two with a traffic shift: the tasks may be in either of them. */
  readonly targetGroups: readonly TargetGroup[];
  readonly database: pulumi.Input<string>;
  readonly valkeyNodes: readonly pulumi.Input<string>[];
  /** Namespace of the metrics that the app itself reports. */
  readonly namespace: string;
  readonly logGroups: readonly pulumi.Input<string>[];
}

interface TargetGroup {
  readonly suffix: pulumi.Input<string>;
  /** What it is beside the first one, which has none. */
  readonly title?: string;
}

/** Namespace, name, names and values of its dimensions, and how the legend calls it. */
type Metric = readonly (pulumi.Input<string> | { readonly label: string })[];

/** One page that answers from top to bottom: is it healthy, what changed, where is the bottleneck, do jobs wait? */
export function createDashboard(name: string, measured: Measured, parent: pulumi.Resource): void {
  const widgets = [healthy(measured), changed(measured), ...bottleneck(measured), ...jobs(measured)].flat();
  new Dashboard(
    name,
    { dashboardName: measured.naming.prefix, dashboardBody: pulumi.jsonStringify({ widgets }) },
    { parent },
  );
}

function healthy(measured: Measured) {
  const { alarmArns } = measured;
  const ofTargets = (metric: string, label: string) => targetMetrics(measured, metric, label);
  return [
    {
      type: 'alarm',
      ...place(0, 0),
      properties: { title: 'Is it healthy?', alarms: alarmArns },
    },
    graph(measured, place(8, 0), 'Requests and errors', 'Sum', [
      ...edgeMetrics(measured, 'RequestCount', 'requests'),
      ...edgeMetrics(measured, 'HTTPCode_Target_4XX_Count', '4xx'),
      ...edgeMetrics(measured, 'HTTPCode_Target_5XX_Count', '5xx'),
    ]),
    graph(measured, place(16, 0), 'Healthy and unhealthy tasks', 'Minimum', [
      ...ofTargets('HealthyHostCount', 'healthy'),
      ...ofTargets('UnHealthyHostCount', 'unhealthy'),
    ]),
  ];
}

/** Of all requests of the environment. */
function edgeMetrics(measured: Measured, metric: string, label: string): readonly Metric[] {
  if (measured.sharesLoadBalancer) return targetMetrics(measured, metric, label);
  return [['AWS/ApplicationELB', metric, 'LoadBalancer', measured.loadBalancer, { label }]];
}

function targetMetrics({ loadBalancer, targetGroups }: Measured, metric: string, label: string): readonly Metric[] {
  return targetGroups.map(({ suffix, title }) => [
    'AWS/ApplicationELB',
    metric,
    'LoadBalancer',
    loadBalancer,
    'TargetGroup',
    suffix,
    { label: title === undefined ? label : `${label}, ${title}` },
  ]);
}

/** Every log line names its release: where one color replaces another, a release replaced the previous one. */
function changed({ region, logGroups }: Measured) {
  return [
    {
      type: 'log',
      ...place(0, 6, 24),
      properties: {
        title: 'What changed? Log lines by release',
        region,
        view: 'timeSeries',
        stacked: true,
        query: pulumi
          .all(logGroups.map((group) => pulumi.interpolate`SOURCE '${group}'`))
          .apply(
            (sources) => `${sources.join(' | ')} | filter ispresent(version) | stats count(*) by bin(5m), version`,
          ),
      },
    },
  ];
}

function bottleneck(measured: Measured) {
  const { services, database } = measured;
  const serving = services.filter(({ kind }) => kind === 'http');
  const ofDatabase = (metric: string, label: string): Metric => [
    'AWS/RDS',
    metric,
    'DBInstanceIdentifier',
    database,
    { label },
  ];
  return [
    graph(
      measured,
      place(0, 12),
      'Where is the bottleneck? p99 latency, s',
      'p99',
      edgeMetrics(measured, 'TargetResponseTime', 'p99'),
    ),
    graph(
      measured,
      place(8, 12),
      `${titleOf(serving)}: CPU and memory, %`,
      'Maximum',
      serving.flatMap((process) => usageOf(measured, process)),
    ),
    graph(measured, place(16, 12), 'Database: CPU, %', 'Maximum', [ofDatabase('CPUUtilization', 'CPU')]),
    graph(measured, place(0, 18), 'Database: connections', 'Maximum', [
      ofDatabase('DatabaseConnections', 'connections'),
    ]),
    graph(measured, place(8, 18), 'Database: read and write latency, s', 'Average', [
      ofDatabase('ReadLatency', 'read'),
      ofDatabase('WriteLatency', 'write'),
    ]),
    graph(measured, place(16, 18), 'Database: disk queue depth', 'Average', [
      ofDatabase('DiskQueueDepth', 'waiting operations'),
    ]),
  ];
}

function usageOf({ cluster }: Measured, { name, service: { serviceName } }: RunningProcess): readonly Metric[] {
  return [
    ['CPUUtilization', 'CPU'],
    ['MemoryUtilization', 'memory'],
  ].map(([metric = '', resource]) => [
    'AWS/ECS',
    metric,
    'ClusterName',
    cluster,
    'ServiceName',
    serviceName,
    { label: `${name} ${resource}` },
  ]);
}

/** `API` of `api`, `Worker` of `worker`, `Mail queue, reports` of several. */
function titleOf(processes: readonly RunningProcess[]): string {
  const names = processes.map(({ name }) => (name === 'api' ? 'API' : name.replaceAll('-', ' '))).join(', ');
  return `${names.charAt(0).toUpperCase()}${names.slice(1)}`;
}

/** Widgets of event loops, pools, queues and Valkey. */
function jobs(measured: Measured) {
  const { services, valkeyNodes, namespace } = measured;
  const ofApp = (metric: string, service: string, label = service): Metric => [
    namespace,
    metric,
    'Service',
    service,
    { label },
  ];
  const ofNodes = (metric: string, label: string): readonly Metric[] =>
    valkeyNodes.map((node, index) => [
      'AWS/ElastiCache',
      metric,
      'CacheClusterId',
      node,
      { label: valkeyNodes.length === 1 ? label : `${label}, node ${index + 1}` },
    ]);
  const background = services.filter(({ kind }) => kind === 'background');
  const taking = background.filter(({ sizes }) => sizes.queueAgeTargetSeconds !== undefined).map(({ name }) => name);
  const loops = services.map(({ name }) => ofApp('EventLoopLagP99Ms', name));
  const pools = services.map(({ name }) => ofApp('DatabasePoolInUsePercent', name));
  return [
    graph(measured, place(0, 24), 'Event loop lag (p99), ms', 'Maximum', loops),
    graph(measured, place(8, 24), 'Connection pool use, %', 'Maximum', pools),
    ...(background.length === 0
      ? []
      : [
          graph(
            measured,
            place(16, 24),
            `${titleOf(background)}: CPU and memory, %`,
            'Maximum',
            background.flatMap((process) => usageOf(measured, process)),
          ),
        ]),
    ...(taking.length === 0
      ? []
      : [
          graph(
            measured,
            place(0, 30),
            'Do jobs wait? Age of the oldest job, s',
            'Maximum',
            taking.map((name) => ofApp('QueueAgeSeconds', name)),
          ),
          graph(
            measured,
            place(8, 30),
            'Waiting and dead jobs',
            'Maximum',
            taking.flatMap((name) => [
              ofApp('QueueDepth', name, `${name}, waiting`),
              ofApp('DeadJobs', name, `${name}, dead`),
            ]),
          ),
        ]),
    ...(valkeyNodes.length === 0
      ? []
      : [
          graph(measured, place(16, 30), 'Valkey: memory and CPU, %', 'Maximum', [
            ...ofNodes('DatabaseMemoryUsagePercentage', 'memory'),
            ...ofNodes('EngineCPUUtilization', 'CPU'),
          ]),
          graph(measured, place(0, 36), 'Valkey: connections', 'Maximum', ofNodes('CurrConnections', 'connections')),
          graph(measured, place(8, 36), 'Valkey: hits and misses', 'Sum', [
            ...ofNodes('CacheHits', 'hits'),
            ...ofNodes('CacheMisses', 'misses'),
          ]),
          graph(measured, place(16, 36), 'Valkey: evictions (expected: 0)', 'Sum', ofNodes('Evictions', 'evictions')),
        ]),
  ];
}

/** The grid of a dashboard is 24 units wide. */
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
