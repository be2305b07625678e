import { spareConnections } from '../processes.ts';
import { eachProcess, type Rule } from './rule.ts';

/** Rules on processes in the background. All of them hold where there is none. */
export const backgroundRules: readonly Rule[] = [
  {
    id: 'C4.worker',
    rule: 'without HTTP: longest job + close margin (= shutdown timeout) < stop timeout <= 120 s',
    source:
      'A job that is neither finished nor returned to the queue by then is killed and runs again: ECS API, ContainerDefinition.stopTimeout.',
    remedy: 'Lower longestJobSeconds, <process>LongestJobSeconds or closeMarginSeconds.',
    test: eachProcess(['background', 'schedule', 'once'], ({ shutdownTimeoutSeconds, stopTimeoutSeconds }) => [
      shutdownTimeoutSeconds < stopTimeoutSeconds && stopTimeoutSeconds <= 120,
      `${shutdownTimeoutSeconds} s, ${stopTimeoutSeconds} s`,
    ]),
  },
  {
    id: 'C16',
    rule: 'a service in the background has a container health check, and slowest boot <= its start period',
    source:
      'Without a load balancer or a container health check ECS counts a running task as healthy, so a rollout could replace working tasks with broken ones.',
    remedy: 'Lower slowestBootSeconds.',
    test: eachProcess(['background'], (_process, { liveness }, { timing }) => [
      liveness.retries > 0 && timing.slowestBootSeconds <= liveness.startPeriodSeconds,
      `${timing.slowestBootSeconds} s, ${liveness.startPeriodSeconds} s`,
    ]),
  },
  {
    id: 'C22.worker',
    rule: `in the background: concurrency + ${spareConnections} <= pool size of a task`,
    source: 'A job that waits for a connection blocks a slot of the queue until its lock expires.',
    remedy: 'Lower <process>Concurrency.',
    test: eachProcess(['background'], ({ concurrency = 0, poolSize }) => [
      concurrency + spareConnections <= poolSize,
      `${concurrency} + ${spareConnections}, ${poolSize}`,
    ]),
  },
];
