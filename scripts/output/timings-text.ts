import { formatAge, formatSeconds } from '../messages/duration.ts';
import type { HistoryRow } from '../release/history.ts';
import type { Timings } from '../release/ledger.ts';
import { compareTimings, servedAfterSeconds, slowestPhase, trendOf } from '../release/timings.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';
import { wrapLine } from './wrap.ts';

/** Releases that are looked at. */
export const latestReleases = 10;

type TimedRow = HistoryRow & { readonly timings: Timings };

/** The latest releases of which the phases are known, newest first. */
export function timedRows(rows: readonly HistoryRow[]): readonly TimedRow[] {
  return rows.filter((row): row is TimedRow => row.timings !== undefined).slice(0, latestReleases);
}

/** One line for each phase of each release: predicted and measured, and why they differ; then what most time went into. */
export function renderTimings(rows: readonly HistoryRow[], paint: Paint, now: number, width?: number): string {
  const timed = timedRows(rows);
  if (timed.length === 0) return 'No release has recorded how long its phases took.';
  const lines = renderTable(
    ['VERSION', 'WHEN', 'ACTION', 'PHASE', 'PREDICTED', 'TOOK', ''],
    timed.flatMap((row) => cellsOf(row, paint, now)),
    paint,
    width,
  );
  const summary = summaryOf(timed.map(({ timings }) => timings));
  return [...lines, '', ...summary.flatMap((line) => wrapLine(line, width ?? Number.POSITIVE_INFINITY))].join('\n');
}

function cellsOf(row: TimedRow, paint: Paint, now: number): readonly (readonly string[])[] {
  const limits = row.timings.predicted.filter(({ basis }) => basis === 'limit').map(({ name }) => name);
  return compareTimings(row.timings).map(({ phases, predicted, measured, ongoing, agrees, why = '' }, index) => {
    const limit = phases.some((phase) => limits.includes(phase)) ? '≤ ' : '';
    return [
      ...(index === 0 ? [row.version, formatAge(now - Date.parse(row.at)), row.action] : ['', '', '']),
      phases.join(' and '),
      predicted === undefined ? '–' : `${limit}${formatSeconds(predicted)}`,
      `${ongoing ? '> ' : ''}${formatSeconds(measured)}`,
      agrees ? paint('green', `✓ within ${withinQuarter(measured, predicted) ? '25 %' : '1 s'}`) : paint('yellow', why),
    ];
  });
}

/** Otherwise both are within what platforms can tell apart. */
function withinQuarter(measured: number, predicted = 0): boolean {
  return Math.abs(measured - predicted) <= predicted / 4;
}

function summaryOf(timings: readonly Timings[]): readonly string[] {
  const slowest = slowestPhase(timings);
  const trend = trendOf(timings);
  const latest = timings[0] === undefined ? undefined : servedAfterSeconds(timings[0]);
  const count = timings.length === 1 ? 'the only release' : `the last ${timings.length} releases`;
  return [
    ...(slowest === undefined
      ? []
      : [
          `slowest phase of ${count}: ${slowest.phases.join(' and ')}, ${formatSeconds(slowest.seconds)} on average, ${Math.round(slowest.share * 100)} % of what was measured`,
        ]),
    ...(latest === undefined ? [] : [`all requests reached the last one after ${formatSeconds(latest)}`]),
    ...(trend === undefined
      ? []
      : [`trend: ${formatSeconds(trend.before)} before, ${formatSeconds(trend.now)} in the newer half (medians)`]),
  ];
}
