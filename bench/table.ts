import Table from 'cli-table3';

export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly floor?: number;
  /** The same on Nest's default adapter, as its documentation has one write it. */
  readonly usual?: number;
  readonly ours: number;
  /** A bound on ours ÷ floor, or on ours alone. It is printed, never asserted: a busy machine is not a regression. */
  readonly target?: { readonly ratio: number; readonly better: 'lower' | 'higher' } | { readonly atMost: number };
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function renderTable(rows: readonly Row[]): string {
  const table = new Table({
    head: ['', 'floor', 'Nest’s default', 'ours', 'ours ÷ floor', 'target', ''],
    style: { head: [], border: [] },
  });
  for (const row of rows) table.push(cells(row));
  return table.toString();
}

function cells(row: Row): string[] {
  const ratio = row.floor === undefined ? undefined : row.ours / row.floor;
  const { text, met } = judge(row, ratio);
  return [
    row.name,
    row.floor === undefined ? '–' : `${rounded(row.floor)} ${row.unit}`,
    row.usual === undefined ? '–' : `${rounded(row.usual)} ${row.unit}`,
    `${rounded(row.ours)} ${row.unit}`,
    ratio === undefined ? '–' : `${ratio.toFixed(2)} ×`,
    text,
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ];
}

function judge({ target, ours, unit }: Row, ratio = Number.NaN): { text: string; met?: boolean } {
  if (target === undefined) return { text: '' };
  if ('atMost' in target) return { text: `≤ ${target.atMost} ${unit}`, met: ours <= target.atMost };
  return target.better === 'lower'
    ? { text: `≤ ${Number(target.ratio.toFixed(2))} ×`, met: ratio <= target.ratio }
    : { text: `≥ ${target.ratio} ×`, met: ratio >= target.ratio };
}

const rounded = (figure: number) => figure.toFixed(figure >= 100 ? 0 : figure >= 1 ? 1 : 3);
