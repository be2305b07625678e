import type { Cluster } from '../../compute/cluster.ts';
import { metricsNamespace } from '../../compute/container/environment.ts';
import type { Process } from '../../compute/container/input.ts';
import type { Service } from '../../compute/service.ts';
import type { Contract } from '../../contract/contract.ts';
import type { Valkey } from '../../data/valkey.ts';
import type { Settings } from '../../settings/settings.ts';
import type { AlarmArgs, Alarms } from '../alarm.ts';

export interface JobAlarmArgs {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly cluster: Cluster;
  readonly worker: Service | undefined;
  readonly valkey: Valkey | undefined;
}

/** A figure that the app itself measures and writes into its log: see app/src/metrics. */
function ofApp(settings: Settings, service: Process, name: string, statistic: string): AlarmArgs['metric'] {
  return { namespace: metricsNamespace(settings), name, dimensions: { Service: service }, statistic };
}

/**
 * 200 ms: a loop that is well turns in a few milliseconds, and a request needs several turns, so that with a fifth of a
 * second each a person waits noticeably. Five minutes, as a single collection of the heap may take as long once.
 */
export function eventLoopAlarm(settings: Settings, service: Process): Alarms[string] {
  return {
    description: `The event loop of ${service} is blocked: something computes, or parses, too much at once. A CPU profile shows what.`,
    metric: ofApp(settings, service, 'EventLoopLagP99Ms', 'Maximum'),
    comparison: 'GreaterThanThreshold',
    threshold: 200,
    periodSeconds: 60,
    periods: 5,
    missingData: 'notBreaching',
  };
}

/** None without a worker: nobody measures the queue then. */
export function workerAlarms({ settings, cluster, worker }: JobAlarmArgs): Alarms {
  const { worker: sizes, nightlyStop } = settings;
  if (worker === undefined || sizes === undefined) return {};
  const dimensions = { ClusterName: cluster.clusterName, ServiceName: worker.serviceName };
  return {
    'worker-no-task': {
      description: 'No worker runs: jobs wait. Look at the events of the service and at why its last tasks stopped.',
      metric:
        settings.observability.containerInsights === 'disabled'
          ? // Only Container Insights counts tasks; a worker that runs says every minute how old its queue is.
            ofApp(settings, 'worker', 'QueueAgeSeconds', 'SampleCount')
          : { namespace: 'ECS/ContainerInsights', name: 'RunningTaskCount', dimensions, statistic: 'Minimum' },
      comparison: 'LessThanThreshold',
      threshold: 1,
      periodSeconds: 60,
      // A task that is replaced is back within two minutes.
      periods: 3,
      missingData: nightlyStop === undefined ? 'breaching' : 'notBreaching',
    },
    'worker-event-loop': eventLoopAlarm(settings, 'worker'),
    'queue-age': {
      description:
        'Jobs wait far longer than autoscaling aims at: it is at workerMaxCount, jobs hang, or Valkey is away.',
      metric: ofApp(settings, 'worker', 'QueueAgeSeconds', 'Maximum'),
      comparison: 'GreaterThanThreshold',
      // Autoscaling looks at three minutes before it acts, and a task takes about two to start: what is left of a wait
      // that long after ten times the target is no burst.
      threshold: 10 * sizes.queueAgeTargetSeconds,
      periodSeconds: 60,
      periods: 5,
      missingData: 'notBreaching',
    },
    'queue-dead-jobs': {
      description:
        'A job failed as often as it may and is kept: nobody will do it unless told to. `node dist/worker.js --dead` lists them.',
      metric: ofApp(settings, 'worker', 'DeadJobs', 'Maximum'),
      comparison: 'GreaterThanThreshold',
      // Each of them is something that a person was promised.
      threshold: 0,
      periodSeconds: 300,
      periods: 1,
      missingData: 'notBreaching',
    },
  };
}

/** Of each task of api and worker: BullMQ has a connection that blocks beside the one for commands; twice that is a leak. */
const connectionsPerTask = 10;

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html */
export function valkeyAlarms({ settings, contract, valkey }: JobAlarmArgs): Alarms {
  if (valkey === undefined) return {};
  const tasks = (settings.api.maxCount + (settings.worker?.maxCount ?? 0)) * (contract.maximumHealthyPercent / 100);
  return Object.assign(
    {},
    ...valkey.nodes.map((node, index) => {
      const metric = (name: string, statistic: string) => ({
        namespace: 'AWS/ElastiCache',
        name,
        dimensions: { CacheClusterId: node },
        statistic,
      });
      const shared = { comparison: 'GreaterThanThreshold', periodSeconds: 60, missingData: 'notBreaching' } as const;
      const which = index + 1;
      return {
        [`valkey-memory-${which}`]: {
          ...shared,
          description:
            'Valkey is nearly full. It evicts nothing, so that writes, and with them jobs, fail when it is: take a larger valkeyNodeType.',
          metric: metric('DatabaseMemoryUsagePercentage', 'Maximum'),
          // A fifth is left, for as long as a person needs to come.
          threshold: 80,
          periods: 5,
        },
        [`valkey-cpu-${which}`]: {
          ...shared,
          description:
            'Valkey is at the limit of the one core that runs its commands: look for slow ones (SLOWLOG), or take a larger valkeyNodeType.',
          metric: metric('EngineCPUUtilization', 'Average'),
          threshold: 90,
          periods: 5,
        },
        [`valkey-evictions-${which}`]: {
          ...shared,
          description: 'Valkey evicts keys although it is told not to: jobs are lost. Look at maxmemory-policy.',
          metric: metric('Evictions', 'Sum'),
          threshold: 0,
          periods: 1,
        },
        [`valkey-connections-${which}`]: {
          ...shared,
          description:
            'More connections to Valkey than all tasks of a rollout could need: somebody opens them and does not close.',
          metric: metric('CurrConnections', 'Maximum'),
          threshold: tasks * connectionsPerTask,
          periods: 5,
        },
      } satisfies Alarms;
    }),
  );
}
