import { killMarginSeconds } from '../numbers.ts';
import type { Rule } from './rule.ts';

/** Rules on the timeouts of a request and of a shutdown. */
export const timingRules: readonly Rule[] = [
  {
    id: 'C1',
    rule: 'ALB idle timeout < keep-alive timeout of the app < its headers timeout',
    source:
      'Otherwise the app closes a connection while the load balancer sends a request on it, which returns 502. Node’s own headers timeout is 60 s.',
    remedy: 'Lower albIdleTimeoutSeconds.',
    test: (n) => [
      n.idleTimeoutSeconds < n.keepAliveTimeoutSeconds && n.keepAliveTimeoutSeconds < n.headersTimeoutSeconds,
      `${n.idleTimeoutSeconds} s, ${n.keepAliveTimeoutSeconds} s, ${n.headersTimeoutSeconds} s`,
    ],
  },
  {
    id: 'C2',
    rule: 'request timeout < ALB idle timeout',
    source: 'Otherwise the load balancer returns 504 while the app is still processing the request.',
    remedy: 'Raise albIdleTimeoutSeconds or lower longestRequestSeconds.',
    test: (n) => [
      n.requestTimeoutSeconds < n.idleTimeoutSeconds,
      `${n.requestTimeoutSeconds} s, ${n.idleTimeoutSeconds} s`,
    ],
  },
  {
    id: 'C2.database',
    rule: 'statement timeout and connect timeout of the database <= longest request',
    source: 'A statement that outlives its request holds a pool connection for nothing.',
    remedy: 'Lower databaseStatementTimeoutMs or databaseConnectTimeoutMs, or raise longestRequestSeconds.',
    test: (n, { database }) => [
      Math.max(database.statementTimeoutMs, database.connectTimeoutMs) <= n.longestRequestSeconds * 1000,
      `${database.statementTimeoutMs} ms, ${database.connectTimeoutMs} ms, ${n.longestRequestSeconds} s`,
    ],
  },
  {
    id: 'C4',
    rule: '2 s <= stop timeout <= 120 s',
    source: 'Limits of Fargate: ECS API, ContainerDefinition.stopTimeout.',
    remedy: 'Set stopTimeoutSeconds to a value from 2 to 120.',
    test: (n) => [n.stopTimeoutSeconds >= 2 && n.stopTimeoutSeconds <= 120, `${n.stopTimeoutSeconds} s`],
  },
  {
    id: 'C5',
    rule: `drain delay + longest request + close margin (= shutdown timeout) + ${killMarginSeconds} s <= stop timeout`,
    source: 'After the stop timeout ECS kills the container together with its requests in flight.',
    remedy: 'Raise stopTimeoutSeconds or lower longestRequestSeconds, drainDelaySeconds or closeMarginSeconds.',
    test: (n) => [
      n.shutdownTimeoutSeconds + killMarginSeconds <= n.stopTimeoutSeconds,
      `${n.shutdownTimeoutSeconds} s + ${killMarginSeconds} s, ${n.stopTimeoutSeconds} s`,
    ],
  },
  {
    id: 'C8',
    rule: 'longest request <= deregistration delay',
    source: 'ECS sends SIGTERM when the deregistration delay is over, so a request in flight must finish within it.',
    remedy: 'Lower longestRequestSeconds.',
    test: (n) => [
      n.longestRequestSeconds <= n.deregistrationDelaySeconds,
      `${n.longestRequestSeconds} s, ${n.deregistrationDelaySeconds} s`,
    ],
  },
  {
    id: 'C9',
    rule: 'deregistration delay + stop timeout <= 18 min',
    source: 'The AWS provider waits 20 minutes for a service to be deleted. ELB allows a delay of up to 3600 s.',
    remedy: 'Lower longestRequestSeconds or stopTimeoutSeconds.',
    test: (n) => [
      n.deregistrationDelaySeconds + n.stopTimeoutSeconds <= 18 * 60,
      `${n.deregistrationDelaySeconds} s + ${n.stopTimeoutSeconds} s`,
    ],
  },
];
