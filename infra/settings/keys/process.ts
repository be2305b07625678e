import { fargateCpuUnits } from '../../catalog/fargate-sizes.ts';
import { processFacts } from './process-facts.ts';
import { integer, oneOf, type Setting } from './schema.ts';

/**
 * Settings that every process of the app has, under its own name: `adminMemoryMiB` is that of the process `admin`,
 * `mailQueueMemoryMiB` that of `mail-queue`. Those of `api` and `worker` are declared in files of their own, because
 * Pulumi.yaml lists them.
 */
const declared = {
  CpuUnits: (key: string) =>
    oneOf(key, fargateCpuUnits, {
      description: 'CPU of a task. 1024 CPU units are one vCPU.',
      ...processFacts.cpuUnits,
    }),
  MemoryMiB: (key: string) =>
    integer(key, {
      description: 'Memory of a task. The container’s memory limit and the Node.js heap size derive from it.',
      ...processFacts.memoryMiB,
    }),
  DesiredCount: (key: string) =>
    integer(key, {
      description: 'Initial number of tasks, and the minimum for autoscaling.',
      ...processFacts.desiredCount,
      default: 1,
      source: 'A process that serves HTTP has 2 by default.',
    }),
  MaxCount: (key: string) =>
    integer(key, {
      description: 'Maximum number of tasks for autoscaling. If it equals the desired count, autoscaling is off.',
      ...processFacts.maxCount,
      default: 2,
      source: 'By default it is twice the desired count.',
    }),
  Concurrency: (key: string) =>
    integer(key, {
      description:
        'Jobs that a task in the background processes at the same time. Its connection pool derives from it.',
      ...processFacts.concurrency,
    }),
  LongestJobSeconds: (key: string) =>
    integer(key, {
      description:
        'How long a task in the background may continue after it was told to stop. Its stop timeout derives from it.',
      ...processFacts.longestJobSeconds,
      source: 'Not set: longestJobSeconds.',
    }),
  CpuTargetPercent: (key: string) =>
    integer(key, {
      description: 'Target value of autoscaling for average CPU utilization.',
      ...processFacts.cpuTargetPercent,
      source: 'Not set: cpuTargetPercent.',
    }),
  MemoryTargetPercent: (key: string) =>
    integer(key, {
      description: 'Target value of autoscaling for average memory utilization.',
      ...processFacts.memoryTargetPercent,
      source: 'Not set: memoryTargetPercent.',
    }),
  RequestsPerTargetPerMinute: (key: string) =>
    integer(key, {
      description: 'Target value of autoscaling for requests per task and minute.',
      ...processFacts.requestsPerTargetPerMinute,
      source: 'Not set: requestsPerTargetPerMinute.',
    }),
  QueueAgeTargetSeconds: (key: string) =>
    integer(key, {
      description: 'Target value of autoscaling for the age of the oldest waiting job.',
      ...processFacts.queueAgeTargetSeconds,
      source: 'Not set: queueAgeTargetSeconds.',
    }),
} as const satisfies Readonly<Record<string, (key: string) => Setting<string, number>>>;

type Suffix = keyof typeof declared;

/** Values of one process that a stack file sets: `{ memoryMiB: 1024 }`. */
export type ProcessValues = { readonly [Key in Suffix as Uncapitalize<Key>]?: number };

const suffixes = Object.keys(declared) as readonly Suffix[];
const pattern = new RegExp(`^([a-z][A-Za-z0-9]*?)(${suffixes.join('|')})$`);

export interface ProcessSetting {
  /** First part of the key: `mailQueue`. */
  readonly prefix: string;
  readonly name: keyof ProcessValues;
  readonly setting: Setting<string, number>;
}

/** What a key such as `adminMemoryMiB` sets, of whatever process; `undefined` for every other key. */
export function processSettingOf(key: string): ProcessSetting | undefined {
  const [, prefix = '', suffix] = pattern.exec(key) ?? [];
  const found = suffixes.find((candidate) => candidate === suffix);
  return found === undefined ? undefined : { prefix, name: uncapitalized(found), setting: declared[found](key) };
}

/** All of them, as docs/settings.md lists them. */
export const processSettings: readonly Setting<string, number>[] = suffixes.map((suffix) =>
  declared[suffix](`<process>${suffix}`),
);

function uncapitalized<Text extends string>(text: Text): Uncapitalize<Text> {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}` as Uncapitalize<Text>;
}
