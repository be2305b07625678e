import { isPattern, physicalName } from '../../foundation/naming.ts';
import { actions, anyId, arn, type Statement } from '../../foundation/statement.ts';
import type { Scope } from './scope.ts';

/**
 * Read permissions of preview, drift and `promote --dry-run`: no value of a secret, and no log. Tags limit none of them:
 * whoever waits for the end of a deletion asks for what is not there any more, and that has no tags.
 */
export function readPermissions(scope: Scope): readonly Statement[] {
  return [readsByName(scope), readsOfTasks(scope), readsOfProject(scope), ...readsOfSchedules(scope)];
}

function readsOfSchedules(scope: Scope): readonly Statement[] {
  const { naming, scheduled } = scope;
  if (scheduled.length === 0) return [];
  const group = physicalName(naming, '');
  const names = [group, 'default'].flatMap((name) =>
    scheduled.map((process) => `schedule/${name}/${physicalName(naming, process)}`),
  );
  const Resource = [...names, `schedule-group/${group}`].map((name) => arn(scope, 'scheduler', name));
  const Action = actions({ scheduler: 'GetSchedule GetScheduleGroup ListTagsForResource' });
  return [{ Sid: 'ReadSchedules', Effect: 'Allow', Action, Resource }];
}

/** The rest of them, since a policy has a maximum length. */
export function furtherReadPermissions(scope: Scope): readonly Statement[] {
  return [readsWithoutName(), readsWithAnotherName(scope), ...readsOfSource(scope)];
}

/** List calls, and calls by generated id: no resource-level permissions. */
function readsWithoutName(): Statement {
  return {
    Sid: 'ReadWhatHasNoName',
    Effect: 'Allow',
    Action: actions({
      ec2: 'DescribeAccountAttributes DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeFlowLogs DescribeInternetGateways DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets DescribeTags DescribeVpcEndpoints DescribeVpcs',
      elasticloadbalancing:
        'DescribeCapacityReservation DescribeListenerAttributes DescribeListeners DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeRules DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth',
      'application-autoscaling': 'DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions',
      chatbot: 'DescribeSlackChannelConfigurations ListTagsForResource',
      cloudwatch: 'GetMetricData',
      ecr: 'GetAuthorizationToken',
      ecs: 'DescribeTaskDefinition ListServices',
      logs: 'DescribeLogGroups DescribeQueryDefinitions DescribeResourcePolicies',
      secretsmanager: 'GetRandomPassword',
      sns: 'GetSubscriptionAttributes',
      kms: 'ListAliases',
      ssm: 'DescribeParameters',
      wafv2: 'ListWebACLs',
    }),
    Resource: '*',
  };
}

function readsByName(scope: Scope): Statement {
  const { naming } = scope;
  const { prefix, tags } = naming;
  const name = physicalName(naming, '');
  const cluster = clusterOf(scope);
  const of = (service: string, resource: string) => arn(scope, service, resource);
  const loadBalancer = physicalName(naming, '', 'loadBalancer');
  return {
    Sid: 'ReadEnvironment',
    Effect: 'Allow',
    Action: actions({
      cloudwatch: 'GetDashboard ListTagsForResource',
      ecs: 'DescribeClusters DescribeServiceDeployments DescribeServiceRevisions DescribeServices DescribeTasks ListServiceDeployments ListTagsForResource',
      elasticloadbalancing: 'GetLoadBalancerWebACL',
      events: 'DescribeRule ListTagsForResource ListTargetsByRule',
      iam: 'GetPolicy GetPolicyVersion GetRole GetRolePolicy ListAttachedRolePolicies ListPolicyVersions ListRolePolicies',
      logs: 'ListTagsForResource',
      s3: 'GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging GetBucketObjectLockConfiguration GetBucketPolicy GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket ListTagsForResource',
      secretsmanager: 'DescribeSecret GetResourcePolicy',
      sns: 'GetTopicAttributes ListTagsForResource',
      ssm: 'ListTagsForResource',
      wafv2: 'GetLoggingConfiguration GetWebACL GetWebACLForResource ListTagsForResource',
    }),
    Resource: [
      of('cloudwatch', `alarm:${prefix}-*`),
      `arn:${scope.partition}:cloudwatch::*:dashboard/${name}`,
      of('ecs', `cluster/${cluster}`),
      // In a cluster with services of others, those of this environment; the ids of tasks say nothing.
      ...['service', 'service-deployment', 'service-revision'].map((kind) =>
        of('ecs', `${kind}/${cluster}/${scope.existingCluster === undefined ? '' : `${prefix}-`}*`),
      ),
      of('ecs', `task/${cluster}/*`),
      of('ecs', `task-definition/${prefix}-*:*`),
      of('elasticloadbalancing', `loadbalancer/app/${loadBalancer}/*`),
      ...rulesOfTasks(scope),
      of('iam', `role/${prefix}-*`),
      of('iam', `policy/${prefix}-*`),
      of('logs', `log-group:*${prefix}*`),
      of('s3', `${physicalName(naming, 'logs', 'bucketPrefix')}-${anyId(26)}`),
      of('secretsmanager', `secret:${prefix}-*-${anyId(26)}-${anyId(6)}`),
      of('secretsmanager', 'secret:rds!db-*'),
      of('sns', physicalName(naming, 'alarms')),
      of('ssm', `parameter/${tags.Project}/${tags.Environment}/*`),
      of('wafv2', `regional/webacl/${prefix}/*`),
    ],
  };
}

/** Rules that events of stopped tasks match. */
export function rulesOfTasks(scope: Scope): readonly string[] {
  const names = ['stopped-tasks', ...scope.scheduled.map((process) => `${process}-failed`)];
  return names.map((name) => arn(scope, 'events', `rule/${physicalName(scope.naming, name)}`));
}

function clusterOf({ existingCluster, naming }: Scope): string {
  return existingCluster ?? physicalName(naming, '');
}

function readsOfTasks(scope: Scope): Statement {
  return {
    // Tasks on Fargate belong to no container instance, which is all that the call can be limited to otherwise.
    Sid: 'ListTasks',
    Effect: 'Allow',
    Action: actions({ ecs: 'ListTasks' }),
    Resource: '*',
    Condition: { ArnEquals: { 'ecs:cluster': arn(scope, 'ecs', `cluster/${clusterOf(scope)}`) } },
  };
}

/** Names generated by Pulumi or AWS, or shared in the account: nothing narrower than the resource type exists. */
function readsWithAnotherName(scope: Scope): Statement {
  const of = (service: string, resource: string) => arn(scope, service, resource);
  const zone = scope.domain === undefined ? [] : [of('route53', `hostedzone/${scope.domain.hostedZoneId}`)];
  return {
    Sid: 'ReadWhatHasAnotherName',
    Effect: 'Allow',
    Action: actions({
      acm: 'DescribeCertificate ListTagsForCertificate',
      'application-autoscaling': 'ListTagsForResource',
      // Lists all alarms, with their names as a filter.
      cloudwatch: 'DescribeAlarms',
      ec2: 'DescribeVpcAttribute',
      elasticache:
        'DescribeCacheClusters DescribeCacheParameterGroups DescribeCacheParameters DescribeCacheSubnetGroups DescribeReplicationGroups ListTagsForResource',
      iam: 'GetOpenIDConnectProvider',
      kms: 'DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags',
      rds: 'DescribeDBInstances DescribeDBParameterGroups DescribeDBParameters DescribeDBProxies DescribeDBProxyTargetGroups DescribeDBProxyTargets DescribeDBSubnetGroups ListTagsForResource',
      route53: `GetChange GetHealthCheck ListTagsForResource${zone.length === 0 ? '' : ' GetHostedZone ListResourceRecordSets'}`,
    }),
    Resource: [
      of('acm', 'certificate/*'),
      of('application-autoscaling', 'scalable-target/*'),
      of('cloudwatch', 'alarm:*'),
      of('ec2', 'vpc/*'),
      ...['cluster', 'parametergroup', 'replicationgroup', 'subnetgroup'].map((kind) => of('elasticache', `${kind}:*`)),
      of('iam', 'oidc-provider/token.actions.githubusercontent.com'),
      of('kms', 'key/*'),
      ...['db', 'db-proxy', 'pg', 'subgrp', 'target-group'].map((kind) => of('rds', `${kind}:*`)),
      of('route53', 'change/*'),
      of('route53', 'healthcheck/*'),
      ...zone,
    ],
  };
}

/**
 * A promotion compares two environments: their ledgers, and the image of the one in the registry of the other. Those that
 * expire promote nothing.
 */
function readsOfProject(scope: Scope): Statement {
  const { naming } = scope;
  const { Project, Environment } = naming.tags;
  const pattern = isPattern(naming);
  return {
    Sid: 'ReadProject',
    Effect: 'Allow',
    Action: actions({
      ecr: 'BatchGetImage DescribeImages DescribeRepositories GetLifecyclePolicy GetRepositoryPolicy ListTagsForResource',
      ssm: 'GetParameter GetParametersByPath',
    }),
    Resource: [
      arn(scope, 'ecr', `repository/${pattern ? physicalName(naming, '') : `${Project}-*`}`),
      arn(scope, 'ssm', `parameter/${Project}/${pattern ? `${Environment}/` : ''}*`),
    ],
  };
}

/** The environment that this one promotes from, in another account, which allows no more than reading what runs. */
function readsOfSource({ promoteFromRole }: Scope): readonly Statement[] {
  if (promoteFromRole === undefined) return [];
  return [
    {
      Sid: 'ReadSource',
      Effect: 'Allow',
      Action: actions({ sts: 'AssumeRole' }),
      Resource: promoteFromRole,
    },
  ];
}
