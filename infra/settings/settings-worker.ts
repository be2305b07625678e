import type { CacheNodeType } from '../catalog/elasticache-node-types.ts';
import type { SettingValues } from './keys/all.ts';
import { windowMinutes, windowsOverlap } from './windows.ts';

export interface ValkeySettings {
  readonly nodeType: CacheNodeType;
  readonly replicas: number;
  readonly snapshotRetentionDays: number;
  readonly snapshotWindow: string;
  readonly maintenanceWindow: string;
}

export interface WorkerSettings {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly desiredCount: number;
  readonly maxCount: number;
  readonly cpuTargetPercent: number;
  readonly memoryTargetPercent: number;
  /** Jobs in hand at the same time, of one task. */
  readonly concurrency: number;
  readonly longestJobSeconds: number;
  readonly queueAgeTargetSeconds: number;
}

/** Absent: there is none. */
export function valkeySettings(values: SettingValues): { readonly valkey?: ValkeySettings } {
  if (values.valkey === 'off') return {};
  return {
    valkey: {
      nodeType: values.valkeyNodeType,
      replicas: values.valkeyReplicas,
      snapshotRetentionDays: values.valkeySnapshotRetentionDays,
      snapshotWindow: values.valkeySnapshotWindow,
      maintenanceWindow: values.valkeyMaintenanceWindow,
    },
  };
}

/** Absent: nothing works on jobs. */
export function workerSettings(values: SettingValues): { readonly worker?: WorkerSettings } {
  if (values.worker === 'off') return {};
  return {
    worker: {
      cpuUnits: values.workerCpuUnits,
      memoryMiB: values.workerMemoryMiB,
      desiredCount: values.workerDesiredCount,
      maxCount: values.workerMaxCount,
      cpuTargetPercent: values.cpuTargetPercent,
      memoryTargetPercent: values.memoryTargetPercent,
      concurrency: values.workerConcurrency,
      longestJobSeconds: values.longestJobSeconds,
      queueAgeTargetSeconds: values.queueAgeTargetSeconds,
    },
  };
}

interface Contradiction {
  readonly key: keyof SettingValues;
  readonly rule: string;
  /** What to set it to. */
  readonly instead: string | number;
}

/** Rules between the settings of Valkey and of the worker. */
export function workerContradictions(values: SettingValues): readonly Contradiction[] {
  const { valkeySnapshotWindow: daily, valkeyMaintenanceWindow: weekly } = values;
  const short = (['valkeySnapshotWindow', 'valkeyMaintenanceWindow'] as const).filter(
    (key) => windowMinutes(values[key]) < leastWindowMinutes,
  );
  return [
    ...(values.worker === 'on' && values.valkey === 'off'
      ? [{ key: 'valkey' as const, rule: 'on where the worker is, which takes its jobs from there', instead: 'on' }]
      : []),
    ...(values.workerMaxCount < values.workerDesiredCount
      ? [
          {
            key: 'workerMaxCount' as const,
            rule: `at least workerDesiredCount, ${values.workerDesiredCount}`,
            instead: values.workerDesiredCount,
          },
        ]
      : []),
    ...short.map((key) => ({ key, rule: 'an hour long at least', instead: '<window>' })),
    ...(windowsOverlap(daily, weekly)
      ? [
          {
            key: 'valkeyMaintenanceWindow' as const,
            rule: `apart from valkeySnapshotWindow, ${daily}`,
            instead: '<window>',
          },
        ]
      : []),
  ];
}

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html */
const leastWindowMinutes = 60;
