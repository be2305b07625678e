import { killMarginSeconds } from '../numbers.ts';
import type { Rule } from './rule.ts';

/** Rules on the timeouts of a request and of a shutdown. */
export const timingRules: readonly Rule[] = [
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
