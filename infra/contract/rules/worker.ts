import { memorySizesMiB } from '../../catalog/fargate-sizes.ts';
import { spareConnections } from '../processes.ts';
import type { Rule } from './rule.ts';

const none = 'no worker';

/** Rules on the worker. All of them hold where the settings have no worker. */
export const workerRules: readonly Rule[] = [
  {
    id: 'C4.worker',
    rule: 'longest job + close margin (= shutdown timeout) < stop timeout of the worker <= 120 s',
    source:
      'A job that is neither finished nor returned to the queue by then is killed and runs again: ECS API, ContainerDefinition.stopTimeout.',
    remedy: 'Lower longestJobSeconds or closeMarginSeconds.',
    test: ({ worker }) => {
      if (worker === undefined) return [true, none];
      const { shutdownTimeoutSeconds, stopTimeoutSeconds } = worker;
      return [
        shutdownTimeoutSeconds < stopTimeoutSeconds && stopTimeoutSeconds <= 120,
        `${shutdownTimeoutSeconds} s, ${stopTimeoutSeconds} s`,
      ];
    },
  },
  {
    id: 'C15.worker',
    rule: 'worker: ⌈desired × minimum healthy %⌉ = desired < ⌊desired × maximum healthy %⌋',
    source: 'A rollout must start new tasks before it stops old ones, and never run fewer than desired.',
    remedy: 'Raise workerDesiredCount.',
    test: (n, { worker }) => {
      if (worker === undefined) return [true, none];
      const least = Math.ceil((worker.desiredCount * n.minimumHealthyPercent) / 100);
      const most = Math.floor((worker.desiredCount * n.maximumHealthyPercent) / 100);
      return [least === worker.desiredCount && worker.desiredCount < most, `${least}, ${worker.desiredCount}, ${most}`];
    },
  },
  {
    id: 'C16',
    rule: 'the worker has a container health check, and slowest boot <= its start period',
    source:
      'Without a load balancer or a container health check ECS counts a running task as healthy, so a rollout could replace working tasks with broken ones.',
    remedy: 'Lower slowestBootSeconds.',
    test: ({ worker, liveness }, { timing }) => {
      if (worker === undefined) return [true, none];
      return [
        liveness.retries > 0 && timing.slowestBootSeconds <= liveness.startPeriodSeconds,
        `${timing.slowestBootSeconds} s, ${liveness.startPeriodSeconds} s`,
      ];
    },
  },
  {
    id: 'C19.worker',
    rule: 'Fargate supports the worker’s combination of CPU units and memory',
    source: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html',
    remedy: 'Set workerCpuUnits and workerMemoryMiB to a supported combination.',
    test: ({ worker }) => {
      if (worker === undefined) return [true, none];
      const { cpuUnits, taskMemoryMiB } = worker;
      return [memorySizesMiB(cpuUnits).includes(taskMemoryMiB), `${taskMemoryMiB} MiB with ${cpuUnits} CPU units`];
    },
  },
  {
    id: 'C21.worker',
    rule: 'worker: old space + young generation + headroom <= container memory limit, and old space >= 128 MiB',
    source: 'A heap that may grow past the limit is killed (exit code 137) instead of collected.',
    remedy: 'Raise workerMemoryMiB.',
    test: ({ worker, sidecarMemoryMiB }) => {
      if (worker === undefined) return [true, none];
      const { maxOldSpaceMiB, youngGenerationMiB, headroomMiB, containerMemoryMiB, taskMemoryMiB } = worker;
      return [
        maxOldSpaceMiB + youngGenerationMiB + headroomMiB <= containerMemoryMiB &&
          containerMemoryMiB + sidecarMemoryMiB <= taskMemoryMiB &&
          maxOldSpaceMiB >= 128,
        `${maxOldSpaceMiB} + ${youngGenerationMiB} + ${headroomMiB} MiB, ${containerMemoryMiB} MiB`,
      ];
    },
  },
  {
    id: 'C22.worker',
    rule: `worker concurrency + ${spareConnections} <= pool size of a worker task`,
    source: 'A job that waits for a connection blocks a slot of the queue until its lock expires.',
    remedy: 'Lower workerConcurrency.',
    test: ({ worker }) => {
      if (worker === undefined) return [true, none];
      return [
        worker.concurrency + spareConnections <= worker.poolSize,
        `${worker.concurrency} + ${spareConnections}, ${worker.poolSize}`,
      ];
    },
  },
];
