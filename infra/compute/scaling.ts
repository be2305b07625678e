import { Policy } from '@pulumi/aws/appautoscaling/policy.js';
import { Target } from '@pulumi/aws/appautoscaling/target.js';
import type { Service as EcsService } from '@pulumi/aws/ecs/service.js';
import type { appautoscaling } from '@pulumi/aws/types/input.js';
import * as pulumi from '@pulumi/pulumi';
import type { Entrance } from '../edge/entrance.ts';
import { metricsNamespace, type Naming } from '../foundation/naming.ts';
import type { Settings } from '../settings/settings.ts';
import type { Cluster } from './cluster.ts';
import { stopAtNight } from './nightly-stop.ts';

/** How many tasks a service runs, and the targets that its autoscaling tracks. */
export interface Scaling {
  readonly desiredCount: number;
  readonly maxCount: number;
  /** Absent: it is not scaled by that. */
  readonly cpuTargetPercent?: number;
  readonly memoryTargetPercent?: number;
  /** For a service behind the load balancer. */
  readonly requestsPerTargetPerMinute?: number;
  /** For a service that takes jobs from the queue. */
  readonly queueAgeTargetSeconds?: number;
}

export interface ScalingArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly cluster: Cluster;
  readonly scaling: Scaling;
  /** Absent: no load balancer counts requests. */
  readonly edge?: Entrance;
}

/** Target tracking of CPU, memory and, where they apply, requests per target and queue age. */
export function createScaling(name: string, args: ScalingArgs, service: EcsService, parent: pulumi.Resource): void {
  const { desiredCount, maxCount } = args.scaling;
  const { nightlyStop } = args.settings;
  const target = createTarget(name, args, service, parent);
  if (nightlyStop !== undefined) stopAtNight(name, { stop: nightlyStop, target, desiredCount, maxCount }, parent);
  for (const tracked of trackedMetrics(name, args)) track(name, tracked, target, parent);
}

function createTarget(
  name: string,
  { settings, naming, cluster, scaling }: ScalingArgs,
  service: EcsService,
  parent: pulumi.Resource,
): Target {
  return new Target(
    name,
    {
      serviceNamespace: 'ecs',
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: pulumi.interpolate`service/${cluster.clusterName}/${service.name}`,
      minCapacity: scaling.desiredCount,
      maxCapacity: scaling.maxCount,
      tags: naming.tags,
    },
    // The nightly schedule changes both.
    { parent, ignoreChanges: settings.nightlyStop === undefined ? [] : ['minCapacity', 'maxCapacity'] },
  );
}

type Metric = Pick<
  appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration,
  'predefinedMetricSpecification' | 'customizedMetricSpecification'
>;

interface Tracked {
  /** Ends the name of the policy. */
  readonly suffix: string;
  readonly metric: Metric;
  readonly targetValue: number;
}

function trackedMetrics(name: string, { settings, scaling, edge }: ScalingArgs): readonly Tracked[] {
  const { cpuTargetPercent: cpu, memoryTargetPercent: memory } = scaling;
  const { requestsPerTargetPerMinute: requests, queueAgeTargetSeconds: age } = scaling;
  // A traffic shift moves requests between two target groups: the count of either is not that of the service.
  const requestCount = edge === undefined || edge.shift !== undefined ? undefined : edge.requestCountLabel;
  return [
    ...(cpu === undefined
      ? []
      : [{ suffix: 'cpu', metric: predefined('ECSServiceAverageCPUUtilization'), targetValue: cpu }]),
    ...(memory === undefined
      ? []
      : [{ suffix: 'memory', metric: predefined('ECSServiceAverageMemoryUtilization'), targetValue: memory }]),
    ...(requestCount === undefined || requests === undefined
      ? []
      : [
          {
            suffix: 'requests',
            metric: predefined('ALBRequestCountPerTarget', requestCount),
            targetValue: requests,
          },
        ]),
    ...(age === undefined ? [] : [{ suffix: 'queue-age', metric: queueAge(name, settings), targetValue: age }]),
  ];
}

function predefined(predefinedMetricType: string, resourceLabel?: pulumi.Input<string>): Metric {
  return {
    predefinedMetricSpecification: { predefinedMetricType, ...(resourceLabel === undefined ? {} : { resourceLabel }) },
  };
}

/** Every task of a process reports the age of the same queue, so the maximum is correct even when one of them stops reporting. */
function queueAge(service: string, settings: Settings): Metric {
  return {
    customizedMetricSpecification: {
      namespace: metricsNamespace(settings),
      metricName: 'QueueAgeSeconds',
      dimensions: [{ name: 'Service', value: service }],
      statistic: 'Maximum',
    },
  };
}

function track(name: string, { suffix, metric, targetValue }: Tracked, target: Target, parent: pulumi.Resource): void {
  new Policy(
    `${name}-${suffix}`,
    {
      policyType: 'TargetTrackingScaling',
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        ...metric,
        targetValue,
        // Scale out fast and in slowly: a missing task costs requests, a surplus task costs cents.
        scaleOutCooldown: 60,
        scaleInCooldown: 300,
      },
    },
    { parent },
  );
}
