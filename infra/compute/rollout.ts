import type { Service } from '@pulumi/aws/ecs/service.js';
import type * as pulumi from '@pulumi/pulumi';
import type { Contract } from '../contract/contract.ts';
import type { Edge } from '../edge/edge.ts';
import type { TrafficShift } from '../settings/rollout-strategy.ts';
import type { Settings } from '../settings/settings.ts';

type ServiceArgs = ConstructorParameters<typeof Service>[1] & object;

export interface DeploymentArgs {
  readonly settings: Settings;
  readonly contract: Contract;
  /** Absent: there is no traffic to shift, so tasks are replaced one by one. */
  readonly edge?: Edge;
  /** Name of the container that the load balancer sends requests to. */
  readonly container: string;
  readonly rollbackAlarms: readonly pulumi.Input<string>[];
}

/**
 * How ECS takes a service from one task definition to the next. What @pulumi/aws has no argument for is in
 * docs/deployment-strategies.md.
 */
export function deploymentOf(args: DeploymentArgs): Partial<ServiceArgs> {
  const { settings, contract, edge, container, rollbackAlarms } = args;
  // ECS takes no empty list.
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
      : // The circuit breaker is for rolling updates only; alarms and the rollout timeout stand in for it.
        { deploymentConfiguration: shiftConfiguration(rollout) };
  if (edge === undefined) return { ...percents, ...controlled, ...alarms };
  return {
    ...percents,
    ...controlled,
    ...alarms,
    healthCheckGracePeriodSeconds: contract.gracePeriodSeconds,
    loadBalancers: [
      {
        targetGroupArn: edge.targetGroupArn,
        containerName: container,
        containerPort: contract.port,
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
 * On demand and, by `spotPercent`, on Spot. It is said in this way even where nothing runs on Spot: going from a launch
 * type to capacity providers would replace the service, and so end all of its tasks.
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
    // The provider changes the capacity of a service in place only with it.
    forceNewDeployment: true,
  };
}
