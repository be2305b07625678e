import { metricsPort } from '../../../infra/contract/metrics-port.ts';
import { referencesIn } from '../../../infra/graph/query.ts';
import type { Database } from './database.ts';
import type { EcsService } from './ecs-service.ts';
import { type LoadBalancer, loadBalancerPorts } from './load-balancer.ts';
import type { Valkey } from './valkey.ts';

/** One CloudWatch metric with its statistic: of an alarm, or of a graph of the dashboard. */
export interface CloudWatchMetric {
  readonly namespace: string;
  readonly name: string;
  /** As the program has them, with references to other resources. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`. */
  readonly statistic: string;
  /** Length of one datapoint, on this machine. */
  readonly periodSeconds: number;
}

/** The part of a program that is measured. */
export interface Measured {
  readonly services: readonly EcsService[];
  readonly loadBalancer?: LoadBalancer;
  readonly database?: Database;
  readonly valkey?: Valkey;
}

/** A PromQL expression without labels, or why nothing on this machine measures it. */
export type Expression = { readonly promql: string } | { readonly nothing: string };

/**
 * Jobs of the Prometheus configuration, and the labels by which the expressions below find their series. `process` is on
 * every series of a task, `service` on every series of a container.
 */
export const jobNames = {
  loadBalancer: 'load-balancer',
  tasks: 'tasks',
  engine: 'engine',
  database: 'database',
  valkey: 'valkey',
  prometheus: 'prometheus',
} as const;

/** What `engine-exporter.mjs` calls its series; where cAdvisor has the same, they have its names. */
export const engineMetrics = {
  cpu: 'container_cpu_usage_seconds_total',
  /** When that was read, in seconds: the time over which it has grown. */
  cpuRead: 'container_cpu_read_seconds_total',
  /** How many cores the container may use; all of the machine's where nothing limits it. */
  cpus: 'container_spec_cpus',
  memory: 'container_memory_working_set_bytes',
  memoryLimit: 'container_spec_memory_limit_bytes',
  running: 'service_running_tasks',
} as const;

/** Whether the tasks of a process serve metrics of their own: its container is then given the port. */
export function servesMetrics({ task }: EcsService): boolean {
  return task.container.environment.some(({ value }) => value === String(metricsPort));
}

/** The port on which HAProxy serves its metrics, inside its container. */
export const loadBalancerMetricsPort = loadBalancerPorts.statistics;

type Of = (metric: CloudWatchMetric, measured: Measured) => Expression;

/**
 * One datapoint of a CloudWatch metric as a PromQL expression over `periodSeconds`. An unknown metric is never an empty
 * series: the answer says what is missing.
 */
export function expressionOf(metric: CloudWatchMetric, measured: Measured): Expression {
  const own = metric.namespace.startsWith('AWS/') || metric.namespace.startsWith('ECS/') ? metric.namespace : 'app';
  const translate = namespaces[own];
  return translate === undefined
    ? { nothing: `nothing on this machine stands in for ${metric.namespace}` }
    : translate(metric, measured);
}

const namespaces: Readonly<Record<string, Of>> = {
  'AWS/ApplicationELB': ofLoadBalancer,
  'AWS/ECS': ofTasks,
  'ECS/ContainerInsights': ofTasks,
  'AWS/RDS': ofDatabase,
  'AWS/ElastiCache': ofValkey,
  'AWS/Events': () => ({ nothing: 'nothing counts runs of schedules: `status` has how the last one of each ended' }),
  'AWS/Scheduler': () => ({ nothing: 'EventBridge Scheduler: cron on this machine gives up no run' }),
  'AWS/Route53': () => ({ nothing: 'nobody outside reaches this machine' }),
  app: ofApp,
};

function ofLoadBalancer(metric: CloudWatchMetric, measured: Measured): Expression {
  const backends = backendsOf(metric, measured);
  if (typeof backends !== 'string') return backends;
  const proxy = `proxy=~"${backends}"`;
  switch (metric.name) {
    case 'RequestCount':
      return increase(metric, `haproxy_backend_http_requests_total{${proxy}}`);
    case 'HTTPCode_Target_2XX_Count':
    case 'HTTPCode_Target_3XX_Count':
    case 'HTTPCode_Target_4XX_Count':
    case 'HTTPCode_Target_5XX_Count': {
      const code = `${metric.name.charAt('HTTPCode_Target_'.length)}xx`;
      // Of its servers, which HAProxy counts when their answer arrives; what it answers itself is not among them.
      return increase(metric, `haproxy_server_http_responses_total{${proxy},code="${code}"}`);
    }
    case 'HTTPCode_ELB_5XX_Count': {
      // Its own answers: no server to send to, none that accepts a connection, or none that answers to the end. The
      // difference between all responses and those of servers would do as well, if both were counted at one moment.
      const failed = ['connection_errors', 'response_errors'].map(
        (kind) => `sum(increase(haproxy_backend_${kind}_total{${proxy}}[${metric.periodSeconds}s]))`,
      );
      return sumOnly(metric, failed.join(' + '));
    }
    case 'HealthyHostCount':
      return overTime(metric, `sum(haproxy_server_status{${proxy},state="UP"})`);
    case 'UnHealthyHostCount':
      return overTime(metric, `sum(haproxy_server_status{${proxy},state="DOWN"})`);
    case 'TargetResponseTime':
      return responseTime(metric, backends, measured);
    default:
      return unknownMetric(metric);
  }
}

/** HAProxy knows averages only, so it is what the tasks measure themselves: without the way to them. */
function responseTime(
  { statistic, periodSeconds }: CloudWatchMetric,
  processes: string,
  { services }: Measured,
): Expression {
  const silent = services.filter((one) => processes.split('|').includes(one.name) && !servesMetrics(one));
  if (silent.length > 0) return servesNone(silent.map(({ name }) => name).join(', '));
  const rate = (series: string) =>
    `rate(http_request_duration_seconds_${series}{job="${jobNames.tasks}",process=~"${processes}"}[${periodSeconds}s])`;
  if (statistic === 'Average') return { promql: `sum(${rate('sum')}) / sum(${rate('count')})` };
  const percentile = /^p(\d+(?:\.\d+)?)$/.exec(statistic)?.[1];
  if (percentile === undefined) return { nothing: `the ${statistic} of response times: only percentiles and averages` };
  return { promql: `histogram_quantile(${Number(percentile) / 100}, sum by (le) (${rate('bucket')}))` };
}

/** Backends of HAProxy, which are called like their processes, as a regular expression. */
function backendsOf({ dimensions }: CloudWatchMetric, { loadBalancer }: Measured): string | { nothing: string } {
  if (loadBalancer === undefined) return { nothing: 'nothing is reached from outside: there is no load balancer' };
  const serving = [loadBalancer.service, ...loadBalancer.routes.map(({ service }) => service)];
  const group = nameIn(dimensions['TargetGroup']);
  const found = serving.filter(({ target }) => group === undefined || target.group.name === group);
  if (found.length === 0) {
    return { nothing: `the target group ${group}: traffic is never shifted here, so it has no task` };
  }
  return [...new Set(found.map(({ name }) => name))].join('|');
}

function ofTasks(metric: CloudWatchMetric, { services }: Measured): Expression {
  const name = nameIn(metric.dimensions['ServiceName']);
  const service = services.find((one) => one.name === name || one.awsName === name);
  if (service === undefined) return { nothing: `the service ${name ?? 'of no name'}, which is none of the program` };
  const of = `{job="${jobNames.engine}",service="${service.name}"}`;
  switch (metric.name) {
    case 'CPUUtilization':
      return cpuUse(metric, of);
    case 'MemoryUtilization':
      return overTasks(metric, `100 * ${engineMetrics.memory}${of} / ${engineMetrics.memoryLimit}${of}`);
    case 'RunningTaskCount':
      return overTime(metric, `sum(${engineMetrics.running}${of})`);
    default:
      return unknownMetric(metric);
  }
}

/** Of what each container may use, over the whole period. */
function cpuUse(metric: CloudWatchMetric, of: string): Expression {
  const found = functions[metric.statistic];
  if (found === undefined) return unknownStatistic(metric);
  return { promql: `${found.tasks}(100 * ${coresUsed(metric, of)} / ${engineMetrics.cpus}${of})` };
}

/** A reading may come seconds late: a period that long has two of them. */
const lateSeconds = 3;

/**
 * On average between the first reading and the last. A rate over the period would be too low where readings are missing at
 * its ends: it is extrapolated by half of their distance at most. Both rates here are, by the same factor.
 */
function coresUsed({ periodSeconds }: CloudWatchMetric, of: string): string {
  const rate = (name: string) => `rate(${name}${of}[${periodSeconds + lateSeconds}s])`;
  return `${rate(engineMetrics.cpu)} / ${rate(engineMetrics.cpuRead)}`;
}

function ofDatabase(metric: CloudWatchMetric, { database }: Measured): Expression {
  if (database === undefined) return { nothing: 'the database is none of the program' };
  const of = `{job="${jobNames.engine}",service="${database.name}"}`;
  switch (metric.name) {
    case 'CPUUtilization':
      return cpuUse(metric, of);
    case 'FreeableMemory':
      return overTime(metric, `sum(${engineMetrics.memoryLimit}${of} - ${engineMetrics.memory}${of})`);
    case 'DatabaseConnections':
      return overTime(metric, `sum(pg_stat_database_numbackends{job="${jobNames.database}"})`);
    case 'FreeStorageSpace':
      return { nothing: 'storage of its own: Postgres has the disk of this machine' };
    case 'ReadLatency':
    case 'WriteLatency':
    case 'DiskQueueDepth':
      return { nothing: 'a disk of its own: nothing here measures that of this machine' };
    default:
      return unknownMetric(metric);
  }
}

function ofValkey(metric: CloudWatchMetric, { valkey }: Measured): Expression {
  const node = metric.dimensions['CacheClusterId'] ?? '';
  if (valkey === undefined) return { nothing: 'Valkey is none of the program' };
  if (!node.endsWith('-001')) return { nothing: `the replica ${node}: Valkey has one node here` };
  const engine = `{job="${jobNames.engine}",service="${valkey.name}"}`;
  const own = `{job="${jobNames.valkey}"}`;
  // Of the core that runs its commands, or of the part of it that its container may use.
  const core = `sum(${coresUsed(metric, engine)}) / sum(clamp_max(${engineMetrics.cpus}${engine}, 1))`;
  switch (metric.name) {
    case 'CPUUtilization':
      // Of the node’s vCPUs, whatever this machine has: 90 % of one core is the same in both.
      return { promql: `100 * ${core} / ${valkey.vcpus}` };
    case 'EngineCPUUtilization':
      return { promql: `100 * ${core}` };
    case 'DatabaseMemoryUsagePercentage':
      return overTime(metric, `100 * sum(redis_memory_used_bytes${own}) / sum(redis_memory_max_bytes${own})`);
    case 'CurrConnections':
      return overTime(metric, `sum(redis_connected_clients${own})`);
    case 'Evictions':
      return increase(metric, `redis_evicted_keys_total${own}`);
    case 'CacheHits':
      return increase(metric, `redis_keyspace_hits_total${own}`);
    case 'CacheMisses':
      return increase(metric, `redis_keyspace_misses_total${own}`);
    default:
      return unknownMetric(metric);
  }
}

/** What the app writes to its log for CloudWatch, by its name, and the gauge of the same that it serves to Prometheus. */
const appMetrics: Readonly<Record<string, (of: string) => string>> = {
  EventLoopLagP99Ms: (of) => `1000 * event_loop_lag_p99_seconds${of}`,
  DatabasePoolInUsePercent: (of) => `100 * database_pool_in_use${of} / database_pool_connections${of}`,
  QueueAgeSeconds: (of) => `queue_oldest_seconds${of}`,
  QueueDepth: (of) => `queue_depth${of}`,
  DeadJobs: (of) => `jobs_dead${of}`,
};

function ofApp(metric: CloudWatchMetric, { services }: Measured): Expression {
  const read = appMetrics[metric.name];
  const process = metric.dimensions['Service'] ?? '';
  const service = services.find(({ name }) => name === process);
  if (read === undefined || service === undefined) return unknownMetric(metric);
  if (!servesMetrics(service)) return servesNone(process);
  const series = read(`{job="${jobNames.tasks}",process="${process}"}`);
  if (metric.statistic === 'SampleCount') return { promql: `sum(count_over_time(${subquery(metric, series)}))` };
  return overTasks(metric, series);
}

function servesNone(processes: string): Expression {
  return { nothing: `metrics of ${processes}, whose manifest takes no {metrics.port}` };
}

/** A counter: how much it grew in the period, over all series. */
function increase(metric: CloudWatchMetric, series: string): Expression {
  return sumOnly(metric, `sum(increase(${series}[${metric.periodSeconds}s]))`);
}

function sumOnly(metric: CloudWatchMetric, promql: string): Expression {
  return metric.statistic === 'Sum' ? { promql } : unknownStatistic(metric);
}

const functions: Readonly<Record<string, { readonly time: string; readonly tasks: string }>> = {
  Average: { time: 'avg_over_time', tasks: 'avg' },
  Minimum: { time: 'min_over_time', tasks: 'min' },
  Maximum: { time: 'max_over_time', tasks: 'max' },
};

/** A gauge that has one value at a time. */
function overTime(metric: CloudWatchMetric, expression: string): Expression {
  const found = functions[metric.statistic];
  if (found === undefined) return unknownStatistic(metric);
  return { promql: `${found.time}(${subquery(metric, expression)})` };
}

/** A gauge that each task has: of all values of all tasks in the period. */
function overTasks(metric: CloudWatchMetric, series: string): Expression {
  const found = functions[metric.statistic];
  if (found === undefined) return unknownStatistic(metric);
  return { promql: `${found.time}(${subquery(metric, `${found.tasks}(${series})`)})` };
}

/** Values within the period, a dozen of them or one a second. */
function subquery({ periodSeconds }: CloudWatchMetric, expression: string): string {
  return `(${expression})[${periodSeconds}s:${Math.max(1, Math.round(periodSeconds / 12))}s]`;
}

function unknownMetric({ namespace, name }: CloudWatchMetric): Expression {
  return { nothing: `${name} of ${namespace}: nothing on this machine measures it` };
}

function unknownStatistic({ name, statistic }: CloudWatchMetric): Expression {
  return { nothing: `the ${statistic} of ${name}: it is not translated` };
}

/** The logical name of the resource that a dimension refers to; a text that refers to none is one itself. */
function nameIn(value: string | undefined): string | undefined {
  return value === undefined ? undefined : (referencesIn(value)[0]?.name ?? value);
}
