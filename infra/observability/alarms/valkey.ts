import { type CacheNodeType, cacheNodeVcpus } from '../../catalog/elasticache-node-types.ts';
import { valkeyConnectionsLimit } from '../../contract/alarm-limits.ts';
import type { Contract } from '../../contract/contract.ts';
import type { Valkey } from '../../data/valkey.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Alarms } from '../alarm.ts';

interface ValkeyAlarmArgs {
  readonly settings: Settings;
  readonly contract: Contract;
  /** Absent where Valkey is off. */
  readonly valkey: Valkey | undefined;
}

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html */
export function valkeyAlarms({ settings, contract, valkey }: ValkeyAlarmArgs): Alarms {
  const { valkey: sizes } = settings;
  if (valkey === undefined || sizes === undefined) return {};
  const cpu = cpuMetric(sizes.nodeType);
  return Object.assign(
    {},
    ...valkey.nodes.map((node, index) => {
      const metric = (name: string, statistic: string) => ({
        namespace: 'AWS/ElastiCache',
        name,
        dimensions: { CacheClusterId: node },
        statistic,
      });
      const shared = {
        runbook: 'valkey-at-its-limits',
        comparison: 'GreaterThanThreshold',
        periodSeconds: 60,
        missingData: 'notBreaching',
      } as const;
      const which = index + 1;
      return {
        [`valkey-memory-${which}`]: {
          ...shared,
          reason: 'It leaves a fifth, so that somebody has time to react.',
          description:
            'Valkey uses more than 80% of its memory. It evicts nothing, so when it is full, writes and new jobs fail. Choose a larger valkeyNodeType.',
          metric: metric('DatabaseMemoryUsagePercentage', 'Maximum'),
          threshold: 80,
          periods: 5,
        },
        [`valkey-cpu-${which}`]: {
          ...shared,
          reason:
            'One core runs all commands. On nodes with at most two vCPUs, AWS counts the CPU of the host, of which a core is a fraction.',
          description:
            'Valkey uses more than 90% of the core that runs its commands. Look for slow commands (SLOWLOG), or choose a larger valkeyNodeType.',
          metric: metric(cpu.metric, 'Average'),
          threshold: cpu.thresholdPercent,
          periods: 5,
        },
        [`valkey-evictions-${which}`]: {
          ...shared,
          reason: 'No eviction is harmless with noeviction.',
          description: 'Valkey evicts keys, so jobs are lost. maxmemory-policy must be noeviction.',
          metric: metric('Evictions', 'Sum'),
          threshold: 0,
          periods: 1,
        },
        [`valkey-connections-${which}`]: {
          ...shared,
          reason: 'Ten per task are allowed; a task needs two per client.',
          description:
            'Valkey has more connections than all tasks of a rollout need: a client opens connections without closing them.',
          metric: metric('CurrConnections', 'Maximum'),
          threshold: valkeyConnectionsLimit(contract),
          periods: 5,
        },
      } satisfies Alarms;
    }),
  );
}

/**
 * 90% of one core. On nodes with at most 2 vCPUs, background tasks compete with the engine, so AWS recommends the CPU of
 * the host, of which one core is a fraction.
 */
function cpuMetric(nodeType: CacheNodeType): { readonly metric: string; readonly thresholdPercent: number } {
  const vcpus = cacheNodeVcpus(nodeType);
  return vcpus <= 2
    ? { metric: 'CPUUtilization', thresholdPercent: 90 / vcpus }
    : { metric: 'EngineCPUUtilization', thresholdPercent: 90 };
}
