import { memorySizesMiB } from '../../catalog/fargate-sizes.ts';
import { spareConnections } from '../processes.ts';
import type { Rule } from './rule.ts';

const none = 'no worker';

/** Rules on the worker; all of them hold where there is none. */
export const workerRules: readonly Rule[] = [
  {
    id: 'C4.worker',
    rule: 'longest job + close margin (= shutdown timeout) < stop timeout of the worker <= 120 s',
    source:
      'What is not finished or handed back by then is killed, and runs again: ECS API, ContainerDefinition.stopTimeout.',
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
    rule: '⌈desired × minimum healthy %⌉ = desired < ⌊desired × maximum healthy %⌋, of the worker',
    source: 'A rollout must start new tasks before it stops old ones, and never have less than desired.',
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
    rule: 'slowest boot <= start period of the worker’s container check, which it has',
    source:
      'Without load balancer and container check ECS calls a task healthy 40 s after its start, whatever it does: a rollout would replace workers by broken ones.',
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
    rule: 'CPU units and memory of the worker are a pair that Fargate has',
    source: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html',
    remedy: 'Set workerCpuUnits and workerMemoryMiB to a pair from that page.',
    test: ({ worker }) => {
      if (worker === undefined) return [true, none];
      const { cpuUnits, taskMemoryMiB } = worker;
      return [memorySizesMiB(cpuUnits).includes(taskMemoryMiB), `${taskMemoryMiB} MiB beside ${cpuUnits} CPU units`];
    },
  },
  {
    id: 'C21.worker',
    rule: 'old space + young generation + headroom of the worker <= its memory limit, and old space >= 128 MiB',
    source: 'A heap that grows past the limit ends in a kill (exit 137) instead of a garbage collection.',
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
    rule: `jobs in hand + ${spareConnections} <= pool of a worker task`,
    source: 'A job that waits for a connection keeps its place in the queue from others, and its lock runs out.',
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
