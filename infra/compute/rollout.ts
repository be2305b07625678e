import type { Service } from '@pulumi/aws/ecs/service.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Contract } from '../contract/contract.ts';
import type { Entrance } from '../edge/entrance.ts';
import type { TrafficShift } from '../settings/rollout-strategy.ts';
import type { Settings } from '../settings/settings.ts';

type ServiceArgs = ConstructorParameters<typeof Service>[1] & object;

export interface RolloutArgs {
  readonly settings: Settings;
  readonly contract: Contract;
  /** Absent: no traffic to shift, so the service uses rolling updates. */
  readonly edge?: Entrance;
  /** Name of the container that receives requests. */
  readonly container: string;
  /** On which it listens. */
  readonly port?: number;
  readonly rollbackAlarms: readonly pulumi.Input<string>[];
}

/**
 * How ECS replaces one task definition with the next. docs/deployment-strategies.md lists what @pulumi/aws has no argument
 * for.
 */
export function rolloutOf(args: RolloutArgs): Partial<ServiceArgs> {
  const { settings, contract, edge, container, port, rollbackAlarms } = args;
  // ECS rejects an empty list.
  const alarms =
    rollbackAlarms.length === 0 ? {} : { alarms: { enable: true, rollback: true, alarmNames: [...rollbackAlarms] } };
  const percents = {
    deploymentMinimumHealthyPercent: contract.minimumHealthyPercent,
    deploymentMaximumPercent: contract.maximumHealthyPercent,
  };
  const shift = edge?.shift;
  const { rollout } = settings;
  const controlled =
    rollout.kind === 'rolling' || shift === undefined
      ? { deploymentCircuitBreaker: { enable: true, rollback: true } }
      : // The circuit breaker supports rolling updates only. Alarms and the rollout timeout replace it.
        { deploymentConfiguration: shiftConfiguration(rollout) };
  if (edge === undefined || port === undefined) return { ...percents, ...controlled, ...alarms };
  return {
    ...percents,
    ...controlled,
    ...alarms,
    healthCheckGracePeriodSeconds: contract.gracePeriodSeconds,
    loadBalancers: [
      {
        targetGroupArn: edge.targetGroupArn,
        containerName: container,
        containerPort: port,
        ...(shift === undefined
          ? {}
          : {
              advancedConfiguration: {
                alternateTargetGroupArn: shift.alternateTargetGroupArn,
                productionListenerRule: shift.productionRuleArn,
                testListenerRule: shift.testRuleArn,
                roleArn: shift.roleArn,
              },
            }),
      },
    ],
  };
}

function shiftConfiguration(rollout: TrafficShift): NonNullable<ServiceArgs['deploymentConfiguration']> {
  const bakeTimeInMinutes = String(rollout.bakeMinutes);
  if (rollout.kind === 'blue-green') return { strategy: 'BLUE_GREEN', bakeTimeInMinutes };
  const { canaryPercent, canaryBakeMinutes } = rollout;
  return {
    strategy: 'CANARY',
    bakeTimeInMinutes,
    canaryConfiguration: { canaryPercent, canaryBakeTimeInMinutes: String(canaryBakeMinutes) },
  };
}

/**
 * On-demand Fargate and, by `spotPercent`, Fargate Spot. Without Spot the service still names a capacity provider, because
 * switching from a launch type later would replace the service and stop all of its tasks.
 */
export function capacityOf({ capacity }: Settings): Partial<ServiceArgs> {
  const { spotPercent, onDemandCount } = capacity;
  return {
    capacityProviderStrategies:
      spotPercent === 0
        ? [{ capacityProvider: 'FARGATE', weight: 1 }]
        : [
            { capacityProvider: 'FARGATE', base: onDemandCount, weight: 100 - spotPercent },
            { capacityProvider: 'FARGATE_SPOT', weight: spotPercent },
          ],
    // Without it the provider replaces the service when its capacity changes.
    forceNewDeployment: true,
  };
}
