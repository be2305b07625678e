import { accessLookups } from './access.ts';
import { dataLookups } from './data.ts';
import type { Lookup } from './lookup.ts';
import { networkLookups } from './network.ts';
import { scheduleLookups } from './schedules.ts';
import { serviceLookups } from './services.ts';

/** How AWS is asked for resources that can be told from their inputs, by Pulumi's types. */
export const lookups: Readonly<Record<string, Lookup>> = {
  ...accessLookups,
  ...dataLookups,
  ...networkLookups,
  ...scheduleLookups,
  ...serviceLookups,
};

/**
 * Types of which a repeated creation makes nothing new: AWS overwrites, answers with what it has, or what is made twice
 * has no other use than the first.
 */
export const repeatable: ReadonlySet<string> = new Set([
  'aws:appautoscaling/policy:Policy',
  'aws:appautoscaling/scheduledAction:ScheduledAction',
  'aws:appautoscaling/target:Target',
  'aws:cloudwatch/dashboard:Dashboard',
  'aws:cloudwatch/eventRule:EventRule',
  'aws:cloudwatch/eventTarget:EventTarget',
  'aws:cloudwatch/logResourcePolicy:LogResourcePolicy',
  'aws:cloudwatch/metricAlarm:MetricAlarm',
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup',
  'aws:ecr/lifecyclePolicy:LifecyclePolicy',
  'aws:ecr/repositoryPolicy:RepositoryPolicy',
  'aws:ecs/clusterCapacityProviders:ClusterCapacityProviders',
  'aws:ecs/taskDefinition:TaskDefinition',
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
  'aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup',
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
  'aws:s3/bucketPolicy:BucketPolicy',
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
  'aws:secretsmanager/secretRotation:SecretRotation',
  'aws:secretsmanager/secretVersion:SecretVersion',
  'aws:sns/topic:Topic',
  'aws:sns/topicSubscription:TopicSubscription',
  'aws:wafv2/webAclAssociation:WebAclAssociation',
  'aws:acm/certificateValidation:CertificateValidation',
  // What was pushed is found in the registry by its version, and migrations find their earlier run by themselves.
  'docker:index/image:Image',
  'pulumi-nodejs:dynamic/stack:MigrationRun',
]);
