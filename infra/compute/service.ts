import { Service as EcsService } from '@pulumi/aws/ecs/service.js';
import * as pulumi from '@pulumi/pulumi';
import type { Entrance } from '../edge/entrance.ts';
import { physicalName } from '../foundation/naming.ts';
import { listenerOf, type Process } from '../manifest/app.ts';
import { allowConnection } from '../network/security-group.ts';
import type { Migration } from './migration/migration.ts';
import { capacityOf, rolloutOf } from './rollout.ts';
import { createScaling, type Scaling } from './scaling.ts';
import { Task, type TaskArgs } from './task.ts';

export interface ServiceArgs extends TaskArgs {
  /** The load balancer in front of the service. Absent: its tasks receive no requests. */
  readonly edge?: Entrance;
  /** No task of a release starts before its migrations have finished. */
  readonly after: Migration;
  readonly scaling: Scaling;
  /** Alarms that roll a rollout back. */
  readonly rollbackAlarms: readonly pulumi.Input<string>[];
}

/**
 * A Fargate service in private subnets. ECS rolls out each task after its health checks pass, and rolls back by itself if
 * tasks do not become healthy or an alarm fires.
 *
 * Cost: vCPU and GB of each task per second, between `desiredCount` and `maxCount` tasks.
 * Change: a new task definition rolls out while the old tasks serve. Changing the name or target group replaces the service.
 */
export class Service extends pulumi.ComponentResource {
  readonly serviceName: pulumi.Output<string>;
  readonly task: Task;

  constructor(name: Process, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super('stack:infra:Service', name, {}, opts);
    this.task = new Task(name, args, { parent: this });
    const open = args.edge === undefined ? [] : openToEdge(name, args.edge, this.task, args, this);
    const service = createService(name, args, this.task, open, this);
    createScaling(name, args, service, this);
    this.serviceName = service.name;
    this.registerOutputs({ serviceName: this.serviceName });
  }
}

/** Physical names of the services. */
export function serviceNames(services: Readonly<Record<string, Service>>): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(Object.entries(services).map(([name, { serviceName }]) => [name, serviceName]));
}

function openToEdge(name: string, edge: Entrance, task: Task, { app, naming }: ServiceArgs, parent: pulumi.Resource) {
  return allowConnection(
    `load-balancer-to-${name}`,
    {
      from: edge.securityGroup,
      to: task.securityGroup,
      port: portOf(app, name),
      description: `Load balancer to ${name}`,
      naming,
    },
    parent,
  );
}

/** Where a process behind the load balancer listens. */
function portOf(app: TaskArgs['app'], name: Process): number {
  const listener = listenerOf(app, name);
  if (listener === undefined) throw new Error(`The load balancer has no way to ${name}, which does not listen.`);
  return listener.port;
}

function createService(
  name: string,
  args: ServiceArgs,
  task: Task,
  open: readonly pulumi.Resource[],
  parent: pulumi.Resource,
): EcsService {
  const { contract, naming, network, cluster, edge, scaling } = args;
  const timeout = `${contract.rolloutTimeoutSeconds}s`;
  return new EcsService(
    name,
    {
      name: physicalName(naming, name),
      cluster: cluster.arn,
      taskDefinition: task.definitionArn,
      ...capacityOf(args.settings),
      desiredCount: scaling.desiredCount,
      ...rolloutOf({ ...args, container: name, ...(edge === undefined ? {} : { port: portOf(args.app, name) }) }),
      ...(args.settings.ecsExec ? { enableExecuteCommand: true } : {}),
      availabilityZoneRebalancing: 'ENABLED',
      waitForSteadyState: true,
      networkConfiguration: {
        subnets: network.privateSubnetIds,
        securityGroups: [task.securityGroup.id],
        assignPublicIp: false,
      },
      enableEcsManagedTags: true,
      propagateTags: 'SERVICE',
      tags: naming.tags,
    },
    {
      parent,
      dependsOn: [args.after, ...cluster.capacity, ...task.ready, ...open, ...(edge?.ready ?? [])],
      // Autoscaling owns the count: resetting it on each release would scale in a busy service.
      ignoreChanges: ['desiredCount'],
      customTimeouts: { create: timeout, update: timeout },
    },
  );
}
