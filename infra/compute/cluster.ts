import { Cluster as EcsCluster } from '@pulumi/aws/ecs/cluster.js';
import { ClusterCapacityProviders } from '@pulumi/aws/ecs/clusterCapacityProviders.js';
import * as pulumi from '@pulumi/pulumi';
import type { Encryption } from '../foundation/encryption.ts';
import { createLogGroup } from '../foundation/log-group.ts';
import { type Naming, physicalName } from '../foundation/naming.ts';
import type { Settings } from '../settings/settings.ts';

export interface ClusterArgs {
  readonly settings: Settings;
  readonly naming: Naming;
  readonly encryption: Encryption;
}

/**
 * The ECS cluster that runs all tasks of the environment: its own, or with `existingClusterArn` one that is not the stack's.
 *
 * Cost: Container Insights per metric. The cluster itself is free.
 * Change: changing its name replaces it and every service in it.
 */
export class Cluster extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** Pattern of all tasks of this account and region. ECS supports no narrower `aws:SourceArn` for tasks. */
  readonly arnOfTasks: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;
  /** Services can use a capacity provider only after this exists. */
  readonly capacity: readonly pulumi.Resource[];
  /** Log group of ECS Exec sessions. Absent if ECS Exec is off. */
  readonly shellLogArn?: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Cluster', name, {}, opts);
    const { cluster: existing } = args.settings.existing;
    if (existing === undefined) {
      const { cluster, capacity, shellLog } = createCluster(name, args, this);
      this.capacity = [capacity];
      if (shellLog !== undefined) this.shellLogArn = shellLog.arn;
      this.arn = cluster.arn;
      this.clusterName = cluster.name;
    } else {
      this.capacity = [];
      this.arn = pulumi.output(existing.arn);
      this.clusterName = pulumi.output(existing.name);
    }
    this.arnOfTasks = this.arn.apply(arnOfTasks);
    this.registerOutputs({ arn: this.arn, clusterName: this.clusterName });
  }
}

function createCluster(name: string, args: ClusterArgs, parent: pulumi.Resource) {
  const { settings, naming } = args;
  const shellLog = settings.ecsExec
    ? createLogGroup(`${name}-shells`, { ...args, logGroupName: `/ecs/${physicalName(naming, 'shells')}` }, parent)
    : undefined;
  const cluster = new EcsCluster(
    name,
    {
      name: physicalName(naming, ''),
      settings: [{ name: 'containerInsights', value: settings.observability.containerInsights }],
      ...(shellLog === undefined ? {} : { configuration: logShells(shellLog.name, args) }),
      tags: naming.tags,
    },
    { parent },
  );
  const capacity = new ClusterCapacityProviders(
    name,
    { clusterName: cluster.name, capacityProviders: ['FARGATE', 'FARGATE_SPOT'] },
    { parent },
  );
  return { cluster, capacity, shellLog };
}

/** Logs the input and output of ECS Exec sessions to a log group of their own instead of the container's. */
function logShells(cloudWatchLogGroupName: pulumi.Output<string>, { encryption: { keyArn } }: ClusterArgs) {
  return {
    executeCommandConfiguration: {
      ...(keyArn === undefined ? {} : { kmsKeyId: keyArn }),
      logging: 'OVERRIDE',
      logConfiguration: { cloudWatchLogGroupName, cloudWatchEncryptionEnabled: keyArn !== undefined },
    },
  };
}

/** `arn:aws:ecs:<region>:<account>:cluster/<name>` */
function arnOfTasks(clusterArn: string): string {
  return clusterArn.replace(/:cluster\/.*$/, ':*');
}
