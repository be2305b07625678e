import { settingGroup } from './group.ts';
import { integer } from './schema.ts';

export const timing = settingGroup('Timing and health', {
  timing: {
    longestRequestSeconds: integer('longestRequestSeconds', {
      description:
        'Longest request that is served. The shutdown timeout, the request timeout and the deregistration delay derive from it.',
      unit: 's',
      min: 1,
      max: 110,
      default: 20,
      change: 'restart',
    }),
    drainDelaySeconds: integer('drainDelaySeconds', {
      description:
        'How long a stopping task keeps serving while its readiness path returns 503, so that the load balancer stops sending it requests.',
      unit: 's',
      min: 1,
      max: 60,
      default: 5,
      change: 'restart',
      source: 'A task stopped by StopTask still receives requests for 3 to 5 s: aws/containers-roadmap#708, #576.',
    }),
    closeMarginSeconds: integer('closeMarginSeconds', {
      description: 'Time to close the connection pool and flush the logs after the last request.',
      unit: 's',
      min: 1,
      max: 60,
      default: 5,
      change: 'restart',
    }),
    stopTimeoutSeconds: integer('stopTimeoutSeconds', {
      description: 'Stop timeout of the container: the time between SIGTERM and SIGKILL.',
      unit: 's',
      min: 2,
      max: 120,
      default: 35,
      change: 'restart',
      source: 'Fargate accepts 2 to 120 s: stopTimeout of an ECS ContainerDefinition.',
    }),
    slowestBootSeconds: integer('slowestBootSeconds', {
      description: 'Longest time from the start of a task to its first 200 on its readiness path.',
      unit: 's',
      min: 5,
      max: 300,
      default: 60,
      change: 'restart',
      source: 'It is the start period of the container health check, which ECS limits to 300 s.',
    }),
    healthCheckIntervalSeconds: integer('healthCheckIntervalSeconds', {
      description:
        'Time between two health checks of the target group. An app that does not read `{readyGraceSeconds}` gets at least a tenth of toleratedOutageSeconds.',
      unit: 's',
      min: 5,
      max: 300,
      default: 5,
      change: 'in place',
    }),
    healthCheckTimeoutSeconds: integer('healthCheckTimeoutSeconds', {
      description: 'Time after which a health check without a response has failed.',
      unit: 's',
      min: 2,
      max: 120,
      default: 4,
      change: 'restart',
    }),
    healthyThreshold: integer('healthyThreshold', {
      description: 'Consecutive health checks that must pass before a task receives traffic.',
      unit: 'checks',
      min: 2,
      max: 10,
      default: 2,
      change: 'in place',
    }),
    toleratedOutageSeconds: integer('toleratedOutageSeconds', {
      description:
        'How long the readiness check may fail, for example during a database failover, before tasks are replaced.',
      unit: 's',
      min: 10,
      max: 600,
      default: 30,
      change: 'in place',
      source: 'ECS replaces every task that its target group reports unhealthy, even if that is all of them.',
    }),
    readyTimeoutMs: integer('readyTimeoutMs', {
      description: 'How long the readiness check may wait for each dependency.',
      unit: 'ms',
      min: 100,
      max: 60_000,
      default: 2_000,
      change: 'restart',
    }),
    albIdleTimeoutSeconds: integer('albIdleTimeoutSeconds', {
      description: 'Idle timeout of the load balancer. The app keeps connections open longer.',
      unit: 's',
      min: 1,
      max: 4000,
      default: 60,
      change: 'restart',
    }),
  },
});
