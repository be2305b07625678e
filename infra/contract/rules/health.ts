import { mostFailedChecks, secondsToHealthy } from '../numbers.ts';
import type { Rule } from './rule.ts';

/** Rules on the health checks of load balancer and container. */
export const healthRules: readonly Rule[] = [
  {
    id: 'C11',
    rule: 'timeout of each health check < its interval',
    source: 'ELB rejects the target group otherwise, and checks would overlap: ELBv2 API, HealthCheckTimeoutSeconds.',
    remedy: 'Lower healthCheckTimeoutSeconds or raise healthCheckIntervalSeconds.',
    test: ({ readiness, liveness }) => [
      readiness.timeoutSeconds < readiness.intervalSeconds && liveness.timeoutSeconds < liveness.intervalSeconds,
      `${readiness.timeoutSeconds} s of ${readiness.intervalSeconds} s, ${liveness.timeoutSeconds} s of ${liveness.intervalSeconds} s`,
    ],
  },
  {
    id: 'C11.dependency',
    rule: 'timeout of a dependency in the readiness check < timeout of the health check',
    source: 'Otherwise the health check times out before the readiness check can report which dependency is down.',
    remedy: 'Lower readyTimeoutMs or raise healthCheckTimeoutSeconds.',
    test: ({ readiness }) => [
      readiness.dependencyTimeoutMs < readiness.timeoutSeconds * 1000,
      `${readiness.dependencyTimeoutMs} ms, ${readiness.timeoutSeconds} s`,
    ],
  },
  {
    id: 'C12',
    rule: 'slowest boot + healthy threshold × interval <= grace period',
    source: 'ECS replaces a task that is not healthy when the grace period ends. The default grace period is 0.',
    remedy: 'Lower slowestBootSeconds.',
    test: (n, { timing }) => [
      timing.slowestBootSeconds + secondsToHealthy(n) <= n.gracePeriodSeconds,
      `${timing.slowestBootSeconds} s + ${secondsToHealthy(n)} s, ${n.gracePeriodSeconds} s`,
    ],
  },
  {
    id: 'C13',
    rule: 'tolerated outage <= readiness grace + unhealthy threshold × interval, and the threshold is at most 10',
    source:
      'ECS replaces tasks that the load balancer marks unhealthy. A database outage that is tolerated must end before that: ELBv2 API, UnhealthyThresholdCount.',
    remedy: 'Raise healthCheckIntervalSeconds or lower toleratedOutageSeconds.',
    test: ({ readiness }, { timing }) => [
      readiness.unhealthyThreshold <= mostFailedChecks &&
        timing.toleratedOutageSeconds <=
          readiness.graceSeconds + readiness.unhealthyThreshold * readiness.intervalSeconds,
      `${timing.toleratedOutageSeconds} s, ${readiness.graceSeconds} s + ${readiness.unhealthyThreshold} × ${readiness.intervalSeconds} s`,
    ],
  },
  {
    id: 'C14',
    rule: 'slowest boot <= start period of the container health check <= 300 s',
    source:
      'ECS replaces a task that fails either health check, the container’s or the load balancer’s: ECS API, HealthCheck.startPeriod.',
    remedy: 'Lower slowestBootSeconds.',
    test: ({ liveness }, { timing }) => [
      timing.slowestBootSeconds <= liveness.startPeriodSeconds && liveness.startPeriodSeconds <= 300,
      `${timing.slowestBootSeconds} s, ${liveness.startPeriodSeconds} s`,
    ],
  },
];
