import { memorySizesMiB } from '../../catalog/fargate-sizes.ts';
import { connectionDemand } from '../numbers.ts';
import { eachProcess, type Rule } from './rule.ts';

const services = ['http', 'background'] as const;
const all = [...services, 'schedule', 'once'] as const;

/** Rules on the size of tasks, their number, and the connections that they share. */
export const capacityRules: readonly Rule[] = [
  {
    id: 'C15',
    rule: '⌈desired × minimum healthy %⌉ = desired < ⌊desired × maximum healthy %⌋',
    source: 'A rollout must start new tasks before it stops old ones, and never run fewer than desired.',
    remedy: 'Raise <process>DesiredCount.',
    test: eachProcess(services, ({ desiredCount }, n) => {
      const least = Math.ceil((desiredCount * n.minimumHealthyPercent) / 100);
      const most = Math.floor((desiredCount * n.maximumHealthyPercent) / 100);
      return [least === desiredCount && desiredCount < most, `${least}, ${desiredCount}, ${most}`];
    }),
  },
  {
    id: 'C19',
    rule: 'Fargate supports the combination of CPU units and memory',
    source: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html',
    remedy: 'Set <process>CpuUnits and <process>MemoryMiB to a supported combination.',
    test: eachProcess(all, ({ cpuUnits, taskMemoryMiB }) => {
      const sizes = memorySizesMiB(cpuUnits);
      const allowed = sizes.length > 8 ? `${sizes.slice(0, 3).join(', ')} … ${sizes.at(-1)}` : sizes.join(', ');
      return [
        sizes.includes(taskMemoryMiB),
        `${taskMemoryMiB} MiB with ${cpuUnits} CPU units, which support ${allowed}`,
      ];
    }),
  },
  {
    id: 'C20',
    rule: 'memory limits of the app container and the collector <= task memory',
    source:
      'ECS rejects the task definition otherwise. The container has its own limit because Node sizes its heap by it.',
    remedy: 'Raise <process>MemoryMiB.',
    test: eachProcess(all, ({ containerMemoryMiB, taskMemoryMiB }, { sidecarMemoryMiB }) => [
      containerMemoryMiB + sidecarMemoryMiB <= taskMemoryMiB,
      `${containerMemoryMiB} + ${sidecarMemoryMiB} MiB, ${taskMemoryMiB} MiB`,
    ]),
  },
  {
    id: 'C21',
    rule: 'old space + young generation + headroom <= container memory limit, and old space >= 128 MiB',
    source: 'A heap that may grow past the limit is killed (exit code 137) instead of collected.',
    remedy: 'Raise <process>MemoryMiB.',
    test: eachProcess(all, ({ maxOldSpaceMiB, youngGenerationMiB, headroomMiB, containerMemoryMiB }) => [
      maxOldSpaceMiB + youngGenerationMiB + headroomMiB <= containerMemoryMiB && maxOldSpaceMiB >= 128,
      `${maxOldSpaceMiB} + ${youngGenerationMiB} + ${headroomMiB} MiB, ${containerMemoryMiB} MiB`,
    ]),
  },
  {
    id: 'C22',
    rule: 'pools of all tasks during a rollout + migration + reserve <= max_connections, and each pool has at least 2',
    source:
      'During a rollout old and new tasks hold their pools at the same time. Postgres refuses connections beyond max_connections.',
    remedy:
      'Choose a larger databaseInstanceClass, or lower the MaxCount of a process (apiMaxCount), the Concurrency of one in the background (workerConcurrency) or databaseReservedConnections.',
    test: (n) => {
      const serving = Object.values(n.processes).filter(({ kind }) => kind === 'http');
      const poolSize = Math.min(...serving.map((process) => process.poolSize));
      return [
        poolSize >= 2 && connectionDemand(n) <= n.database.maxConnections,
        `pool of ${poolSize}, ${connectionDemand(n)} of ${n.database.maxConnections} connections`,
      ];
    },
  },
  {
    id: 'C29',
    rule: 'attempts × time per attempt + bake times + deregistration delay + stop timeout <= rollout timeout',
    source:
      'A waiter that times out before the circuit breaker trips hides the failure and leaves the rollout running.',
    remedy: 'Lower slowestBootSeconds.',
    test: (n) => [
      n.attemptsSeconds + n.rollout.bakeSeconds + n.deregistrationDelaySeconds + n.stopTimeoutSeconds <=
        n.rolloutTimeoutSeconds,
      `${n.attemptsSeconds} s + ${n.rollout.bakeSeconds} s + ${n.deregistrationDelaySeconds} s + ${n.stopTimeoutSeconds} s, ${n.rolloutTimeoutSeconds} s`,
    ],
  },
];
