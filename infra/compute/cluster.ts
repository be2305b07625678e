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
 * The ECS cluster in which all tasks of the environment run.
 *
 * Cost: Container Insights, by metric; the cluster itself costs nothing.
 * Change: its name replaces it and every service in it.
 */
export class Cluster extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** Matches every task of the account in the region; IAM takes no narrower source for tasks. */
  readonly arnOfTasks: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;
  /** What has to be there before a service can name a capacity provider. */
  readonly capacity: pulumi.Resource;
  /** Where shells in tasks are logged; absent: none can be opened. */
  readonly shellLogArn?: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Cluster', name, {}, opts);
    const { settings, naming } = args;
    const shellLog = settings.ecsExec
      ? createLogGroup(`${name}-shells`, { ...args, logGroupName: `/ecs/${physicalName(naming, 'shells')}` }, this)
      : undefined;
    const cluster = new EcsCluster(
      name,
      {
        name: physicalName(naming, ''),
        settings: [{ name: 'containerInsights', value: settings.observability.containerInsights }],
        ...(shellLog === undefined ? {} : { configuration: logShells(shellLog.name, args) }),
        tags: naming.tags,
      },
      { parent: this },
    );
    this.capacity = new ClusterCapacityProviders(
      name,
      { clusterName: cluster.name, capacityProviders: ['FARGATE', 'FARGATE_SPOT'] },
      { parent: this },
    );
    if (shellLog !== undefined) this.shellLogArn = shellLog.arn;
    this.arn = cluster.arn;
    this.arnOfTasks = cluster.arn.apply(arnOfTasks);
    this.clusterName = cluster.name;
    this.registerOutputs({ arn: this.arn, clusterName: this.clusterName });
  }
}

/** Everything that is typed and shown in a shell; without a log of its own it would go to that of the container. */
function logShells(cloudWatchLogGroupName: pulumi.Output<string>, { encryption }: ClusterArgs) {
  return {
    executeCommandConfiguration: {
      logging: 'OVERRIDE',
      logConfiguration: { cloudWatchLogGroupName, cloudWatchEncryptionEnabled: encryption.keyArn !== undefined },
    },
  };
}

/** `arn:aws:ecs:<region>:<account>:cluster/<name>` */
function arnOfTasks(clusterArn: string): string {
  return clusterArn.replace(/:cluster\/.*$/, ':*');
}
