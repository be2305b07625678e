import type { ProcessValues } from '../settings/keys/process.ts';
import type { Settings } from '../settings/settings.ts';
import {
  type App,
  type AppProcess,
  kindOf,
  type Process,
  type ProcessKind,
  scalingSignalsOf,
  settingPrefixOf,
} from './app.ts';

/** One process of the app with its numbers in one environment. */
export interface SizedProcess {
  readonly name: Process;
  readonly kind: Exclude<ProcessKind, 'release'>;
  /** First part of the keys of its settings. */
  readonly prefix: string;
  readonly declared: AppProcess;
  readonly sizes: Sizes;
}

/** Numbers of a process, from the stack file where it sets them. */
export interface Sizes {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly desiredCount: number;
  readonly maxCount: number;
  /** Of a process in the background: jobs that one task processes at the same time. */
  readonly concurrency: number;
  /** Of a process that serves no HTTP: how long it may continue after SIGTERM. */
  readonly longestJobSeconds: number;
  /** Absent: not scaled by it. */
  readonly cpuTargetPercent?: number;
  readonly memoryTargetPercent?: number;
  readonly requestsPerTargetPerMinute?: number;
  readonly queueAgeTargetSeconds?: number;
}

/** The processes that run in an environment, in the order of the manifest. `worker` may be off. */
export function processesOf(settings: Settings, app: App): readonly SizedProcess[] {
  return Object.entries(app.processes)
    .filter(([name]) => name !== 'worker' || settings.worker !== undefined)
    .flatMap(([name, declared]) => {
      const kind = kindOf(app, name);
      if (kind === 'release') return [];
      const sizes = sizesOf(settings, { name, kind, declared });
      return [{ name, kind, prefix: settingPrefixOf(name), declared, sizes }];
    });
}

function sizesOf(
  settings: Settings,
  { name, kind, declared }: Pick<SizedProcess, 'name' | 'kind' | 'declared'>,
): Sizes {
  const { api, jobs } = settings;
  const given: ProcessValues = {
    ...(name === 'api' ? api : name === 'worker' ? settings.worker : {}),
    ...settings.processes[settingPrefixOf(name)],
  };
  const desiredCount = given.desiredCount ?? (kind === 'http' ? 2 : 1);
  const signals = scalingSignalsOf(declared);
  const targets = {
    cpu: { cpuTargetPercent: given.cpuTargetPercent ?? api.cpuTargetPercent },
    memory: { memoryTargetPercent: given.memoryTargetPercent ?? api.memoryTargetPercent },
    requests: { requestsPerTargetPerMinute: given.requestsPerTargetPerMinute ?? api.requestsPerTargetPerMinute },
    'queue-age': { queueAgeTargetSeconds: given.queueAgeTargetSeconds ?? jobs.queueAgeTargetSeconds },
  };
  return {
    cpuUnits: given.cpuUnits ?? 256,
    memoryMiB: given.memoryMiB ?? 512,
    desiredCount,
    maxCount: given.maxCount ?? 2 * desiredCount,
    concurrency: given.concurrency ?? 4,
    longestJobSeconds: given.longestJobSeconds ?? jobs.longestJobSeconds,
    ...Object.assign({}, ...signals.map((signal) => targets[signal])),
  };
}
