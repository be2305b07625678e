import { evaluate } from '../../infra/graph/evaluate.ts';
import { ofType } from '../../infra/graph/query.ts';
import type { RecordedResource } from '../../infra/graph/record.ts';

/** With each kind of alarm that the program has. */
const everything = { syntheticCheck: 'true', deploymentStrategy: 'canary' };

const areas: readonly (readonly [title: string, names: RegExp])[] = [
  ['Requests', /5xx|latency|outside|unhealthy/],
  ['Tasks', /-(cpu|memory|event-loop|no-task)$/],
  ['Database', /^database-/],
  ['Jobs', /queue/],
  ['Valkey', /^valkey-/],
];

/** docs/alarms.md: what an environment with everything watches, from the program itself. */
export async function renderAlarmsPage(projectDirectory: string, environment: string): Promise<string> {
  const graph = await evaluate(environment, { projectDirectory, config: everything });
  // Of those that each node has, the first one's.
  const alarms = ofType(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm').filter(
    ({ name }) => !/-(?!1$)\d+$/.test(name),
  );
  const areaOf = (alarm: RecordedResource) => areas.findLast(([, names]) => names.test(alarm.name))?.[0] ?? 'Tasks';
  const sections = areas.map(([title]) =>
    section(
      title,
      alarms.filter((alarm) => areaOf(alarm) === title),
    ),
  );
  return `${introduction}\n${sections.join('\n')}`;
}

const introduction = `<!-- Generated from the program: \`npm run docs:alarms\`. -->
# Alarms

What CloudWatch watches on AWS, in an environment that has everything; without Valkey, a worker or a traffic shift, theirs are missing. A process on a schedule adds \`<process>-failed\` (a run failed within the last hour) and \`schedules-dropped\` (a run could not be started for an hour): [scheduled run failed](runbooks/scheduled-run-failed.md). Each notifies when it fires and when it recovers. Who is notified is \`alarmEmail\` or \`alarmSlackTeamId\` with \`alarmSlackChannelId\` in the stack file; by default nobody. The mail has the description below and ends with its runbook. \`npm run stack -- status\` shows what is firing.

Names begin with project and environment, \`<project>-<environment>-api-5xx\`. Thresholds that follow from settings are those of an example. To add an alarm, see [CONTRIBUTING.md](../CONTRIBUTING.md).
`;

function section(title: string, alarms: readonly RecordedResource[]): string {
  const rows = alarms.map(
    (alarm) => `| \`${alarm.name.replace(/-1$/, '-<n>')}\` | ${condition(alarm)} | ${explanation(alarm).join(' | ')} |`,
  );
  return `## ${title}\n| alarm | fires when | why there | what it means, and what to do |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

const comparisons: Readonly<Record<string, string>> = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '≥',
  LessThanThreshold: '<',
};

function condition({ inputs }: RecordedResource): string {
  const { metricName, period, evaluationPeriods, datapointsToAlarm, treatMissingData } = inputs;
  const statistic = `${inputs['extendedStatistic'] ?? inputs['statistic']}`;
  const seconds = Number(period) * Number(evaluationPeriods);
  const some = Number(datapointsToAlarm);
  const during =
    some === Number(evaluationPeriods)
      ? `for ${seconds / 60} min`
      : `in ${some} of ${evaluationPeriods} periods of ${Number(period) / 60} min`;
  const without = treatMissingData === 'breaching' ? ', or no data' : '';
  return `${metricName} (${statistic}) ${comparisons[`${inputs['comparisonOperator']}`]} ${amount(Number(inputs['threshold']))} ${during}${without}`;
}

/** Bytes as GiB or MiB: no other metric has figures that large. */
function amount(threshold: number): string {
  const mebibytes = threshold / 1024 ** 2;
  if (mebibytes < 1) return `${threshold}`;
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${Math.round((mebibytes / 1024) * 10) / 10} GiB`;
}

/** Why it fires there, and what it means, with a link to its runbook. */
function explanation({ name, inputs }: RecordedResource): readonly [string, string] {
  const parts = /^(?<meaning>.*) Why there: (?<reason>.*) Runbook: .*\/(?<page>[\w-]+)\.md$/.exec(
    `${inputs['alarmDescription']}`,
  );
  const { meaning, reason, page } = parts?.groups ?? {};
  if (meaning === undefined || reason === undefined || page === undefined) {
    throw new Error(`The description of ${name} has no reason or no runbook: ${inputs['alarmDescription']}`);
  }
  return [reason, `${meaning} [${page.replaceAll('-', ' ')}](runbooks/${page}.md)`];
}
