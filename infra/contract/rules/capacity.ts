import { memorySizesMiB } from '../../catalog/fargate-sizes.ts';
import { connectionDemand } from '../numbers.ts';
import type { Rule } from './rule.ts';

/** Rules on the size of tasks, their number, and the connections that they share. */
export const capacityRules: readonly Rule[] = [
  {
    id: 'C15',
    rule: '⌈desired × minimum healthy %⌉ = desired < ⌊desired × maximum healthy %⌋',
    source: 'A rollout must start new tasks before it stops old ones, and never run fewer than desired.',
    remedy: 'Raise apiDesiredCount.',
    test: (n, { api }) => {
      const least = Math.ceil((api.desiredCount * n.minimumHealthyPercent) / 100);
      const most = Math.floor((api.desiredCount * n.maximumHealthyPercent) / 100);
      return [least === api.desiredCount && api.desiredCount < most, `${least}, ${api.desiredCount}, ${most}`];
    },
  },
  {
    id: 'C19',
    rule: 'Fargate supports the combination of CPU units and memory',
    source: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html',
    remedy: 'Set apiCpuUnits and apiMemoryMiB to a supported combination.',
    test: ({ api }) => {
      const sizes = memorySizesMiB(api.cpuUnits);
      const allowed = sizes.length > 8 ? `${sizes.slice(0, 3).join(', ')} … ${sizes.at(-1)}` : sizes.join(', ');
      return [
        sizes.includes(api.taskMemoryMiB),
        `${api.taskMemoryMiB} MiB with ${api.cpuUnits} CPU units, which support ${allowed}`,
      ];
    },
  },
  {
    id: 'C20',
    rule: 'memory limits of the app container and the collector <= task memory',
    source:
      'ECS rejects the task definition otherwise. The container has its own limit because Node sizes its heap by it.',
    remedy: 'Raise apiMemoryMiB.',
    test: ({ api, sidecarMemoryMiB }) => [
      api.containerMemoryMiB + sidecarMemoryMiB <= api.taskMemoryMiB,
      `${api.containerMemoryMiB} + ${sidecarMemoryMiB} MiB, ${api.taskMemoryMiB} MiB`,
    ],
  },
  {
    id: 'C21',
    rule: 'old space + young generation + headroom <= container memory limit, and old space >= 128 MiB',
    source: 'A heap that may grow past the limit is killed (exit code 137) instead of collected.',
    remedy: 'Raise apiMemoryMiB.',
    test: ({ api }) => [
      api.maxOldSpaceMiB + api.youngGenerationMiB + api.headroomMiB <= api.containerMemoryMiB &&
        api.maxOldSpaceMiB >= 128,
      `${api.maxOldSpaceMiB} + ${api.youngGenerationMiB} + ${api.headroomMiB} MiB, ${api.containerMemoryMiB} MiB`,
    ],
  },
  {
    id: 'C22',
    rule: 'pools of all tasks during a rollout + migration + reserve <= max_connections, and each pool has at least 2',
    source:
      'During a rollout old and new tasks hold their pools at the same time. Postgres refuses connections beyond max_connections.',
    remedy:
      'Choose a larger databaseInstanceClass, or lower apiMaxCount, workerMaxCount, workerConcurrency or databaseReservedConnections.',
    test: (n) => [
      n.api.poolSize >= 2 && connectionDemand(n) <= n.database.maxConnections,
      `pool of ${n.api.poolSize}, ${connectionDemand(n)} of ${n.database.maxConnections} connections`,
    ],
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
