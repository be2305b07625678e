import { actions, arn, type Scope, type Statement } from './statement.ts';

/** Permissions of an update for cluster, services, logs, alarms, image repository and the roles of tasks. */
export function computePermissions(scope: Scope): readonly Statement[] {
  return [...computeChanges(scope), ...roleChanges(scope)];
}

function computeChanges(scope: Scope): readonly Statement[] {
  const { prefix, tags } = scope.naming;
  const of = (service: string, resource: string) => arn(scope, service, resource);
  return [
    {
      Sid: 'Ecs',
      Effect: 'Allow',
      Action: actions({
        ecs: 'CreateCluster CreateService DeleteCluster DeleteService PutClusterCapacityProviders RunTask StopServiceDeployment StopTask TagResource UntagResource UpdateCluster UpdateClusterSettings UpdateService',
      }),
      Resource: ['cluster', 'service', 'service-deployment', 'task', 'task-definition'].map((kind) =>
        of('ecs', `${kind}/${prefix}*`),
      ),
    },
    {
      // No resource-level permissions. A revision can do only what its roles allow, and passing those is limited below.
      Sid: 'RegisterTaskDefinitions',
      Effect: 'Allow',
      Action: actions({ ecs: 'RegisterTaskDefinition' }),
      Resource: '*',
    },
    {
      Sid: 'Autoscaling',
      Effect: 'Allow',
      Action: actions({
        'application-autoscaling':
          'DeleteScalingPolicy DeleteScheduledAction DeregisterScalableTarget PutScalingPolicy PutScheduledAction RegisterScalableTarget TagResource UntagResource',
      }),
      // Ids of scalable targets are generated.
      Resource: of('application-autoscaling', 'scalable-target/*'),
    },
    {
      Sid: 'LogsAlarmsAndTopics',
      Effect: 'Allow',
      Action: actions({
        cloudwatch: 'DeleteAlarms DeleteDashboards PutDashboard PutMetricAlarm TagResource UntagResource',
        logs: 'CreateLogGroup DeleteLogGroup DeleteRetentionPolicy PutRetentionPolicy TagResource UntagResource',
        sns: 'CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource Unsubscribe UntagResource',
        chatbot:
          'CreateSlackChannelConfiguration DeleteSlackChannelConfiguration TagResource UntagResource UpdateSlackChannelConfiguration',
      }),
      Resource: [
        of('chatbot', `chat-configuration/slack-channel/${prefix}-*`),
        of('cloudwatch', `alarm:${prefix}-*`),
        // Dashboard ARNs have no region.
        `arn:${scope.partition}:cloudwatch::*:dashboard/${prefix}`,
        of('logs', `log-group:*${prefix}*`),
        of('sns', `${prefix}-*`),
      ],
    },
    {
      // Saved queries do not support resource-level permissions.
      Sid: 'SavedQueries',
      Effect: 'Allow',
      Action: actions({ logs: 'DeleteQueryDefinition PutQueryDefinition' }),
      Resource: '*',
    },
    {
      Sid: 'Registry',
      Effect: 'Allow',
      Action: actions({
        ecr: 'BatchCheckLayerAvailability CompleteLayerUpload CreateRepository DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy InitiateLayerUpload PutImageScanningConfiguration PutLifecyclePolicy SetRepositoryPolicy TagResource UntagResource UploadLayerPart',
      }),
      Resource: of('ecr', `repository/${prefix}`),
    },
    {
      // A promotion checks that tasks can pull the image from the repository of the environment that built it.
      Sid: 'ReadImages',
      Effect: 'Allow',
      Action: actions({ ecr: 'GetDownloadUrlForLayer' }),
      Resource: of('ecr', `repository/${tags.Project}-*`),
    },
    {
      // A promotion tags the image in the repository of the environment that built it.
      Sid: 'PutImages',
      Effect: 'Allow',
      Action: actions({ ecr: 'PutImage' }),
      Resource: of('ecr', `repository/${tags.Project}-*`),
    },
  ];
}

function roleChanges(scope: Scope): readonly Statement[] {
  const { prefix } = scope.naming;
  const of = (name: string) => arn(scope, 'iam', `role/${prefix}-${name}`);
  const ofTasks = [of('*-execution'), of('*-task')];
  return [
    {
      Sid: 'RolesOfTasks',
      Effect: 'Allow',
      Action: actions({
        iam: 'CreateRole DeleteRole DeleteRolePolicy ListInstanceProfilesForRole PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole',
      }),
      Resource: [...ofTasks, of('flow-logs'), of('traffic')],
    },
    {
      Sid: 'PassRolesToTasks',
      Effect: 'Allow',
      Action: actions({ iam: 'PassRole' }),
      Resource: ofTasks,
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
    {
      Sid: 'PassRoleToTrafficShift',
      Effect: 'Allow',
      Action: actions({ iam: 'PassRole' }),
      Resource: of('traffic'),
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs.amazonaws.com' } },
    },
    {
      Sid: 'PassRoleToFlowLogs',
      Effect: 'Allow',
      Action: actions({ iam: 'PassRole' }),
      Resource: of('flow-logs'),
      Condition: { StringEquals: { 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' } },
    },
    {
      // Needed once per account and service. AWS defines what each service-linked role allows.
      Sid: 'RolesOfServices',
      Effect: 'Allow',
      Action: actions({ iam: 'CreateServiceLinkedRole' }),
      Resource: arn(scope, 'iam', 'role/aws-service-role/*'),
      Condition: {
        StringEquals: {
          'iam:AWSServiceName': [
            'ecs.amazonaws.com',
            'ecs.application-autoscaling.amazonaws.com',
            'elasticache.amazonaws.com',
            'elasticloadbalancing.amazonaws.com',
            'rds.amazonaws.com',
          ],
        },
      },
    },
  ];
}
