import { asJson, type CreateCalls, entriesOf, lowerTags, pascal, tagList, tags } from './call.ts';

const scalable = {
  serviceNamespace: 'ServiceNamespace',
  resourceId: 'ResourceId',
  scalableDimension: 'ScalableDimension',
} as const;
const autoscaling = 'application-autoscaling';

/** Clusters, tasks, services and their scaling. */
export const computeCalls: Readonly<Record<string, CreateCalls>> = {
  'aws:appautoscaling/policy:Policy': {
    calls: [
      {
        service: autoscaling,
        operation: 'PutScalingPolicy',
        members: {
          ...scalable,
          policyType: 'PolicyType',
          targetTrackingScalingPolicyConfiguration: [
            'TargetTrackingScalingPolicyConfiguration',
            (value) => numberIn(pascal(value), 'TargetValue'),
          ],
        },
        others: (name) => ({ PolicyName: name }),
      },
    ],
  },
  'aws:appautoscaling/scheduledAction:ScheduledAction': {
    calls: [
      {
        service: autoscaling,
        operation: 'PutScheduledAction',
        members: {
          ...scalable,
          name: 'ScheduledActionName',
          schedule: 'Schedule',
          timezone: 'Timezone',
          scalableTargetAction: ['ScalableTargetAction', pascal],
        },
      },
    ],
  },
  'aws:appautoscaling/target:Target': {
    calls: [
      {
        service: autoscaling,
        operation: 'RegisterScalableTarget',
        members: { ...scalable, minCapacity: 'MinCapacity', maxCapacity: 'MaxCapacity', tags: 'Tags' },
      },
    ],
  },
  'aws:ecs/cluster:Cluster': {
    calls: [
      {
        service: 'ecs',
        operation: 'CreateCluster',
        members: { name: 'clusterName', settings: 'settings', configuration: 'configuration', tags: lowerTags },
      },
    ],
  },
  'aws:ecs/clusterCapacityProviders:ClusterCapacityProviders': {
    calls: [
      {
        service: 'ecs',
        operation: 'PutClusterCapacityProviders',
        members: { clusterName: 'cluster', capacityProviders: 'capacityProviders' },
        others: () => ({ defaultCapacityProviderStrategy: [] }),
      },
    ],
  },
  'aws:ecs/service:Service': {
    calls: [
      {
        service: 'ecs',
        operation: 'CreateService',
        members: {
          name: 'serviceName',
          cluster: 'cluster',
          taskDefinition: 'taskDefinition',
          desiredCount: 'desiredCount',
          capacityProviderStrategies: 'capacityProviderStrategy',
          loadBalancers: 'loadBalancers',
          healthCheckGracePeriodSeconds: 'healthCheckGracePeriodSeconds',
          networkConfiguration: ['networkConfiguration.awsvpcConfiguration', publicAddress],
          deploymentMaximumPercent: 'deploymentConfiguration.maximumPercent',
          deploymentMinimumHealthyPercent: 'deploymentConfiguration.minimumHealthyPercent',
          deploymentCircuitBreaker: 'deploymentConfiguration.deploymentCircuitBreaker',
          alarms: 'deploymentConfiguration.alarms',
          deploymentConfiguration: ['deploymentConfiguration', numbers],
          availabilityZoneRebalancing: 'availabilityZoneRebalancing',
          enableEcsManagedTags: 'enableECSManagedTags',
          enableExecuteCommand: 'enableExecuteCommand',
          propagateTags: 'propagateTags',
          tags: lowerTags,
        },
      },
    ],
    unmodelled: ['forceNewDeployment', 'waitForSteadyState'],
  },
  'aws:ecs/taskDefinition:TaskDefinition': {
    calls: [
      {
        service: 'ecs',
        operation: 'RegisterTaskDefinition',
        members: {
          family: 'family',
          taskRoleArn: 'taskRoleArn',
          executionRoleArn: 'executionRoleArn',
          networkMode: 'networkMode',
          containerDefinitions: ['containerDefinitions', asJson],
          volumes: 'volumes',
          requiresCompatibilities: 'requiresCompatibilities',
          cpu: 'cpu',
          memory: 'memory',
          runtimePlatform: 'runtimePlatform',
          tags: lowerTags,
        },
      },
    ],
    unmodelled: ['skipDestroy'],
  },
  'aws:ecr/repository:Repository': {
    calls: [
      {
        service: 'ecr',
        operation: 'CreateRepository',
        members: {
          name: 'repositoryName',
          imageTagMutability: 'imageTagMutability',
          imageScanningConfiguration: 'imageScanningConfiguration',
          encryptionConfigurations: ['encryptionConfiguration', (value) => (Array.isArray(value) ? value[0] : value)],
          tags: ['tags', tagList],
        },
      },
    ],
    unmodelled: ['forceDelete'],
  },
  'aws:ecr/lifecyclePolicy:LifecyclePolicy': {
    calls: [
      {
        service: 'ecr',
        operation: 'PutLifecyclePolicy',
        members: { repository: 'repositoryName', policy: 'lifecyclePolicyText' },
      },
    ],
  },
  'aws:ecr/repositoryPolicy:RepositoryPolicy': {
    calls: [
      {
        service: 'ecr',
        operation: 'SetRepositoryPolicy',
        members: { repository: 'repositoryName', policy: 'policyText' },
      },
    ],
  },
  'aws:cloudwatch/dashboard:Dashboard': {
    calls: [
      {
        service: 'cloudwatch',
        operation: 'PutDashboard',
        members: { dashboardName: 'DashboardName', dashboardBody: 'DashboardBody' },
      },
    ],
  },
  'aws:cloudwatch/metricAlarm:MetricAlarm': {
    calls: [
      {
        service: 'cloudwatch',
        operation: 'PutMetricAlarm',
        members: {
          name: 'AlarmName',
          alarmDescription: 'AlarmDescription',
          alarmActions: 'AlarmActions',
          okActions: 'OKActions',
          metricName: 'MetricName',
          namespace: 'Namespace',
          statistic: 'Statistic',
          extendedStatistic: 'ExtendedStatistic',
          dimensions: [
            'Dimensions',
            (value) => entriesOf(value).map(([dimension, of]) => ({ Name: dimension, Value: of })),
          ],
          period: 'Period',
          evaluationPeriods: 'EvaluationPeriods',
          datapointsToAlarm: 'DatapointsToAlarm',
          threshold: 'Threshold',
          comparisonOperator: 'ComparisonOperator',
          treatMissingData: 'TreatMissingData',
          tags,
        },
      },
    ],
    unmodelled: ['region'],
  },
  'aws:cloudwatch/logGroup:LogGroup': {
    calls: [
      {
        service: 'logs',
        operation: 'CreateLogGroup',
        members: { name: 'logGroupName', kmsKeyId: 'kmsKeyId', tags: 'tags' },
      },
      {
        service: 'logs',
        operation: 'PutRetentionPolicy',
        members: { name: 'logGroupName', retentionInDays: 'retentionInDays' },
      },
    ],
  },
  'aws:cloudwatch/eventRule:EventRule': {
    calls: [
      {
        service: 'events',
        operation: 'PutRule',
        members: { name: 'Name', description: 'Description', eventPattern: 'EventPattern', tags },
      },
    ],
  },
  'aws:scheduler/scheduleGroup:ScheduleGroup': {
    calls: [
      { service: 'scheduler', operation: 'CreateScheduleGroup', members: { name: 'Name', tags: ['Tags', tagList] } },
    ],
  },
  'aws:scheduler/schedule:Schedule': {
    calls: [
      {
        service: 'scheduler',
        operation: 'CreateSchedule',
        members: {
          name: 'Name',
          groupName: 'GroupName',
          description: 'Description',
          scheduleExpression: 'ScheduleExpression',
          scheduleExpressionTimezone: 'ScheduleExpressionTimezone',
          flexibleTimeWindow: ['FlexibleTimeWindow', pascal],
          target: ['Target', targetOfSchedule],
        },
      },
    ],
  },
  'aws:cloudwatch/eventTarget:EventTarget': {
    calls: [
      {
        service: 'events',
        operation: 'PutTargets',
        members: { rule: 'Rule', targetId: 'Targets[0].Id', arn: 'Targets[0].Arn' },
      },
    ],
  },
  'aws:cloudwatch/logResourcePolicy:LogResourcePolicy': {
    calls: [
      {
        service: 'logs',
        operation: 'PutResourcePolicy',
        members: { resourceArn: 'resourceArn', policyDocument: 'policyDocument' },
      },
    ],
  },
  'aws:cloudwatch/queryDefinition:QueryDefinition': {
    calls: [
      {
        service: 'logs',
        operation: 'PutQueryDefinition',
        members: { name: 'name', logGroupNames: 'logGroupNames', queryString: 'queryString' },
      },
    ],
  },
};

function numberIn(value: unknown, key: string): object {
  const members = Object.fromEntries(entriesOf(value));
  return { ...members, [key]: Number(members[key]) };
}

/** The API has the network configuration one level deeper. */
function targetOfSchedule(value: unknown): object {
  const { ecsParameters, ...others } = Object.fromEntries(entriesOf(value));
  const { networkConfiguration, ...parameters } = Object.fromEntries(entriesOf(ecsParameters));
  const network = publicAddress(networkConfiguration);
  return {
    ...Object.fromEntries(entriesOf(pascal(others))),
    EcsParameters: {
      ...Object.fromEntries(entriesOf(pascal(parameters))),
      NetworkConfiguration: { awsvpcConfiguration: pascal(network) },
    },
  };
}

function publicAddress(value: unknown): object {
  const { assignPublicIp, ...others } = Object.fromEntries(entriesOf(value));
  return { ...others, assignPublicIp: assignPublicIp === true ? 'ENABLED' : 'DISABLED' };
}

/** Terraform's provider takes these numbers as text. */
function numbers(value: unknown): unknown {
  if (typeof value === 'string' && /^\d+$/.test(value)) return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(entriesOf(value).map(([key, inner]) => [key, numbers(inner)]));
}
