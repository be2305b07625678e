import { fargateCpuUnits } from '../../catalog/fargate-sizes.ts';
import { scalingTargets } from './api.ts';
import { feature, settingGroup } from './group.ts';
import { processFacts } from './process-facts.ts';
import { choice, integer, oneOf } from './schema.ts';

/** What all processes in the background share. */
const ofJobs = {
  longestJobSeconds: integer('longestJobSeconds', {
    description:
      'How long a job may continue after its task was told to stop. The stop timeout of the worker derives from it; longer jobs go back to the queue.',
    ...processFacts.longestJobSeconds,
    source: 'Fargate kills a task no later than 120 s after SIGTERM.',
  }),
  queueAgeTargetSeconds: integer('queueAgeTargetSeconds', {
    description: 'Target value of autoscaling for the age of the oldest waiting job.',
    ...processFacts.queueAgeTargetSeconds,
  }),
};

export const worker = settingGroup('Worker service', {
  /** Absent: nothing processes jobs. */
  worker: feature(
    {
      worker: choice('worker', ['on', 'off'], {
        description:
          'Service that processes jobs; requires Valkey. `off`: jobs stay in the outbox until there is a worker.',
        default: 'on',
        change: 'restart',
      }),
      cpuUnits: oneOf('workerCpuUnits', fargateCpuUnits, {
        description: 'CPU of a worker task. 1024 CPU units are one vCPU.',
        ...processFacts.cpuUnits,
      }),
      memoryMiB: integer('workerMemoryMiB', {
        description: 'Memory of a worker task. The container’s memory limit and the Node.js heap size derive from it.',
        ...processFacts.memoryMiB,
      }),
      desiredCount: integer('workerDesiredCount', {
        description: 'Initial number of worker tasks, and the minimum for autoscaling.',
        ...processFacts.desiredCount,
        default: 1,
      }),
      maxCount: integer('workerMaxCount', {
        description:
          'Maximum number of worker tasks for autoscaling. If it equals workerDesiredCount, autoscaling is off.',
        ...processFacts.maxCount,
        default: 2,
      }),
      ...scalingTargets,
      concurrency: integer('workerConcurrency', {
        description: 'Jobs that a worker task processes concurrently. The size of its connection pool derives from it.',
        ...processFacts.concurrency,
      }),
      ...ofJobs,
    },
    ({ worker, ...settings }) => (worker === 'off' ? undefined : settings),
  ),
  jobs: ofJobs,
});
