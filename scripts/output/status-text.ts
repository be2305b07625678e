import { shortCommit } from '../messages/commit.ts';
import { formatAge } from '../messages/duration.ts';
import { stackCommand } from '../messages/next-command.ts';
import type { Known } from '../release/known.ts';
import type { ExpiryEntry } from '../release/ledger.ts';
import { type MaintenanceStatus, startOf } from '../release/maintenance.ts';
import { sayRollbackTime } from '../release/rollback-time.ts';
import type { LastAttempt, ProcessStatus, Status } from '../release/status.ts';
import type { LastRun, StandIn } from '../release/target.ts';
import { shortDigest } from '../release/truth.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';
import { wrapLine, wrapWords } from './wrap.ts';

/** Of a terminal that does not say its own. */
const defaultWidth = 80;
const labelWidth = 11;

export interface StatusStyle {
  readonly target: 'local' | 'aws';
  readonly paint: Paint;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Columns of the terminal. */
  readonly width?: number | undefined;
}

/** One screen: what runs, then one labelled line for each thing that decides what may be done next. */
export function renderStatus(status: Status, { target, paint, now, width = defaultWidth }: StatusStyle): string {
  const line = (label: string, text: string) => labelled(label, text, paint, width);
  const { runs, frozen, holds, alarms, rollback, lastRuns, maintenance, expiry, explanation } = status;
  return [
    ...processLines(runs, paint, width),
    '',
    ...standInsOf(runs).flatMap((one) => line('stands in', sayStandIn(one, paint))),
    ...line(
      'last change',
      sayKnown(status.last, (last) => sayLast(last, paint, now)),
    ),
    ...line('rollback', sayRollback(status, target, paint)),
    ...line(
      'freeze',
      sayKnown(frozen, (value) =>
        value === null ? 'none' : paint('yellow', `since ${value.at} by ${value.by}: ${value.reason}`),
      ),
    ),
    ...line(
      'on hold',
      sayKnown(holds, (list) =>
        list.length === 0
          ? 'none'
          : paint('yellow', list.map(({ version, reason }) => `${version} (${reason})`).join('; ')),
      ),
    ),
    ...line(
      'alarms',
      sayKnown(alarms, (report) => sayAlarms(report, paint, now)),
    ),
    ...('value' in lastRuns && lastRuns.value.length === 0
      ? []
      : line(
          'schedules',
          sayKnown(lastRuns, (list) => list.map((run) => sayRun(run, paint, now)).join('; ')),
        )),
    ...('value' in maintenance && maintenance.value.recorded === null && maintenance.value.shown !== true
      ? []
      : line(
          'maintenance',
          sayKnown(maintenance, (value) => paint('yellow', sayMaintenance(value))),
        )),
    ...('value' in expiry && expiry.value === null
      ? []
      : line(
          'expires',
          sayKnown(expiry, (entry) => sayExpiry(entry, paint, now)),
        )),
    ...('value' in rollback && explanation !== ''
      ? ['', ...explanation.split('\n').flatMap((text) => wrapLine(`  ${text}`.trimEnd(), width))]
      : []),
  ].join('\n');
}

function processLines(runs: Status['runs'], paint: Paint, width: number): readonly string[] {
  if ('unknown' in runs) return wrapWords(`What runs is unknown: ${runs.unknown}`, width);
  if (runs.value === null) return ['Nothing runs.'];
  const { url, processes } = runs.value;
  if (processes.length === 0) return [...(url === '' ? [] : [url, '']), 'No process runs.'];
  const rows = processes.map((process) => [process.name, sayTasks(process, paint), sayReleases(process)]);
  return [...(url === '' ? [] : [url, '']), ...renderTable(['PROCESS', 'TASKS', 'RELEASE'], rows, paint, width)];
}

function standInsOf(runs: Status['runs']): readonly StandIn[] {
  return 'value' in runs ? (runs.value?.standIns ?? []) : [];
}

function sayStandIn({ title, name, resources, healthy }: StandIn, paint: Paint): string {
  const state = healthy ? paint('green', 'ready') : paint('red', 'not ready');
  return `${title} for ${resources}: ${state}; its lines: logs --service ${name}`;
}

function sayTasks({ desired, running, healthy }: ProcessStatus, paint: Paint): string {
  const text =
    healthy === running ? `${running} of ${desired}, healthy` : `${running} of ${desired}, ${healthy} healthy`;
  if (desired === 0 && running === 0) return paint('yellow', 'none wanted');
  if (running === 0) return paint('red', `0 of ${desired}`);
  return paint(running === desired && healthy === running ? 'green' : 'red', text);
}

function sayReleases({ releases }: ProcessStatus): string {
  const name = ({ version, digest }: ProcessStatus['releases'][number]) =>
    version ?? `unrecorded ${shortDigest(digest)}`;
  const [only, ...others] = releases;
  if (only === undefined) return '–';
  return others.length === 0 ? name(only) : releases.map((one) => `${one.tasks} × ${name(one)}`).join(' and ');
}

function sayLast(last: LastAttempt | null, paint: Paint, now: number): string {
  if (last === null) return 'none';
  const { action, outcome, version, commit, by, at, reason } = last;
  const ending = outcome === 'good' ? paint('green', 'verified') : outcome === 'started' ? 'not finished' : outcome;
  const when = `${formatAge(now - Date.parse(at))} by ${by}`;
  return `${action} ${version}, ${ending}, ${when}, commit ${shortCommit(commit)}${reason === undefined ? '' : `: ${reason.split('\n')[0]}`}`;
}

function sayRollback({ environment, rollback }: Status, target: StatusStyle['target'], paint: Paint): string {
  return sayKnown(rollback, (way) => {
    if ('refused' in way) return paint('yellow', `not possible: ${way.refused}`);
    const command = stackCommand(target, 'rollback', environment, ...(way.evenFrozen ? ['--even-frozen'] : []));
    const time = way.time === undefined ? '' : ` ${sayRollbackTime(way.time)}`;
    return `possible, to ${way.to}${time}: ${command}`;
  });
}

function sayAlarms(report: Extract<Status['alarms'], { value: unknown }>['value'], paint: Paint, now: number): string {
  if ('none' in report) return `none: ${report.none}`;
  const silent = report.withoutData.length === 0 ? '' : `; without data: ${report.withoutData.join(', ')}`;
  if (report.firing.length === 0) return `none is firing${silent}`;
  const firing = report.firing.map(({ name, reason, since }) => {
    const age = since === undefined ? '' : `, since ${formatAge(now - Date.parse(since)).replace(/ ago$/, '')}`;
    return `${name}${age}: ${reason}`;
  });
  return `${paint('red', `${firing.length} firing`)}: ${firing.join('; ')}${silent}`;
}

function sayRun({ process, at, failed, unknown }: LastRun, paint: Paint, now: number): string {
  if (failed === undefined && at === undefined) {
    return `${process}: ${unknown === undefined ? 'no run has ended' : paint('yellow', `last run unknown: ${unknown}`)}`;
  }
  const when = at === undefined ? '' : ` ${formatAge(now - Date.parse(at))}`;
  return `${process}: last run${when}, ${failed === undefined ? paint('green', 'done') : paint('red', `failed: ${failed}`)}`;
}

function sayMaintenance({ recorded, shown }: MaintenanceStatus): string {
  if (recorded === null) return 'the load balancer shows a page that the history does not know';
  return shown === false ? `${startOf(recorded)}; the load balancer shows no page` : `on ${startOf(recorded)}`;
}

function sayExpiry(entry: ExpiryEntry | null, paint: Paint, now: number): string {
  if (entry === null) return 'never';
  const { expires, from } = entry;
  const over = Date.parse(expires) <= now;
  return `${over ? paint('yellow', `since ${expires}: prune removes it`) : `at ${expires}`}, made from ${from}`;
}

function sayKnown<Value>(known: Known<Value>, say: (value: Value) => string): string {
  return 'unknown' in known ? `unknown: ${known.unknown}` : say(known.value);
}

/** The label in a column of its own; a long text continues below its first word. */
function labelled(label: string, text: string, paint: Paint, width: number): readonly string[] {
  const indent = ' '.repeat(labelWidth + 2);
  const [first = '', ...rest] = wrapWords(text, width, indent);
  return [`${paint('dim', label.padEnd(labelWidth))}  ${first.trimStart()}`, ...rest];
}
