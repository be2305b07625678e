import { MetricAlarm } from '@pulumi/aws/cloudwatch/metricAlarm.js';
import type * as pulumi from '@pulumi/pulumi';
import { type Naming, physicalName } from '../foundation/naming.ts';

/** Names a metric of CloudWatch and the one thing that it is about. */
interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
  readonly statistic: string;
}

export interface AlarmArgs {
  readonly naming: Naming;
  readonly topicArn: pulumi.Input<string>;
  /** What is wrong and where to look, for the person who gets it at night. */
  readonly description: string;
  readonly metric: Metric;
  readonly comparison: 'GreaterThanThreshold' | 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold';
  readonly threshold: number;
  readonly periodSeconds: number;
  readonly periods: number;
  /** How many of the periods have to be beyond the threshold; all of them unless said. */
  readonly datapoints?: number;
  readonly missingData: 'notBreaching' | 'breaching';
  /** Where its metric is; the stack's own region unless said. */
  readonly region?: string;
}

/** Alarms by their logical names. */
export type Alarms = Readonly<Record<string, Omit<AlarmArgs, 'naming' | 'topicArn'>>>;

/** An alarm that tells the topic when it starts and when it is over. */
export function createAlarm(name: string, args: AlarmArgs, parent: pulumi.Resource): MetricAlarm {
  const { naming, topicArn, metric } = args;
  return new MetricAlarm(
    name,
    {
      name: physicalName(naming, name),
      alarmDescription: args.description,
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
