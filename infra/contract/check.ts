import { memorySizesMiB } from '../catalog/fargate-sizes.ts';
import type { Settings } from '../settings/settings.ts';
import { type ContractNumbers, connectionDemand, killMarginSeconds, secondsToHealthy } from './numbers.ts';
import { rolloutRules } from './rules/rollout.ts';
import type { Check, Rule } from './rules/rule.ts';
import { workerRules } from './rules/worker.ts';

/** Numbers contradict each other; lists every broken rule. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly problems: readonly Check[];

  constructor(environment: string, checks: readonly Check[]) {
    const problems = checks.filter(({ holds }) => !holds);
    const count = problems.length === 1 ? '1 rule' : `${problems.length} rules`;
    super(
      [`The settings of ${environment} break ${count} of the contract:`, ...problems.map(renderProblem)].join('\n'),
    );
    this.problems = problems;
  }
}

function renderProblem({ id, rule, source, found, remedy }: Check): string {
  return `  ${id}: ${rule}\n    found: ${found}\n    why: ${source}\n    ${remedy}`;
}

/** All rules, in the order of their names. */
export function check(numbers: ContractNumbers, settings: Settings): readonly Check[] {
  return [...timingRules, ...healthRules, ...capacityRules, ...workerRules, ...rolloutRules].map(
    ({ test, ...rule }) => {
      const [holds, found] = test(numbers, settings);
      return { ...rule, holds, found };
    },
  );
}

const timingRules: readonly Rule[] = [
  {
    id: 'C1',
    rule: 'idle timeout of the load balancer < keep-alive timeout of the app < its headers timeout',
    source:
      'Otherwise the app closes a connection just as the load balancer sends on it (502); Node’s own headers timeout is 60 s.',
    remedy: 'Lower albIdleTimeoutSeconds.',
    test: (n) => [
      n.idleTimeoutSeconds < n.keepAliveTimeoutSeconds && n.keepAliveTimeoutSeconds < n.headersTimeoutSeconds,
      `${n.idleTimeoutSeconds} s, ${n.keepAliveTimeoutSeconds} s, ${n.headersTimeoutSeconds} s`,
    ],
  },
  {
    id: 'C2',
    rule: 'request timeout < idle timeout of the load balancer',
    source: 'Otherwise the load balancer answers 504 while the app still works on the request.',
    remedy: 'Raise albIdleTimeoutSeconds or lower longestRequestSeconds.',
    test: (n) => [
      n.requestTimeoutSeconds < n.idleTimeoutSeconds,
      `${n.requestTimeoutSeconds} s, ${n.idleTimeoutSeconds} s`,
    ],
  },
  {
    id: 'C2.database',
    rule: 'statement timeout and connect timeout of the database <= longest request',
    source: 'A statement that outlives its request keeps a connection of the pool for nobody.',
    remedy: 'Lower databaseStatementTimeoutMs or databaseConnectTimeoutMs, or raise longestRequestSeconds.',
    test: (n, { database }) => [
      Math.max(database.statementTimeoutMs, database.connectTimeoutMs) <= n.longestRequestSeconds * 1000,
      `${database.statementTimeoutMs} ms, ${database.connectTimeoutMs} ms, ${n.longestRequestSeconds} s`,
    ],
  },
  {
    id: 'C4',
    rule: '2 s <= stop timeout <= 120 s',
    source: 'Fargate’s limits: ECS API, ContainerDefinition.stopTimeout.',
    remedy: 'Set stopTimeoutSeconds within them.',
    test: (n) => [n.stopTimeoutSeconds >= 2 && n.stopTimeoutSeconds <= 120, `${n.stopTimeoutSeconds} s`],
  },
  {
    id: 'C5',
    rule: `drain delay + longest request + close margin (= shutdown timeout) + ${killMarginSeconds} s <= stop timeout`,
    source: 'After the stop timeout the container is killed, with the requests that it still works on.',
    remedy: 'Raise stopTimeoutSeconds or lower longestRequestSeconds, drainDelaySeconds or closeMarginSeconds.',
    test: (n) => [
      n.shutdownTimeoutSeconds + killMarginSeconds <= n.stopTimeoutSeconds,
      `${n.shutdownTimeoutSeconds} s + ${killMarginSeconds} s, ${n.stopTimeoutSeconds} s`,
    ],
  },
  {
    id: 'C8',
    rule: 'longest request <= deregistration delay',
    source: 'ECS waits for the deregistration delay and only then sends SIGTERM: a request in flight must fit into it.',
    remedy: 'Lower longestRequestSeconds.',
    test: (n) => [
      n.longestRequestSeconds <= n.deregistrationDelaySeconds,
      `${n.longestRequestSeconds} s, ${n.deregistrationDelaySeconds} s`,
    ],
  },
  {
    id: 'C9',
    rule: 'deregistration delay + stop timeout <= 18 min',
    source: 'The AWS provider gives the deletion of a service 20 minutes; ELB itself allows a delay of up to 3600 s.',
    remedy: 'Lower longestRequestSeconds or stopTimeoutSeconds.',
    test: (n) => [
      n.deregistrationDelaySeconds + n.stopTimeoutSeconds <= 18 * 60,
      `${n.deregistrationDelaySeconds} s + ${n.stopTimeoutSeconds} s`,
    ],
  },
];

const healthRules: readonly Rule[] = [
  {
    id: 'C11',
    rule: 'time-out of each health check < its interval',
    source: 'ELB refuses a target group, and checks would overlap: ELBv2 API, HealthCheckTimeoutSeconds.',
    remedy: 'Lower healthCheckTimeoutSeconds or raise healthCheckIntervalSeconds.',
    test: ({ readiness, liveness }) => [
      readiness.timeoutSeconds < readiness.intervalSeconds && liveness.timeoutSeconds < liveness.intervalSeconds,
      `${readiness.timeoutSeconds} s of ${readiness.intervalSeconds} s, ${liveness.timeoutSeconds} s of ${liveness.intervalSeconds} s`,
    ],
  },
  {
    id: 'C11.dependency',
    rule: 'time-out of a dependency within /ready < time-out of the health check',
    source: 'Otherwise the check gives up before /ready can say which dependency is away.',
    remedy: 'Lower readyTimeoutMs or raise healthCheckTimeoutSeconds.',
    test: ({ readiness }) => [
      readiness.dependencyTimeoutMs < readiness.timeoutSeconds * 1000,
      `${readiness.dependencyTimeoutMs} ms, ${readiness.timeoutSeconds} s`,
    ],
  },
  {
    id: 'C12',
    rule: 'slowest boot + healthy threshold × interval <= grace period',
    source: 'ECS replaces a task that is still starting when its grace period ends; without one it is 0.',
    remedy: 'Lower slowestBootSeconds.',
    test: (n, { timing }) => [
      timing.slowestBootSeconds + secondsToHealthy(n) <= n.gracePeriodSeconds,
      `${timing.slowestBootSeconds} s + ${secondsToHealthy(n)} s, ${n.gracePeriodSeconds} s`,
    ],
  },
  {
    id: 'C13',
    rule: 'tolerated outage <= unhealthy threshold × interval, with a threshold of at most 10',
    source:
      'ECS stops tasks that the load balancer calls unhealthy: an outage of the database that is shorter must not reach that point.',
    remedy: 'Raise healthCheckIntervalSeconds or lower toleratedOutageSeconds.',
    test: ({ readiness }, { timing }) => [
      readiness.unhealthyThreshold <= 10 &&
        timing.toleratedOutageSeconds <= readiness.unhealthyThreshold * readiness.intervalSeconds,
      `${timing.toleratedOutageSeconds} s, ${readiness.unhealthyThreshold} × ${readiness.intervalSeconds} s`,
    ],
  },
  {
    id: 'C14',
    rule: 'slowest boot <= start period of the container health check <= 300 s',
    source: 'ECS waits for both checks and replaces a task that fails either: ECS API, HealthCheck.startPeriod.',
    remedy: 'Lower slowestBootSeconds.',
    test: ({ liveness }, { timing }) => [
      timing.slowestBootSeconds <= liveness.startPeriodSeconds && liveness.startPeriodSeconds <= 300,
      `${timing.slowestBootSeconds} s, ${liveness.startPeriodSeconds} s`,
    ],
  },
];

const capacityRules: readonly Rule[] = [
  {
    id: 'C15',
    rule: '⌈desired × minimum healthy %⌉ = desired < ⌊desired × maximum healthy %⌋',
    source: 'A rollout must start new tasks before it stops old ones, and never have less than desired.',
    remedy: 'Raise apiDesiredCount.',
    test: (n, { api }) => {
      const least = Math.ceil((api.desiredCount * n.minimumHealthyPercent) / 100);
      const most = Math.floor((api.desiredCount * n.maximumHealthyPercent) / 100);
      return [least === api.desiredCount && api.desiredCount < most, `${least}, ${api.desiredCount}, ${most}`];
    },
  },
  {
    id: 'C19',
    rule: 'CPU units and memory are a pair that Fargate has',
    source: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html',
    remedy: 'Set apiCpuUnits and apiMemoryMiB to a pair from that page.',
    test: ({ api }) => {
      const sizes = memorySizesMiB(api.cpuUnits);
      const allowed = sizes.length > 8 ? `${sizes.slice(0, 3).join(', ')} … ${sizes.at(-1)}` : sizes.join(', ');
      return [
        sizes.includes(api.taskMemoryMiB),
        `${api.taskMemoryMiB} MiB beside ${api.cpuUnits} CPU units, which allow ${allowed}`,
      ];
    },
  },
  {
    id: 'C20',
    rule: 'memory limits of the app’s container and of the collector <= memory of the task',
    source: 'ECS refuses the task definition; without a limit on the container, Node may see another one.',
    remedy: 'Raise apiMemoryMiB.',
    test: ({ api, sidecarMemoryMiB }) => [
      api.containerMemoryMiB + sidecarMemoryMiB <= api.taskMemoryMiB,
      `${api.containerMemoryMiB} + ${sidecarMemoryMiB} MiB, ${api.taskMemoryMiB} MiB`,
    ],
  },
  {
    id: 'C21',
    rule: 'old space + young generation + headroom <= memory limit of the container, and old space >= 128 MiB',
    source: 'A heap that grows past the limit ends in a kill (exit 137) instead of a garbage collection.',
    remedy: 'Raise apiMemoryMiB.',
    test: ({ api }) => [
      api.maxOldSpaceMiB + api.youngGenerationMiB + api.headroomMiB <= api.containerMemoryMiB &&
        api.maxOldSpaceMiB >= 128,
      `${api.maxOldSpaceMiB} + ${api.youngGenerationMiB} + ${api.headroomMiB} MiB, ${api.containerMemoryMiB} MiB`,
    ],
  },
  {
    id: 'C22',
    rule: 'pools of all tasks during a rollout + migration + reserve <= max_connections, with pools of at least 2',
    source: 'During a rollout old and new tasks hold their pools at the same time; Postgres refuses what exceeds.',
    remedy:
      'Take a larger databaseInstanceClass, or lower apiMaxCount, workerMaxCount, workerConcurrency or databaseReservedConnections.',
    test: (n) => [
      n.api.poolSize >= 2 && connectionDemand(n) <= n.database.maxConnections,
      `pool of ${n.api.poolSize}, ${connectionDemand(n)} of ${n.database.maxConnections} connections`,
    ],
  },
  {
    id: 'C29',
    rule: 'attempts to get healthy × time of one + bake times + deregistration delay + stop timeout <= rollout timeout',
    source:
      'A waiter that gives up before the circuit breaker trips reports a time-out instead of the failure, and leaves the rollout running.',
    remedy: 'Lower slowestBootSeconds.',
    test: (n) => [
      n.attemptsSeconds + n.rollout.bakeSeconds + n.deregistrationDelaySeconds + n.stopTimeoutSeconds <=
        n.rolloutTimeoutSeconds,
      `${n.attemptsSeconds} s + ${n.rollout.bakeSeconds} s + ${n.deregistrationDelaySeconds} s + ${n.stopTimeoutSeconds} s, ${n.rolloutTimeoutSeconds} s`,
    ],
  },
];
