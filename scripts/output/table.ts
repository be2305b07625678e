import Table from 'cli-table3';
import type { Paint } from './paint.ts';
import { visibleLength, wrapWords } from './wrap.ts';

/** No borders, two spaces between columns: it survives copying and CI logs. */
const bare = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

const gap = bare.middle.length;

/**
 * The lines of a table, headings first.
 *
 * @param width columns of the terminal: where the table is wider, cells of the widest columns continue on further lines.
 * Words are never cut: a table of long words stays wider.
 */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
  width = Number.POSITIVE_INFINITY,
): readonly string[] {
  const table = new Table({
    head: headings.map((heading) => paint('dim', heading)),
    chars: bare,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  const widths = fittingWidths([headings, ...rows], width);
  const fit = (cell: string, columnWidth = width) =>
    visibleLength(cell) > columnWidth ? wrapWords(cell, columnWidth).join('\n') : cell;
  table.push(...rows.map((row) => row.map((cell, index) => fit(cell, widths[index]))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** Takes from the column that is widest, until all fit or none can be narrower. */
function fittingWidths(rows: readonly (readonly string[])[], width: number): readonly number[] {
  const count = Math.max(0, ...rows.map(({ length }) => length));
  const columns = Array.from({ length: count }, (_, index) => rows.map((row) => row[index] ?? ''));
  const widths = columns.map((cells) => Math.max(0, ...cells.map(visibleLength)));
  const least = columns.map((cells) => Math.max(0, ...cells.flatMap((cell) => cell.split(' ').map(visibleLength))));
  const total = () => widths.reduce((sum, one) => sum + one, gap * (count - 1));
  while (total() > width) {
    const wide = widths.map((one, index) => (one > (least[index] ?? one) ? one : 0));
    const widest = wide.indexOf(Math.max(0, ...wide));
    if ((wide[widest] ?? 0) === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
