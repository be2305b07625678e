import { fieldsOf, type GraphResource, ofType, type ProgramGraph } from '../../../infra/graph/query.ts';
import { expressionOf, jobNames, type Measured } from './metrics.ts';

/**
 * In how many seconds of this machine a minute of CloudWatch is evaluated: a rollout takes minutes there and seconds here,
 * and an alarm that needs longer than a rollout guards none. Every period of every alarm is shorter by the same factor,
 * and with it the threshold of what is counted per period (`Sum`). Thresholds of anything else stay as they are.
 */
export const minuteSeconds = 5;

const bytesPerMiB = 2 ** 20;

const alarmType = 'aws:cloudwatch/metricAlarm:MetricAlarm';

/** An alarm of the program as a rule of Prometheus, or why it cannot be one. */
export interface Alarm {
  /** Logical name, as in docs/alarms.md: `api-5xx`. */
  readonly name: string;
  /** What it looks at, with the numbers of this machine: `HTTPCode_Target_5XX_Count (Sum) > 0.83 in 2 of 3 periods of 5 s`. */
  readonly condition: string;
  /** What it means and what to do, for a person. */
  readonly description: string;
  /** Address of its runbook. */
  readonly runbook: string;
  /** Services whose rollout ends when it fires; empty for most. */
  readonly guards: readonly string[];
  /** How far it looks back, in seconds of this machine: after that it sees the new release alone. */
  readonly evaluationSeconds: number;
  /** `promql` is there while it fires; `datapoint` is what it compares. */
  readonly rule: { readonly promql: string; readonly datapoint: string } | { readonly nothing: string };
}

/** The alarms of the program, in the order of the graph. */
export function parseAlarms(graph: ProgramGraph, measured: Measured): readonly Alarm[] {
  const guarded = guardsOf(graph);
  return ofType(graph, alarmType).map((alarm) => parseAlarm(alarm, measured, guarded));
}

/** Names of alarms as CloudWatch has them, by the services that they roll back. */
function guardsOf(graph: ProgramGraph): ReadonlyMap<string, readonly string[]> {
  const guards = new Map<string, string[]>();
  for (const { name, inputs } of ofType(graph, 'aws:ecs/service:Service')) {
    const { enable, rollback, alarmNames } = fieldsOf(inputs['alarms']);
    if (enable !== true || rollback !== true || !Array.isArray(alarmNames)) continue;
    for (const alarm of alarmNames.map(String)) guards.set(alarm, [...(guards.get(alarm) ?? []), name]);
  }
  return guards;
}

const comparisons: Readonly<Record<string, { readonly breaches: string; readonly fine: string }>> = {
  GreaterThanThreshold: { breaches: '>', fine: '<=' },
  GreaterThanOrEqualToThreshold: { breaches: '>=', fine: '<' },
  LessThanThreshold: { breaches: '<', fine: '>=' },
  LessThanOrEqualToThreshold: { breaches: '<=', fine: '>' },
};

/** Metrics that are measured here and cannot stay where their alarm fires, by name, with the reason. */
const cannotHappen: Readonly<Record<string, string>> = {
  // One check stands in for those of the container and of the target group: see health-check.ts.
  UnHealthyHostCount:
    'unhealthy targets that stay: a task that is not ready for so long is replaced, and one that never is gets no requests',
};

function parseAlarm(
  { name, inputs }: GraphResource,
  measured: Measured,
  guarded: ReadonlyMap<string, readonly string[]>,
): Alarm {
  const text = textIn(inputs['alarmDescription']);
  const common = { name, ...partDescription(text), guards: guarded.get(String(inputs['name'])) ?? [] };
  const { comparisonOperator, metricName, namespace, period, evaluationPeriods, threshold: asked } = inputs;
  const comparison = comparisons[textIn(comparisonOperator)];
  const statistic = textIn(inputs['extendedStatistic'] ?? inputs['statistic']);
  if (
    comparison === undefined ||
    typeof metricName !== 'string' ||
    typeof namespace !== 'string' ||
    typeof period !== 'number' ||
    typeof evaluationPeriods !== 'number' ||
    typeof asked !== 'number'
  ) {
    const nothing = 'its own form: only one metric compared with one number is translated';
    return { ...common, condition: textIn(metricName) || 'metric math', evaluationSeconds: 0, rule: { nothing } };
  }
  const periodSeconds = (period / 60) * minuteSeconds;
  const datapointsToAlarm: unknown = inputs['datapointsToAlarm'];
  const evaluation = {
    periodSeconds,
    comparison,
    periods: evaluationPeriods,
    datapoints: typeof datapointsToAlarm === 'number' ? datapointsToAlarm : evaluationPeriods,
    threshold: statistic === 'Sum' ? (asked * minuteSeconds) / 60 : asked,
  };
  const dimensions = Object.entries(fieldsOf(inputs['dimensions'])).map(([key, value]) => [key, String(value)]);
  const datapoint = expressionOf(
    { namespace, name: metricName, statistic, periodSeconds, dimensions: Object.fromEntries(dimensions) },
    measured,
  );
  const withoutData = inputs['treatMissingData'] === 'breaching';
  return {
    ...common,
    condition: sayCondition(`${metricName} (${statistic})`, evaluation, withoutData),
    evaluationSeconds: evaluationPeriods * periodSeconds,
    rule:
      cannotHappen[metricName] !== undefined
        ? { nothing: cannotHappen[metricName] }
        : 'nothing' in datapoint
          ? datapoint
          : {
              promql: (withoutData ? firesWithoutData : fires)(datapoint.promql, evaluation),
              datapoint: datapoint.promql,
            },
  };
}

function sayCondition(metric: string, evaluation: Evaluation, withoutData: boolean): string {
  const { comparison, threshold, periods, datapoints, periodSeconds } = evaluation;
  const often = datapoints === periods ? `${periods}` : `${datapoints} of ${periods}`;
  const missing = withoutData ? ', or no data,' : '';
  return `${metric} ${comparison.breaches} ${sayNumber(threshold)}${missing} in ${often} ${periods === 1 ? 'period' : 'periods'} of ${periodSeconds} s`;
}

/** A large number of bytes is read as such: no other threshold is as large. */
function sayNumber(value: number): string {
  if (value >= bytesPerMiB) return `${Math.round(value / bytesPerMiB)} MiB`;
  return Number.isInteger(value) ? String(value) : value.toPrecision(2);
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

interface Evaluation {
  readonly periodSeconds: number;
  readonly periods: number;
  readonly datapoints: number;
  readonly threshold: number;
  readonly comparison: { readonly breaches: string; readonly fine: string };
}

/**
 * As CloudWatch evaluates: so many of the last datapoints breach the threshold, in whatever order. Steps of a subquery lie
 * on multiples of their length, as CloudWatch's periods do.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
function fires(datapoint: string, { threshold, comparison, datapoints, ...window }: Evaluation): string {
  return `count_over_time(((${datapoint}) ${comparison.breaches} ${threshold})${rangeOf(window)}) >= ${datapoints}`;
}

/** Where no data counts as breaching, so few of the last datapoints are fine. Not before there could be that many. */
function firesWithoutData(datapoint: string, { threshold, comparison, datapoints, ...window }: Evaluation): string {
  const fine = `count_over_time(((${datapoint}) ${comparison.fine} ${threshold})${rangeOf(window)})`;
  const old = `time() - min(process_start_time_seconds{job="${jobNames.prometheus}"}) > ${window.periods * window.periodSeconds}`;
  return `((${fine} or vector(0)) <= ${window.periods - datapoints}) and on () (${old})`;
}

function rangeOf({ periods, periodSeconds }: Pick<Evaluation, 'periods' | 'periodSeconds'>): string {
  return `[${periods * periodSeconds}s:${periodSeconds}s]`;
}

/** What infra/observability/alarm.ts puts together: what is wrong, why there, and the runbook. */
function partDescription(text: string): { readonly description: string; readonly runbook: string } {
  const [, description = text, runbook = ''] = /^(.*?)(?: Why there: .*?)? Runbook: (\S+)$/s.exec(text) ?? [];
  return { description, runbook };
}
