import { type GraphResource, ofType, type ProgramGraph } from '../../../infra/graph/query.ts';
import { isRecord, notUnderstood, onlyResource } from './expectations.ts';
import { type CloudWatchMetric, expressionOf, type Measured } from './metrics.ts';
import { partOwn } from './own-resources.ts';

/** A line of a chart that something on this machine measures. */
export interface Line {
  readonly label: string;
  readonly metric: CloudWatchMetric;
}

/** A widget of the program's dashboard. */
export type Widget = {
  readonly title: string;
  /** In CloudWatch's grid, 24 wide. */
  readonly place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
} & (Graph | { readonly kind: 'alarms' | 'changes' } | { readonly kind: 'other'; readonly reason: string });

interface Graph {
  readonly kind: 'chart';
  readonly statistic: string;
  readonly periodSeconds: number;
  readonly lines: readonly Line[];
  /** Lines that nothing here measures, and why. */
  readonly missing: readonly { readonly line: string; readonly reason: string }[];
  /** Where alarms on its figures fire. */
  readonly thresholds: readonly { readonly alarm: string; readonly value: number }[];
}

const dashboardType = 'aws:cloudwatch/dashboard:Dashboard';
const alarmType = 'aws:cloudwatch/metricAlarm:MetricAlarm';

/** CloudWatch's default period of a widget. */
const defaultPeriodSeconds = 300;

/** What the program shows on CloudWatch, in terms of this machine; `undefined`: it has no dashboard. */
export function parseDashboard(whole: ProgramGraph, measured: Measured): readonly Widget[] | undefined {
  const { stack: graph } = partOwn(whole);
  const resource = onlyResource(graph, dashboardType, 'one dashboard');
  if (resource === undefined) return undefined;
  const alarms = ofType(graph, alarmType);
  return widgetsOf(resource).map((widget) => parseWidget(widget, alarms, measured));
}

function widgetsOf({ inputs }: GraphResource): readonly Readonly<Record<string, unknown>>[] {
  const body: unknown = JSON.parse(String(inputs['dashboardBody']));
  const widgets: unknown = isRecord(body) ? body['widgets'] : undefined;
  if (!Array.isArray(widgets) || !widgets.every(isRecord)) {
    throw notUnderstood('the dashboard', inputs['dashboardBody'], 'a list of widgets');
  }
  return widgets;
}

function parseWidget(
  widget: Readonly<Record<string, unknown>>,
  alarms: readonly GraphResource[],
  measured: Measured,
): Widget {
  const { type, properties } = widget;
  const fields = isRecord(properties) ? properties : {};
  const title = String(fields['title'] ?? '');
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) => Number(widget[name] ?? 0));
  const place = { x: x ?? 0, y: y ?? 0, width: width ?? 0, height: height ?? 0 };
  if (type === 'alarm') return { kind: 'alarms', title, place };
  // The lines of the log show when a release came; the ledger says it.
  if (type === 'log') return { kind: 'changes', title: question(title), place };
  if (type === 'metric') return { title, place, ...parseGraph(fields, alarms, measured) };
  return { kind: 'other', title: title === '' ? String(type) : title, place, reason: `a widget of type ${type}` };
}

/** `What changed?` of `What changed? Log lines by release`. */
function question(title: string): string {
  return /^[^?]+\?/.exec(title)?.[0] ?? title;
}

function parseGraph(
  fields: Readonly<Record<string, unknown>>,
  alarms: readonly GraphResource[],
  measured: Measured,
): Graph {
  const statistic = String(fields['stat'] ?? 'Average');
  const periodSeconds = Number(fields['period'] ?? defaultPeriodSeconds);
  const metrics: unknown[] = Array.isArray(fields['metrics']) ? fields['metrics'] : [];
  const lines: Line[] = [];
  const missing: Graph['missing'][number][] = [];
  for (const metric of metrics) {
    const { label, metric: declared } = parseLine(metric, { statistic, periodSeconds });
    const found = declared === undefined ? { nothing: ownForm } : expressionOf(declared, measured);
    if (declared !== undefined && 'promql' in found) lines.push({ label, metric: declared });
    else if ('nothing' in found) missing.push({ line: label, reason: found.nothing });
  }
  const thresholds = alarms.flatMap((alarm) => thresholdOn(lines, alarm));
  return { kind: 'chart', statistic, periodSeconds, lines, missing, thresholds };
}

const ownForm = 'its own form: only a metric with all of its dimensions is translated';

/**
 * `[namespace, name, dimension, value, …, { label }]`: how a widget writes a metric. Without `metric`: it is written in
 * another way, as metric math or with the dots that repeat the line above.
 */
function parseLine(
  given: unknown,
  facts: Pick<CloudWatchMetric, 'statistic' | 'periodSeconds'>,
): { readonly label: string; readonly metric?: CloudWatchMetric } {
  const parts: unknown[] = Array.isArray(given) ? given : [];
  const { label, expression, stat, period } = parts.find(isRecord) ?? {};
  const [namespace, name, ...rest] = parts.filter((part) => typeof part === 'string');
  const written = namespace !== undefined && name !== undefined && rest.length % 2 === 0;
  const repeats = parts.some((part) => part === '.' || part === '...');
  if (!written || repeats) return { label: String(label ?? expression ?? name ?? JSON.stringify(given)) };
  const dimensions = Object.fromEntries(
    rest.flatMap((dimension, index) => (index % 2 === 0 ? [[dimension, rest[index + 1] ?? '']] : [])),
  );
  const own = {
    ...(typeof stat === 'string' ? { statistic: stat } : {}),
    ...(typeof period === 'number' ? { periodSeconds: period } : {}),
  };
  return { label: String(label ?? name), metric: { namespace, name, dimensions, ...facts, ...own } };
}

/** Only where a line shows what the alarm compares: sums of other periods are on another scale. */
function thresholdOn(lines: readonly Line[], { name, inputs }: GraphResource): Graph['thresholds'] {
  const alarm = metricOf(inputs);
  const compared = lines.some(
    ({ metric }) =>
      metric.namespace === alarm.namespace &&
      metric.name === alarm.name &&
      metric.statistic === alarm.statistic &&
      (metric.statistic !== 'Sum' || metric.periodSeconds === alarm.periodSeconds) &&
      sameDimensions(metric.dimensions, alarm.dimensions),
  );
  return compared ? [{ alarm: name, value: Number(inputs['threshold']) }] : [];
}

function sameDimensions(one: CloudWatchMetric['dimensions'], other: CloudWatchMetric['dimensions']): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

function metricOf(inputs: GraphResource['inputs']): CloudWatchMetric {
  const dimensions = isRecord(inputs['dimensions']) ? inputs['dimensions'] : {};
  return {
    namespace: String(inputs['namespace']),
    name: String(inputs['metricName']),
    dimensions: Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, String(value)])),
    statistic: String(inputs['extendedStatistic'] ?? inputs['statistic']),
    periodSeconds: Number(inputs['period']),
  };
}
