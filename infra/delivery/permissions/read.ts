import { actions, arn, type Scope, type Statement } from './statement.ts';

/**
 * What preview, drift and `promote --dry-run` read. A promotion compares two environments, so that its reads go as far
 * as the project does: names begin with the project's.
 */
export function readPermissions(scope: Scope): readonly Statement[] {
  const project = scope.naming.tags.Project;
  const of = (service: string, resource: string) => arn(scope, service, resource);
  return [
    {
      // These calls list, or take ids that AWS chooses: the services have no resource for them, or none with our name.
      Sid: 'ReadWhatHasNoName',
      Effect: 'Allow',
      Action: actions({
        ec2: 'DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeFlowLogs DescribeInternetGateways DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets DescribeTags DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs',
        elasticloadbalancing:
          'DescribeCapacityReservation DescribeListenerAttributes DescribeListeners DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeRules DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth',
        'application-autoscaling':
          'DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions ListTagsForResource',
        chatbot: 'DescribeSlackChannelConfigurations ListTagsForResource',
        cloudwatch: 'DescribeAlarms GetDashboard GetMetricData ListTagsForResource',
        ecr: 'GetAuthorizationToken',
        ecs: 'DescribeTaskDefinition ListServices ListTasks',
        logs: 'DescribeLogGroups DescribeQueryDefinitions',
        secretsmanager: 'GetRandomPassword',
        kms: 'ListAliases',
        ssm: 'DescribeParameters',
        wafv2: 'GetWebACLForResource',
      }),
      Resource: '*',
    },
    {
      Sid: 'ReadProject',
      Effect: 'Allow',
      Action: actions({
        ecr: 'BatchGetImage DescribeImages DescribeRepositories GetLifecyclePolicy GetRepositoryPolicy ListTagsForResource',
        ecs: 'DescribeClusters DescribeServiceDeployments DescribeServiceRevisions DescribeServices DescribeTasks ListServiceDeployments ListTagsForResource',
        iam: 'GetPolicy GetPolicyVersion GetRole GetRolePolicy ListAttachedRolePolicies ListPolicyVersions ListRolePolicies',
        logs: 'FilterLogEvents GetLogEvents ListTagsForResource',
        s3: 'GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging GetBucketObjectLockConfiguration GetBucketPolicy GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket',
        sns: 'GetSubscriptionAttributes GetTopicAttributes ListTagsForResource',
        ssm: 'GetParameter GetParametersByPath ListTagsForResource',
        wafv2: 'GetWebACL ListTagsForResource',
      }),
      Resource: [
        of('ecr', `repository/${project}-*`),
        of('ecs', `*/${project}-*`),
        of('iam', `role/${project}-*`),
        of('iam', `policy/${project}-*`),
        of('logs', `log-group:*${project}-*`),
        of('s3', `${project}-*`),
        of('sns', `${project}-*`),
        of('ssm', `parameter/${project}/*`),
        of('wafv2', `regional/webacl/${project}-*/*`),
      ],
    },
    {
      // Names that Pulumi or AWS chooses, or that the account shares: the type of the thing is as narrow as it gets.
      Sid: 'ReadWhatHasAnotherName',
      Effect: 'Allow',
      Action: actions({
        acm: 'DescribeCertificate ListTagsForCertificate',
        elasticache:
          'DescribeCacheClusters DescribeCacheParameterGroups DescribeCacheParameters DescribeCacheSubnetGroups DescribeReplicationGroups ListTagsForResource',
        iam: 'GetOpenIDConnectProvider',
        kms: 'DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags',
        rds: 'DescribeDBInstances DescribeDBParameterGroups DescribeDBParameters DescribeDBProxies DescribeDBProxyTargetGroups DescribeDBProxyTargets DescribeDBSubnetGroups ListTagsForResource',
        route53: 'GetChange GetHealthCheck GetHostedZone ListResourceRecordSets ListTagsForResource',
        secretsmanager: 'DescribeSecret',
      }),
      Resource: [
        of('acm', 'certificate/*'),
        ...['cluster', 'parametergroup', 'replicationgroup', 'subnetgroup'].map((kind) =>
          of('elasticache', `${kind}:*`),
        ),
        of('iam', 'oidc-provider/token.actions.githubusercontent.com'),
        of('rds', 'db:*'),
        of('kms', 'key/*'),
        of('rds', 'db-proxy:*'),
        of('rds', 'pg:*'),
        of('rds', 'subgrp:*'),
        of('rds', 'target-group:*'),
        of('route53', 'change/*'),
        of('route53', 'healthcheck/*'),
        of('route53', 'hostedzone/*'),
        of('secretsmanager', 'secret:rds!*'),
      ],
    },
    {
      // A refresh compares the values, too. Whoever reads the state can read them there as well.
      Sid: 'ReadSecrets',
      Effect: 'Allow',
      Action: actions({ secretsmanager: 'DescribeSecret GetResourcePolicy GetSecretValue' }),
      Resource: of('secretsmanager', `secret:${scope.naming.prefix}-*`),
    },
  ];
}
