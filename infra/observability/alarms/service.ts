import type { Cluster } from '../../compute/cluster.ts';
import type { RunningProcess } from '../../compute/services.ts';
import type { Edge } from '../../edge/edge.ts';
import { metricsNamespace } from '../../foundation/naming.ts';
import type { Process } from '../../manifest/app.ts';
import type { Settings } from '../../settings/settings.ts';
import type { AlarmArgs, Alarms } from '../alarm.ts';

interface ServiceAlarmArgs {
  readonly settings: Settings;
  readonly cluster: Cluster;
  readonly services: readonly RunningProcess[];
  readonly edge: Edge;
}

const fiveMinutes = { periodSeconds: 60, periods: 5 } as const;

/** CPU, memory, event loop and task count of the services. */
export function serviceAlarms(args: ServiceAlarmArgs): Alarms {
  return Object.assign({}, ...args.services.map((process) => alarmsOf(process, args)));
}

function alarmsOf({ name, kind, prefix, sizes, service }: RunningProcess, args: ServiceAlarmArgs): Alarms {
  const { cluster, edge, settings } = args;
  const dimensions = { ClusterName: cluster.clusterName, ServiceName: service.serviceName };
  const insights = settings.observability.containerInsights !== 'disabled';
  const eventLoop = { [`${name}-event-loop`]: eventLoopAlarm(settings, name) };
  if (kind === 'http') {
    return {
      ...usageAlarms(name, prefix, dimensions),
      ...eventLoop,
      [`${name}-no-task`]: {
        ...noTaskAlarm(settings),
        runbook: 'release-never-becomes-ready',
        description: `No task of ${name} is running. Check the service events and the stopped reason of its last tasks.`,
        metric: insights
          ? runningTaskCount(dimensions)
          : // Only Container Insights counts running tasks. The load balancer counts healthy ones.
            {
              namespace: 'AWS/ApplicationELB',
              name: 'HealthyHostCount',
              dimensions: {
                LoadBalancer: edge.loadBalancerSuffix,
                TargetGroup: (edge.routed[name] ?? edge).targetGroupSuffix,
              },
              statistic: 'Minimum',
            },
      },
    };
  }
  const takesJobs = sizes.queueAgeTargetSeconds !== undefined;
  return {
    // Of one that takes jobs, they show in the age of the queue.
    ...(takesJobs ? {} : usageAlarms(name, prefix, dimensions)),
    // Without Container Insights nothing counts the tasks of one that reports no metric of its own.
    ...(insights || takesJobs
      ? {
          [`${name}-no-task`]: {
            ...noTaskAlarm(settings),
            runbook: 'release-never-becomes-ready',
            description: `No task of ${name} is running${takesJobs ? ', so jobs wait' : ''}. Check the service events and the stopped reason of its last tasks.`,
            metric: insights
              ? runningTaskCount(dimensions)
              : // A running one reports the queue age every minute.
                appMetric(settings, name, 'QueueAgeSeconds', 'SampleCount'),
          },
        }
      : {}),
    ...eventLoop,
  };
}

function usageAlarms(name: Process, prefix: string, dimensions: AlarmArgs['metric']['dimensions']): Alarms {
  return {
    [`${name}-cpu`]: {
      runbook: 'tasks-at-their-limits',
      reason: 'Scaling out begins far below, so it is at its maximum or does not help.',
      description: `CPU of the tasks of ${name} exceeds 90%: autoscaling is at ${prefix}MaxCount, or a task is stuck in a loop.`,
      metric: { namespace: 'AWS/ECS', name: 'CPUUtilization', dimensions, statistic: 'Average' },
      comparison: 'GreaterThanThreshold',
      threshold: 90,
      ...fiveMinutes,
      missingData: 'notBreaching',
    },
    [`${name}-memory`]: {
      runbook: 'tasks-at-their-limits',
      reason: 'It is the last tenth before the limit, at which the kernel kills the task.',
      description: `Memory of a task of ${name} exceeds 90%: it is about to be killed (exit code 137). Look for a leak, or raise ${prefix}MemoryMiB.`,
      metric: { namespace: 'AWS/ECS', name: 'MemoryUtilization', dimensions, statistic: 'Maximum' },
      comparison: 'GreaterThanThreshold',
      threshold: 90,
      ...fiveMinutes,
      missingData: 'notBreaching',
    },
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
    reason: 'A replacement task is running within two minutes.',
    comparison: 'LessThanThreshold',
    threshold: 1,
    periodSeconds: 60,
    periods: 3,
    // A service without tasks reports no data. During the nightly stop that is intended.
    missingData: nightlyStop === undefined ? 'breaching' : 'notBreaching',
  } as const;
}

/** A request needs several turns of the event loop, so at a fifth of a second each people notice. */
function eventLoopAlarm(settings: Settings, service: Process): Alarms[string] {
  return {
    runbook: 'tasks-at-their-limits',
    reason:
      'A healthy event loop turns in a few milliseconds, and one garbage collection of a large heap is shorter than five minutes.',
    description: `Event loop lag (p99) of ${service} exceeds 200 ms: code computes or parses too much at once. Take a CPU profile.`,
    metric: appMetric(settings, service, 'EventLoopLagP99Ms', 'Maximum'),
    comparison: 'GreaterThanThreshold',
    threshold: 200,
    ...fiveMinutes,
    missingData: 'notBreaching',
  };
}
