import { physicalName } from '../../foundation/naming.ts';
import { actions, arn, type Scope, type Statement } from './read.ts';

/**
 * What an update of one environment changes, in policies of their own as IAM limits each to 6144 characters:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * Whoever can deploy code can use what the roles of its tasks allow, and can change these roles: deployments are as
 * powerful as the reviews of the repository are strict. The roles of the workflows themselves are out of their reach.
 */
export function deployPermissions(
  scope: Scope,
): Readonly<Record<'network' | 'compute' | 'data', readonly Statement[]>> {
  return {
    network: [...networkChanges(scope), ...loadBalancerChanges(scope)],
    compute: [...computeChanges(scope), ...roleChanges(scope)],
    data: [...dataChanges(scope), ...domainChanges(scope)],
  };
}

function networkChanges({ naming }: Scope): readonly Statement[] {
  const { Project, Environment } = naming.tags;
  const creations =
    'AllocateAddress CreateFlowLogs CreateInternetGateway CreateNatGateway CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateVpc CreateVpcEndpoint';
  return [
    {
      // What does not exist yet has no name or tag to ask for, and a route never has: the parent is its resource.
      Sid: 'CreateNetwork',
      Effect: 'Allow',
      Action: actions({ ec2: creations }),
      Resource: '*',
    },
    {
      // Only while it is made: a tag on what others own would make it ours.
      Sid: 'TagWhatIsCreated',
      Effect: 'Allow',
      Action: actions({ ec2: 'CreateTags' }),
      Resource: '*',
      Condition: {
        StringEquals: {
          'ec2:CreateAction': [
            ...creations.split(' '),
            'AuthorizeSecurityGroupEgress',
            'AuthorizeSecurityGroupIngress',
          ],
        },
      },
    },
    {
      // The ids are AWS's; the tags say whose they are.
      Sid: 'ChangeOwnNetwork',
      Effect: 'Allow',
      Action: actions({
        ec2: 'AssociateAddress AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateTags DeleteFlowLogs DeleteInternetGateway DeleteNatGateway DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DeleteVpcEndpoints DetachInternetGateway DisassociateAddress DisassociateRouteTable ModifySecurityGroupRules ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress ReplaceRoute RevokeSecurityGroupEgress RevokeSecurityGroupIngress',
      }),
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/Project': Project, 'aws:ResourceTag/Environment': Environment } },
    },
  ];
}

function loadBalancerChanges(scope: Scope): readonly Statement[] {
  const { prefix } = scope.naming;
  const of = (resource: string) => arn(scope, 'elasticloadbalancing', resource);
  const loadBalancer = physicalName(scope.naming, '', 'loadBalancer');
  return [
    {
      Sid: 'LoadBalancer',
      Effect: 'Allow',
      Action: actions({
        elasticloadbalancing:
          'AddTags CreateListener CreateLoadBalancer CreateRule CreateTargetGroup DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup ModifyListener ModifyListenerAttributes ModifyLoadBalancerAttributes ModifyRule ModifyTargetGroup ModifyTargetGroupAttributes RemoveTags SetRulePriorities SetSecurityGroups SetSubnets SetWebACL',
      }),
      Resource: [
        of(`loadbalancer/app/${loadBalancer}/*`),
        of(`listener/app/${loadBalancer}/*`),
        of(`listener-rule/app/${loadBalancer}/*`),
        // Pulumi names it, so that the next one can exist beside it.
        of('targetgroup/edge-*/*'),
      ],
    },
    {
      Sid: 'Firewall',
      Effect: 'Allow',
      Action: actions({
        wafv2: 'AssociateWebACL CreateWebACL DeleteWebACL DisassociateWebACL TagResource UntagResource UpdateWebACL',
      }),
      Resource: [
        arn(scope, 'wafv2', `regional/webacl/${prefix}/*`),
        arn(scope, 'wafv2', 'regional/managedruleset/*/*'),
        of(`loadbalancer/app/${loadBalancer}/*`),
      ],
    },
  ];
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
      // It names nothing that exists: a revision can do only what the roles in it allow, and those have to be passed.
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
      // The ids of scalable targets are AWS's.
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
        // Dashboards are in no region.
        `arn:${scope.partition}:cloudwatch::*:dashboard/${prefix}`,
        of('logs', `log-group:*${prefix}*`),
        of('sns', `${prefix}-*`),
      ],
    },
    {
      // A saved query has an id, and its API no resource.
      Sid: 'SavedQueries',
      Effect: 'Allow',
      Action: actions({ logs: 'DeleteQueryDefinition PutQueryDefinition' }),
      Resource: '*',
    },
    {
      Sid: 'Registry',
      Effect: 'Allow',
      Action: actions({
        ecr: 'BatchCheckLayerAvailability CompleteLayerUpload CreateRepository DeleteLifecyclePolicy DeleteRepository DeleteRepositoryPolicy GetDownloadUrlForLayer InitiateLayerUpload PutImageScanningConfiguration PutLifecyclePolicy SetRepositoryPolicy TagResource UntagResource UploadLayerPart',
      }),
      Resource: of('ecr', `repository/${prefix}`),
    },
    {
      // A promotion tags the image where it is, which is in the registry of another environment.
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
      // In an account that never used these services; each can have one role, of which AWS says what it allows.
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

function dataChanges(scope: Scope): readonly Statement[] {
  const { prefix, tags } = scope.naming;
  const of = (service: string, resource: string) => arn(scope, service, resource);
  return [
    {
      Sid: 'Database',
      Effect: 'Allow',
      Action: actions({
        rds: 'AddTagsToResource CreateDBInstance CreateDBParameterGroup CreateDBSnapshot CreateDBSubnetGroup DeleteDBInstance DeleteDBParameterGroup DeleteDBSubnetGroup ModifyDBInstance ModifyDBParameterGroup ModifyDBSubnetGroup RebootDBInstance RemoveTagsFromResource ResetDBParameterGroup',
      }),
      Resource: [
        of('rds', `db:${physicalName(scope.naming, '', 'database')}`),
        of('rds', `snapshot:${prefix}-final-*`),
        // Pulumi names these two, so that the next one can exist beside the one in use.
        of('rds', 'pg:database-*'),
        of('rds', 'subgrp:database-*'),
      ],
    },
    {
      // RDS makes the secret in the name of its caller; `rds!db-` is the beginning of the names that it gives.
      Sid: 'PasswordOfDatabase',
      Effect: 'Allow',
      Action: actions({ secretsmanager: 'CancelRotateSecret CreateSecret RotateSecret TagResource' }),
      Resource: of('secretsmanager', 'secret:rds!db-*'),
    },
    {
      Sid: 'Secrets',
      Effect: 'Allow',
      Action: actions({
        secretsmanager: 'CreateSecret DeleteSecret PutSecretValue TagResource UntagResource UpdateSecret',
      }),
      Resource: of('secretsmanager', `secret:${prefix}-*`),
    },
    {
      Sid: 'AccessLogs',
      Effect: 'Allow',
      Action: actions({
        s3: 'CreateBucket DeleteBucket DeleteBucketPolicy DeleteObject ListBucketVersions PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutLifecycleConfiguration',
      }),
      Resource: [of('s3', `${prefix}-*`), of('s3', `${prefix}-*/*`)],
    },
    {
      Sid: 'Ledger',
      Effect: 'Allow',
      Action: actions({
        ssm: 'AddTagsToResource DeleteParameter DeleteParameters PutParameter RemoveTagsFromResource',
      }),
      Resource: of('ssm', `parameter/${tags.Project}/${tags.Environment}/*`),
    },
  ];
}

function domainChanges(scope: Scope): readonly Statement[] {
  return [
    {
      // The ids are AWS's; who may write which records is for the owner of the zone to narrow.
      Sid: 'Domain',
      Effect: 'Allow',
      Action: actions({
        acm: 'AddTagsToCertificate DeleteCertificate RemoveTagsFromCertificate RequestCertificate',
        route53: 'ChangeResourceRecordSets',
      }),
      Resource: [arn(scope, 'acm', 'certificate/*'), arn(scope, 'route53', 'hostedzone/*')],
    },
  ];
}
