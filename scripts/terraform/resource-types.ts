/** What Terraform calls a resource type, and those of its arguments that Pulumi renamed. */
export interface TerraformType {
  readonly name: string;
  /** By Pulumi's name, at any depth. @pulumi/aws writes lists in the plural; all else differs in its case alone. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Pulumi generates its name, and Terraform requires one. */
  readonly named?: true;
  /** Inputs of Pulumi that Terraform computes. */
  readonly computed?: readonly string[];
}

/** @pulumi/aws is generated from Terraform's provider `hashicorp/aws`, so every type has a counterpart. */
export const terraformTypes: Readonly<Record<string, TerraformType>> = {
  'aws:acm/certificate:Certificate': { name: 'aws_acm_certificate' },
  'aws:acm/certificateValidation:CertificateValidation': { name: 'aws_acm_certificate_validation' },
  'aws:appautoscaling/policy:Policy': { name: 'aws_appautoscaling_policy', named: true },
  'aws:appautoscaling/scheduledAction:ScheduledAction': { name: 'aws_appautoscaling_scheduled_action' },
  'aws:appautoscaling/target:Target': { name: 'aws_appautoscaling_target' },
  'aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration': {
    name: 'aws_chatbot_slack_channel_configuration',
  },
  'aws:cloudwatch/dashboard:Dashboard': { name: 'aws_cloudwatch_dashboard' },
  'aws:cloudwatch/eventRule:EventRule': { name: 'aws_cloudwatch_event_rule' },
  'aws:cloudwatch/eventTarget:EventTarget': { name: 'aws_cloudwatch_event_target' },
  'aws:cloudwatch/logGroup:LogGroup': { name: 'aws_cloudwatch_log_group' },
  'aws:cloudwatch/logResourcePolicy:LogResourcePolicy': { name: 'aws_cloudwatch_log_resource_policy' },
  'aws:cloudwatch/metricAlarm:MetricAlarm': {
    name: 'aws_cloudwatch_metric_alarm',
    renamed: { name: 'alarm_name' },
  },
  'aws:cloudwatch/queryDefinition:QueryDefinition': { name: 'aws_cloudwatch_query_definition' },
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': { name: 'aws_default_security_group' },
  'aws:ec2/flowLog:FlowLog': { name: 'aws_flow_log' },
  'aws:ec2/securityGroup:SecurityGroup': { name: 'aws_security_group' },
  'aws:ec2/vpcEndpoint:VpcEndpoint': { name: 'aws_vpc_endpoint' },
  'aws:ecr/lifecyclePolicy:LifecyclePolicy': { name: 'aws_ecr_lifecycle_policy' },
  'aws:ecr/repository:Repository': {
    name: 'aws_ecr_repository',
    renamed: { encryptionConfigurations: 'encryption_configuration' },
  },
  'aws:ecr/repositoryPolicy:RepositoryPolicy': { name: 'aws_ecr_repository_policy' },
  'aws:ecs/cluster:Cluster': { name: 'aws_ecs_cluster', renamed: { settings: 'setting' } },
  'aws:ecs/clusterCapacityProviders:ClusterCapacityProviders': { name: 'aws_ecs_cluster_capacity_providers' },
  'aws:ecs/service:Service': {
    name: 'aws_ecs_service',
    renamed: { capacityProviderStrategies: 'capacity_provider_strategy', loadBalancers: 'load_balancer' },
  },
  'aws:ecs/taskDefinition:TaskDefinition': { name: 'aws_ecs_task_definition', renamed: { volumes: 'volume' } },
  'aws:elasticache/parameterGroup:ParameterGroup': {
    name: 'aws_elasticache_parameter_group',
    named: true,
    renamed: { parameters: 'parameter' },
  },
  'aws:elasticache/replicationGroup:ReplicationGroup': { name: 'aws_elasticache_replication_group' },
  'aws:elasticache/subnetGroup:SubnetGroup': { name: 'aws_elasticache_subnet_group', named: true },
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': {
    name: 'aws_iam_openid_connect_provider',
    renamed: { clientIdLists: 'client_id_list' },
  },
  'aws:iam/policy:Policy': { name: 'aws_iam_policy' },
  'aws:iam/role:Role': { name: 'aws_iam_role' },
  'aws:iam/rolePolicy:RolePolicy': { name: 'aws_iam_role_policy' },
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': { name: 'aws_iam_role_policy_attachment' },
  'aws:kms/alias:Alias': { name: 'aws_kms_alias' },
  'aws:kms/key:Key': { name: 'aws_kms_key' },
  'aws:lb/listener:Listener': { name: 'aws_lb_listener', renamed: { defaultActions: 'default_action' } },
  'aws:lb/listenerRule:ListenerRule': {
    name: 'aws_lb_listener_rule',
    renamed: { actions: 'action', conditions: 'condition', targetGroups: 'target_group' },
  },
  'aws:lb/loadBalancer:LoadBalancer': { name: 'aws_lb' },
  'aws:lb/targetGroup:TargetGroup': { name: 'aws_lb_target_group' },
  'aws:rds/instance:Instance': { name: 'aws_db_instance' },
  'aws:rds/parameterGroup:ParameterGroup': { name: 'aws_db_parameter_group', renamed: { parameters: 'parameter' } },
  'aws:rds/proxy:Proxy': { name: 'aws_db_proxy', renamed: { auths: 'auth' } },
  'aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup': { name: 'aws_db_proxy_default_target_group' },
  'aws:rds/proxyTarget:ProxyTarget': { name: 'aws_db_proxy_target' },
  'aws:rds/subnetGroup:SubnetGroup': { name: 'aws_db_subnet_group' },
  'aws:route53/healthCheck:HealthCheck': { name: 'aws_route53_health_check' },
  'aws:route53/record:Record': { name: 'aws_route53_record', renamed: { aliases: 'alias' } },
  'aws:s3/bucket:Bucket': { name: 'aws_s3_bucket' },
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': {
    name: 'aws_s3_bucket_lifecycle_configuration',
    renamed: { rules: 'rule' },
  },
  'aws:s3/bucketPolicy:BucketPolicy': { name: 'aws_s3_bucket_policy' },
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': { name: 'aws_s3_bucket_public_access_block' },
  'aws:secretsmanager/secret:Secret': { name: 'aws_secretsmanager_secret' },
  'aws:secretsmanager/secretRotation:SecretRotation': {
    name: 'aws_secretsmanager_secret_rotation',
    computed: ['rotationEnabled'],
  },
  'aws:secretsmanager/secretVersion:SecretVersion': { name: 'aws_secretsmanager_secret_version' },
  'aws:sns/topic:Topic': { name: 'aws_sns_topic' },
  'aws:sns/topicSubscription:TopicSubscription': {
    name: 'aws_sns_topic_subscription',
    renamed: { topic: 'topic_arn' },
  },
  'aws:ssm/parameter:Parameter': { name: 'aws_ssm_parameter' },
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': { name: 'aws_vpc_security_group_egress_rule' },
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': { name: 'aws_vpc_security_group_ingress_rule' },
  'aws:wafv2/webAcl:WebAcl': {
    name: 'aws_wafv2_web_acl',
    renamed: { rules: 'rule', ruleActionOverrides: 'rule_action_override' },
  },
  'aws:wafv2/webAclAssociation:WebAclAssociation': { name: 'aws_wafv2_web_acl_association' },
  'aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration': {
    name: 'aws_wafv2_web_acl_logging_configuration',
    renamed: { conditions: 'condition', filters: 'filter' },
  },
};

/** What Terraform has no counterpart of: the build of the image, and the run of the migrations. */
export const withoutCounterpart: readonly string[] = [
  'docker:index/image:Image',
  'pulumi-nodejs:dynamic/stack:MigrationRun',
];
