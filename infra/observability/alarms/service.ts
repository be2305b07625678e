import type { Cluster } from '../../compute/cluster.ts';
import type { Service } from '../../compute/service.ts';
import type { Edge } from '../../edge/edge.ts';
import { metricsNamespace } from '../../foundation/naming.ts';
import type { Process } from '../../manifest/app.ts';
import type { Settings } from '../../settings/settings.ts';
import type { AlarmArgs, Alarms } from '../alarm.ts';

interface ApiAlarmArgs {
  readonly settings: Settings;
  readonly cluster: Cluster;
  readonly api: Service;
  readonly edge: Edge;
}

interface WorkerAlarmArgs {
  readonly settings: Settings;
  readonly cluster: Cluster;
  /** Absent where the settings have no worker. */
  readonly worker: Service | undefined;
}

const fiveMinutes = { periodSeconds: 60, periods: 5 } as const;

/** CPU, memory, event loop and task count of the API. */
export function apiAlarms({ cluster, api, edge, settings }: ApiAlarmArgs): Alarms {
  const dimensions = { ClusterName: cluster.clusterName, ServiceName: api.serviceName };
  return {
    'api-cpu': {
      description: 'CPU of the API tasks exceeds 90%: autoscaling is at apiMaxCount, or a task is stuck in a loop.',
      metric: { namespace: 'AWS/ECS', name: 'CPUUtilization', dimensions, statistic: 'Average' },
      comparison: 'GreaterThanThreshold',
      threshold: 90,
      ...fiveMinutes,
      missingData: 'notBreaching',
    },
    'api-memory': {
      description:
        'Memory of an API task exceeds 90%: it is about to be killed (exit code 137). Look for a leak, or raise apiMemoryMiB.',
      metric: { namespace: 'AWS/ECS', name: 'MemoryUtilization', dimensions, statistic: 'Maximum' },
      comparison: 'GreaterThanThreshold',
      threshold: 90,
      ...fiveMinutes,
      missingData: 'notBreaching',
    },
    'api-event-loop': eventLoopAlarm(settings, 'api'),
    'api-no-task': {
      ...noTaskAlarm(settings),
      description: 'No API task is running. Check the service events and the stopped reason of its last tasks.',
      metric:
        settings.observability.containerInsights === 'disabled'
          ? // Only Container Insights counts running tasks. The load balancer counts healthy ones.
            {
              namespace: 'AWS/ApplicationELB',
              name: 'HealthyHostCount',
              dimensions: { LoadBalancer: edge.loadBalancerSuffix, TargetGroup: edge.targetGroupSuffix },
              statistic: 'Minimum',
            }
          : runningTaskCount(dimensions),
    },
  };
}

/** Task count and event loop of the worker. Its CPU and memory show in the age of the queue. */
export function workerAlarms({ settings, cluster, worker }: WorkerAlarmArgs): Alarms {
  if (worker === undefined) return {};
  return {
    'worker-no-task': {
      ...noTaskAlarm(settings),
      description:
        'No worker task is running, so jobs wait. Check the service events and the stopped reason of its last tasks.',
      metric:
        settings.observability.containerInsights === 'disabled'
          ? // Only Container Insights counts running tasks. A running worker reports the queue age every minute.
            appMetric(settings, 'worker', 'QueueAgeSeconds', 'SampleCount')
          : runningTaskCount({ ClusterName: cluster.clusterName, ServiceName: worker.serviceName }),
    },
    'worker-event-loop': eventLoopAlarm(settings, 'worker'),
  };
}

/** A metric that the app measures itself and writes to its log in embedded metric format: see app/src/metrics. */
export function appMetric(settings: Settings, service: Process, name: string, statistic: string): AlarmArgs['metric'] {
  return { namespace: metricsNamespace(settings), name, dimensions: { Service: service }, statistic };
}

function runningTaskCount(dimensions: AlarmArgs['metric']['dimensions']): AlarmArgs['metric'] {
  return { namespace: 'ECS/ContainerInsights', name: 'RunningTaskCount', dimensions, statistic: 'Minimum' };
}

function noTaskAlarm({ nightlyStop }: Settings) {
  return {
    comparison: 'LessThanThreshold',
    threshold: 1,
    periodSeconds: 60,
    // A replacement task is running within two minutes.
    periods: 3,
    // A service without tasks reports no data. During the nightly stop that is intended.
    missingData: nightlyStop === undefined ? 'breaching' : 'notBreaching',
  } as const;
}

/**
 * 200 ms: a healthy event loop turns in a few milliseconds. A request needs several turns, so at a fifth of a second each
 * people notice. Five minutes, because one garbage collection of a large heap can take as long once.
 */
function eventLoopAlarm(settings: Settings, service: Process): Alarms[string] {
  return {
    description: `Event loop lag (p99) of ${service} exceeds 200 ms: code computes or parses too much at once. Take a CPU profile.`,
    metric: appMetric(settings, service, 'EventLoopLagP99Ms', 'Maximum'),
    comparison: 'GreaterThanThreshold',
    threshold: 200,
    ...fiveMinutes,
    missingData: 'notBreaching',
  };
}
