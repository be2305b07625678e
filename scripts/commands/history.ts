import type { Command } from 'commander';
import { shortCommit } from '../messages/commit.ts';
import { formatAge, formatSeconds } from '../messages/duration.ts';
import { stackCommand } from '../messages/next-command.ts';
import type { Paint } from '../output/paint.ts';
import type { Next } from '../output/summary.ts';
import { renderTable } from '../output/table.ts';
import { renderTimings, timedRows } from '../output/timings-text.ts';
import { visibleLength, widthOf, wrapWords } from '../output/wrap.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import { describeFreeze } from '../release/freeze.ts';
import type { History, HistoryRow, OperationRow } from '../release/history.ts';
import { startOf } from '../release/maintenance.ts';
import { slowestPhase, trendOf } from '../release/timings.ts';
import { shortDigest } from '../release/truth.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

interface HistoryOptions extends TargetOptions {
  readonly timings?: true;
}

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command)))
    .option('--timings', 'show how long the phases of the last ten releases were predicted to take, and took')
    .action(async (environment: string, options: HistoryOptions) => {
      await start(options, async ({ terminal, paint }) => {
        const startedAt = systemClock.now();
        const { history } = await import('../release/history.ts');
        const { openEnvironmentTarget } = await import('./session.ts');
        const target = await openEnvironmentTarget(terminal, options, environment);
        const found = await history(target, environment);
        const seconds = secondsSince(systemClock, startedAt);
        const now = systemClock.now();
        const render = () =>
          options.timings === true
            ? renderTimings(found.rows, paint, now, widthOf(terminal.stdout))
            : renderHistory(found, paint, now, widthOf(terminal.stdout));
        return {
          json: { ...found, ...(options.timings === true ? summaryOf(found) : {}), target: options.target, seconds },
          ...(found.rows.length === 0 && found.operations === undefined ? {} : { text: render() }),
          summary: {
            did: `${found.rows.length} ${found.rows.length === 1 ? 'attempt' : 'attempts'} on ${environment}`,
            ending: warningsOf(found).length > 0 ? 'attention' : found.rows.length === 0 ? 'nothing' : 'done',
            seconds,
            lines: warningsOf(found).map((line) => paint('yellow', line)),
            next: [nextOf(found, options)],
          },
        };
      });
    });
}

/** The same figures as the text has. */
function summaryOf({ rows }: History) {
  const timed = timedRows(rows).map(({ timings }) => timings);
  return { slowestPhase: slowestPhase(timed) ?? null, trend: trendOf(timed) ?? null };
}

/** What the next command on the environment will meet. */
function warningsOf({ environment, holds = [], frozen, maintenance, disagreement }: History): readonly string[] {
  return [
    ...(frozen === undefined ? [] : [`${describeFreeze(environment, frozen)}.`]),
    ...(maintenance === undefined ? [] : [`${environment} is in maintenance ${startOf(maintenance)}.`]),
    ...holds.map(({ version, at, by, reason }) => `${version} is on hold since ${at} (${by}): ${reason}.`),
    ...(disagreement === undefined ? [] : [`The platform disagrees: ${disagreement}.`]),
  ];
}

function nextOf({ environment, rows, disagreement }: History, { target }: TargetOptions): Next {
  if (disagreement !== undefined)
    return { command: stackCommand(target, 'up', environment), purpose: 'reconcile both' };
  return rows.some(({ running }) => running)
    ? { command: stackCommand(target, 'rollback', environment), purpose: 'roll back to an earlier release' }
    : { command: stackCommand(target, 'up', environment), purpose: 'deploy a release' };
}

const headings = ['', 'VERSION', 'WHEN', 'BY', 'COMMIT', 'ACTION', 'OUTCOME', 'TOOK', 'DIGEST'];
const indent = '   ';

/** Only an attempt to release has a commit and an image. */
type Row = HistoryRow | OperationRow;

/**
 * The latest first; what runs now is marked, and why something failed stands below it.
 * @param width of the terminal: where the table is wider, each attempt gets lines of its own
 */
export function renderHistory(
  { rows: attempts, operations = [] }: History,
  paint: Paint,
  now: number,
  width = Number.POSITIVE_INFINITY,
): string {
  // Attempts of the same moment stay in their order: both lists have the latest first.
  const rows: readonly Row[] = [...attempts, ...operations].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const cells = rows.map((row) => cellsOf(row, paint, now));
  const [heading = '', ...lines] = renderTable(headings, cells, paint);
  if (Math.max(...lines.map(visibleLength), visibleLength(heading)) > width) {
    return rows.map((row) => renderNarrow(row, paint, now, width).join('\n')).join('\n\n');
  }
  return [heading, ...lines.flatMap((line, index) => [line, ...notesOf(rows[index], paint, width)])].join('\n');
}

function cellsOf(row: Row, paint: Paint, now: number): readonly string[] {
  if ('what' in row) {
    return [
      ' ',
      row.version ?? '–',
      whenOf(row, now),
      row.by,
      '–',
      row.action,
      outcomeOf(row, paint),
      tookOf(row),
      '–',
    ];
  }
  return [
    row.running ? paint('green', '●') : ' ',
    row.running ? paint('bold', row.version) : row.version,
    whenOf(row, now),
    row.by,
    shortCommit(row.commit),
    row.action,
    outcomeOf(row, paint),
    tookOf(row),
    row.digest === '' ? '–' : shortDigest(row.digest),
  ];
}

function renderNarrow(row: Row, paint: Paint, now: number, width: number): readonly string[] {
  const [mark = ' ', version = ''] = cellsOf(row, paint, now);
  const facts = [`${row.action} ${outcomeOf(row, paint)}`, ...(row.seconds === 0 ? [] : [`took ${tookOf(row)}`])];
  const source =
    'what' in row ? [] : [`commit ${shortCommit(row.commit)}`, ...(row.digest === '' ? [] : [shortDigest(row.digest)])];
  return [
    `${mark}  ${version === '–' ? '' : `${version}  `}${facts.join(', ')}`,
    ...wrapWords(`${whenOf(row, now)} by ${row.by}`, width, indent),
    ...(source.length === 0 ? [] : wrapWords(source.join(', '), width, indent)),
    ...notesOf(row, paint, width),
  ];
}

/** Why it ended as it did, and which rules were set aside for it. */
function notesOf(row: Row | undefined, paint: Paint, width: number): readonly string[] {
  const isOperation = row !== undefined && 'what' in row;
  const { dirty, rolledBack, losses, frozen, oneWay, unknownMigrations } =
    (isOperation ? undefined : row?.accepted) ?? {};
  const notes = [
    ...(isOperation && row.what !== '' ? [firstLine(row.what)] : []),
    ...(row?.reason === undefined ? [] : [firstLine(row.reason)]),
    ...(dirty === undefined ? [] : [`accepted uncommitted changes: ${dirty}`]),
    ...(rolledBack === undefined ? [] : [`accepted a release on hold: ${rolledBack}`]),
    ...(losses === undefined ? [] : [`accepted the loss of ${losses.join(', ')}`]),
    ...(frozen === undefined ? [] : [`in spite of the freeze: ${frozen}`]),
    ...(oneWay === undefined ? [] : [`accepted that there is no rollback: ${oneWay}`]),
    ...(unknownMigrations === undefined ? [] : [`accepted unknown migrations: ${unknownMigrations.join(', ')}`]),
  ];
  return notes.flatMap((note) => wrapWords(note, width, indent)).map((line) => paint('dim', line));
}

function whenOf({ at }: Row, now: number): string {
  return `${formatAge(now - Date.parse(at))} (${at.slice(0, 19)}Z)`;
}

function tookOf({ seconds }: Row): string {
  return seconds === 0 ? '–' : formatSeconds(seconds);
}

function outcomeOf(row: Row, paint: Paint): string {
  const { outcome } = row;
  if (outcome === 'done') return outcome;
  if (outcome === 'good' && 'held' in row && row.held === true) return paint('yellow', 'good, on hold');
  if (outcome === 'good') return paint('green', outcome);
  if (outcome === 'started') return paint('yellow', 'unfinished');
  return paint(outcome === 'unverified' ? 'yellow' : 'red', outcome);
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
