import { isPattern, physicalName } from '../../foundation/naming.ts';
import { actions, arn, ownOrNew, ownRequest, ownTags, type Statement } from '../../foundation/statement.ts';
import type { Scope } from './scope.ts';

/** Permissions of an update for cluster, services, their scaling, and the image repository. */
export function computePermissions(scope: Scope): readonly Statement[] {
  return [...serviceChanges(scope), ...scheduleChanges(scope), ...registryChanges(scope)];
}

/** None where the app has no schedule. */
function scheduleChanges(scope: Scope): readonly Statement[] {
  const { naming, scheduled } = scope;
  if (scheduled.length === 0) return [];
  return [
    {
      Sid: 'Schedules',
      Effect: 'Allow',
      Action: actions({ scheduler: 'CreateSchedule DeleteSchedule UpdateSchedule' }),
      // Where earlier versions put them: the first update deletes them there.
      Resource: [physicalName(naming, ''), 'default'].flatMap((group) =>
        scheduled.map((process) => arn(scope, 'scheduler', `schedule/${group}/${physicalName(naming, process)}`)),
      ),
    },
    {
      Sid: 'ScheduleGroup',
      Effect: 'Allow',
      Action: actions({ scheduler: 'CreateScheduleGroup DeleteScheduleGroup TagResource UntagResource' }),
      Resource: arn(scope, 'scheduler', `schedule-group/${physicalName(naming, '')}`),
    },
  ];
}

function serviceChanges(scope: Scope): readonly Statement[] {
  const { naming, processes } = scope;
  const cluster = physicalName(naming, '');
  if (scope.existingCluster !== undefined) return serviceChangesIn(scope.existingCluster, scope);
  const of = (resource: string) => arn(scope, 'ecs', resource);
  return [
    {
      Sid: 'Ecs',
      Effect: 'Allow',
      Action: actions({
        ecs: 'CreateCluster CreateService DeleteCluster DeleteService PutClusterCapacityProviders RunTask StopServiceDeployment StopTask TagResource UntagResource UpdateCluster UpdateClusterSettings UpdateService',
      }),
      Resource: [
        of(`cluster/${cluster}`),
        ...['service', 'service-deployment', 'task'].map((kind) => of(`${kind}/${cluster}/*`)),
        ...processes.map((process) => of(`task-definition/${physicalName(naming, process)}:*`)),
      ],
    },
    registrations(scope),
    ...scalingChanges(scope, [`${cluster}/`]),
  ];
}

/** In a cluster with services of others: those of this environment by name, and its tasks by their tags. */
function serviceChangesIn(cluster: string, scope: Scope): readonly Statement[] {
  const { naming, processes } = scope;
  const of = (resource: string) => arn(scope, 'ecs', resource);
  const services = processes.map((process) => physicalName(naming, process));
  const definitions = services.map((name) => of(`task-definition/${name}:*`));
  return [
    {
      Sid: 'Ecs',
      Effect: 'Allow',
      Action: actions({
        ecs: 'CreateService DeleteService RunTask StopServiceDeployment TagResource UntagResource UpdateService',
      }),
      Resource: [
        ...services.map((name) => of(`service/${cluster}/${name}`)),
        ...services.map((name) => of(`service-deployment/${cluster}/${name}/*`)),
        ...definitions,
      ],
    },
    {
      Sid: 'TagOwnTasks',
      Effect: 'Allow',
      Action: actions({ ecs: 'TagResource' }),
      Resource: of(`task/${cluster}/*`),
      Condition: ownOrNew(scope),
    },
    {
      Sid: 'StopOwnTasks',
      Effect: 'Allow',
      Action: actions({ ecs: 'StopTask' }),
      Resource: of(`task/${cluster}/*`),
      Condition: ownTags(scope),
    },
    registrations(scope),
    ...scalingChanges(
      scope,
      services.map((name) => `${cluster}/${name}-Alarm`),
    ),
  ];
}

function registrations(scope: Scope): Statement {
  const { naming, processes } = scope;
  const of = (resource: string) => arn(scope, 'ecs', resource);
  return {
    // A revision can do only what its roles allow, and passing those is limited.
    Sid: 'RegisterTaskDefinitions',
    Effect: 'Allow',
    Action: actions({ ecs: 'RegisterTaskDefinition' }),
    Resource: processes.map((process) => of(`task-definition/${physicalName(naming, process)}:*`)),
    Condition: ownRequest(scope),
  };
}

/** @param services with which the names of the alarms of their scaling begin */
function scalingChanges(scope: Scope, services: readonly string[]): readonly Statement[] {
  const targets = arn(scope, 'application-autoscaling', 'scalable-target/*');
  return [
    {
      // Ids of scalable targets are generated.
      Sid: 'CreateScaling',
      Effect: 'Allow',
      Action: actions({ 'application-autoscaling': 'RegisterScalableTarget TagResource' }),
      Resource: targets,
      Condition: ownOrNew(scope),
    },
    {
      Sid: 'ChangeScaling',
      Effect: 'Allow',
      Action: actions({
        'application-autoscaling':
          'DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget PutScalingPolicy PutScheduledAction RegisterScalableTarget TagResource UntagResource',
      }),
      Resource: targets,
      Condition: ownTags(scope),
    },
    {
      // Application Auto Scaling creates them for its policies, and needs the permission of whoever creates a policy.
      // https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html
      Sid: 'AlarmsOfScaling',
      Effect: 'Allow',
      Action: actions({ cloudwatch: 'DeleteAlarms PutMetricAlarm' }),
      Resource: services.map((service) => arn(scope, 'cloudwatch', `alarm:TargetTracking-service/${service}*`)),
    },
  ];
}

function registryChanges(scope: Scope): readonly Statement[] {
  const { naming } = scope;
  const own = arn(scope, 'ecr', `repository/${physicalName(naming, '')}`);
  // They build what they run, and promote nothing.
  const images = isPattern(naming) ? own : arn(scope, 'ecr', `repository/${naming.tags.Project}-*`);
  return [
    {
      Sid: 'Registry',
      Effect: 'Allow',
      Action: actions({
        ecr: 'BatchCheckLayerAvailability CompleteLayerUpload CreateRepository DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy InitiateLayerUpload PutImageScanningConfiguration PutLifecyclePolicy SetRepositoryPolicy TagResource UntagResource UploadLayerPart',
      }),
      Resource: own,
    },
    {
      // A promotion checks that tasks can pull the image from the repository of the environment that built it.
      Sid: 'ReadImages',
      Effect: 'Allow',
      Action: actions({ ecr: 'GetDownloadUrlForLayer' }),
      Resource: images,
    },
    {
      // A promotion tags the image in the repository of the environment that built it. Tags are never overwritten there.
      Sid: 'PutImages',
      Effect: 'Allow',
      Action: actions({ ecr: 'PutImage' }),
      Resource: images,
      Condition: { StringEquals: { 'aws:ResourceTag/Project': naming.tags.Project } },
    },
  ];
}
