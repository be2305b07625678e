type Unit = 'Milliseconds' | 'Seconds' | 'Percent' | 'Count';

export interface EmfMetric {
  readonly name: string;
  readonly unit: Unit;
  readonly value: number;
}

/**
 * Fields of a log line that CloudWatch turns into metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emfFields(namespace: string, service: string, metrics: readonly EmfMetric[], nowMs: number) {
  return {
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [['Service']],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    Service: service,
    ...Object.fromEntries(metrics.map(({ name, value }) => [name, value])),
  };
}
