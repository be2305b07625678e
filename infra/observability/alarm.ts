import { MetricAlarm } from '@pulumi/aws/cloudwatch/metricAlarm.js';
import type * as pulumi from '@pulumi/pulumi';
import { type Naming, physicalName } from '../foundation/naming.ts';

/** One CloudWatch metric. */
interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
  readonly statistic: string;
}

/** A page of docs/runbooks. */
export type Runbook =
  | 'app-unreachable'
  | 'database-at-its-limits'
  | 'database-connections-exhausted'
  | 'errors-or-slow-requests'
  | 'jobs-wait-or-are-given-up'
  | 'release-never-becomes-ready'
  | 'scheduled-run-failed'
  | 'tasks-at-their-limits'
  | 'valkey-at-its-limits';

export interface AlarmArgs {
  readonly naming: Naming;
  readonly topicArn: pulumi.Input<string>;
  /** What is wrong and what to do about it, for the person on call. */
  readonly description: string;
  /** Why it fires there, and not earlier or later. */
  readonly reason: string;
  readonly runbook: Runbook;
  /** Where runbooks are: what a description leads to. */
  readonly runbooks: string;
  readonly metric: Metric;
  readonly comparison: 'GreaterThanThreshold' | 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
  readonly threshold: number;
  readonly periodSeconds: number;
  readonly periods: number;
  /** Datapoints to alarm. Default: all periods. */
  readonly datapoints?: number;
  readonly missingData: 'notBreaching' | 'breaching';
  /** Region of the metric. Default: the region of the stack. */
  readonly region?: string;
}

/** Alarms by logical name. */
export type Alarms = Readonly<Record<string, Omit<AlarmArgs, 'naming' | 'topicArn' | 'runbooks'>>>;

/** An alarm that notifies the topic when it fires and when it recovers. */
export function createAlarm(name: string, args: AlarmArgs, parent: pulumi.Resource): MetricAlarm {
  const { naming, topicArn, metric } = args;
  return new MetricAlarm(
    name,
    {
      name: physicalName(naming, name),
      alarmDescription: `${args.description} Why there: ${args.reason} Runbook: ${args.runbooks}/${args.runbook}.md`,
      namespace: metric.namespace,
      metricName: metric.name,
      dimensions: metric.dimensions,
      ...(/^p\d/.test(metric.statistic) ? { extendedStatistic: metric.statistic } : { statistic: metric.statistic }),
      comparisonOperator: args.comparison,
      threshold: args.threshold,
      period: args.periodSeconds,
      evaluationPeriods: args.periods,
      datapointsToAlarm: args.datapoints ?? args.periods,
      treatMissingData: args.missingData,
      alarmActions: [topicArn],
      okActions: [topicArn],
      ...(args.region === undefined ? {} : { region: args.region }),
      tags: naming.tags,
    },
    { parent },
  );
}
