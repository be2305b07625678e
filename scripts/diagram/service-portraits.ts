import { ofType } from '../../infra/graph/query.ts';
import type { Graph, RecordedResource } from '../../infra/graph/record.ts';
import { text } from './inputs.ts';
import { idOf, type Portrait } from './portrait.ts';

export function imagePortrait(graph: Graph, image: RecordedResource): Portrait {
  const repositories = ofType(graph, 'aws:ecr/repository:Repository');
  const immutable = repositories.some(({ inputs }) => inputs['imageTagMutability'] === 'IMMUTABLE');
  return {
    node: {
      id: idOf(image),
      kind: 'image',
      title: 'ECR image',
      lines: ['built once, by digest', ...(immutable ? ['immutable tags'] : [])],
      group: 'releases',
    },
    resources: [image, ...repositories],
  };
}

export function ledgerPortrait(parameter: RecordedResource): Portrait {
  return {
    node: {
      id: idOf(parameter),
      kind: 'ledger',
      title: 'Release ledger',
      lines: ['SSM parameter with history'],
      group: 'releases',
    },
    resources: [parameter],
  };
}

export function secretPortrait(graph: Graph): readonly Portrait[] {
  const managed = ofType(graph, 'aws:rds/instance:Instance').filter(
    ({ inputs }) => inputs['manageMasterUserPassword'] === true,
  );
  const secrets = ofType(graph, 'aws:secretsmanager/secret:Secret');
  if (managed.length + secrets.length === 0) return [];
  const count = managed.length + secrets.length;
  return [
    {
      node: {
        id: 'secrets',
        kind: 'secret',
        title: 'Secrets Manager',
        lines: [
          managed.length > 0 ? 'database password' : '',
          count > 1 ? `${count} secrets` : 'generated, never in state',
        ].filter((line) => line !== ''),
        group: 'operations',
      },
      resources: secrets,
    },
  ];
}

export function metricsPortrait(graph: Graph): readonly Portrait[] {
  const alarms = ofType(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm');
  const logGroups = ofType(graph, 'aws:cloudwatch/logGroup:LogGroup');
  const dashboards = ofType(graph, 'aws:cloudwatch/dashboard:Dashboard');
  if (alarms.length + logGroups.length === 0) return [];
  const [days] = logGroups.map(({ inputs }) => text(inputs['retentionInDays']));
  return [
    {
      node: {
        id: 'cloudwatch',
        kind: 'metrics',
        title: 'CloudWatch',
        lines: [
          `${logGroups.length} log groups, kept ${days} days`,
          `${alarms.length} alarms${dashboards.length > 0 ? ', dashboard' : ''}`,
        ],
        group: 'operations',
      },
      resources: [...alarms, ...logGroups, ...dashboards],
    },
  ];
}

export function topicPortrait(graph: Graph, topic: RecordedResource): Portrait {
  const subscriptions = ofType(graph, 'aws:sns/topicSubscription:TopicSubscription');
  const protocols = subscriptions.map(({ inputs }) => text(inputs['protocol']));
  return {
    node: {
      id: idOf(topic),
      kind: 'topic',
      title: 'SNS topic',
      lines: [protocols.length === 0 ? 'no subscriber yet' : `to ${[...new Set(protocols)].join(', ')}`],
      group: 'operations',
    },
    resources: [topic],
  };
}

export function bucketPortrait(graph: Graph, bucket: RecordedResource): Portrait {
  const lifecycles = ofType(graph, 'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration');
  return {
    node: {
      id: idOf(bucket),
      kind: 'storage',
      title: 'S3 bucket',
      lines: ['access logs', ...(lifecycles.length > 0 ? ['expire by lifecycle'] : [])],
      group: 'operations',
    },
    resources: [bucket],
  };
}
