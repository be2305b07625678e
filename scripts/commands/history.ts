import type { Command } from 'commander';
import { shortCommit } from '../messages/commit.ts';
import { formatAge, formatSeconds } from '../messages/duration.ts';
import { stackCommand } from '../messages/next-command.ts';
import type { Paint } from '../output/paint.ts';
import type { Next } from '../output/summary.ts';
import { renderTable } from '../output/table.ts';
import { secondsSince, systemClock } from '../release/clock.ts';
import type { History, HistoryRow } from '../release/history.ts';
import { shortDigest } from '../release/truth.ts';
import type { Start } from './definition.ts';
import { environmentArgument, jsonOption, targetOption } from './options.ts';
import type { TargetOptions } from './session.ts';

export function define(command: Command, start: Start): void {
  jsonOption(targetOption(environmentArgument(command))).action(async (environment: string, options: TargetOptions) => {
    await start(options, async ({ terminal, paint }) => {
      const startedAt = systemClock.now();
      const { history } = await import('../release/history.ts');
      const { openEnvironmentTarget } = await import('./session.ts');
      const target = await openEnvironmentTarget(terminal, options, environment);
      const found = await history(target, environment);
      const seconds = secondsSince(systemClock, startedAt);
      return {
        json: { ...found, target: options.target, seconds },
        ...(found.rows.length === 0 ? {} : { text: renderHistory(found, paint, systemClock.now()) }),
        summary: {
          did: `${found.rows.length} ${found.rows.length === 1 ? 'attempt' : 'attempts'} on ${environment}`,
          ending: found.disagreement !== undefined ? 'attention' : found.rows.length === 0 ? 'nothing' : 'done',
          seconds,
          lines:
            found.disagreement === undefined ? [] : [paint('yellow', `The platform disagrees: ${found.disagreement}.`)],
          next: [nextOf(found, options)],
        },
      };
    });
  });
}

function nextOf({ environment, rows, disagreement }: History, { target }: TargetOptions): Next {
  if (disagreement !== undefined)
    return { command: stackCommand(target, 'up', environment), purpose: 'bring both in step' };
  return rows.some(({ running }) => running)
    ? { command: stackCommand(target, 'rollback', environment), purpose: 'go back to an earlier release' }
    : { command: stackCommand(target, 'up', environment), purpose: 'bring it up' };
}

const headings = ['', 'VERSION', 'WHEN', 'BY', 'COMMIT', 'ACTION', 'OUTCOME', 'TOOK', 'DIGEST'];

/** The latest first; what runs now is marked, and why something failed stands below it. */
export function renderHistory({ rows }: History, paint: Paint, now: number): string {
  const lines = renderTable(
    headings,
    rows.map((row) => cellsOf(row, paint, now)),
    paint,
  );
  const [heading = '', ...body] = lines;
  return [
    heading,
    ...body.flatMap((line, index) => {
      const reason = rows[index]?.reason;
      return reason === undefined ? [line] : [line, paint('dim', `   ${firstLine(reason)}`)];
    }),
  ].join('\n');
}

function cellsOf(row: HistoryRow, paint: Paint, now: number): readonly string[] {
  const when = `${formatAge(now - Date.parse(row.at))} (${row.at.slice(0, 19)}Z)`;
  return [
    row.running ? paint('green', '●') : ' ',
    row.running ? paint('bold', row.version) : row.version,
    when,
    row.by,
    shortCommit(row.commit),
    row.action,
    outcomeOf(row, paint),
    row.seconds === 0 ? '–' : formatSeconds(row.seconds),
    row.digest === '' ? '–' : shortDigest(row.digest),
  ];
}

function outcomeOf({ outcome }: HistoryRow, paint: Paint): string {
  if (outcome === 'good') return paint('green', outcome);
  if (outcome === 'started') return paint('yellow', 'unfinished');
  return paint(outcome === 'unverified' ? 'yellow' : 'red', outcome);
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
