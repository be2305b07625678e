import Table from 'cli-table3';

export interface Row {
  readonly name: string;
  readonly unit: string;
  /** Each that was measured. */
  readonly floor?: readonly number[];
  /** The same on Nest's default adapter, as its documentation has one write it. */
  readonly usual?: readonly number[];
  readonly ours: readonly number[];
  /** A bound on ours ÷ floor, or on ours alone. It is printed, never asserted: a busy machine is not a regression. */
  readonly target?: { readonly ratio: number; readonly better: 'lower' | 'higher' } | { readonly atMost: number };
}

export const columns = ['', 'floor', 'Nest’s default', 'ours', 'ours ÷ floor', 'target', ''] as const;

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function renderTable(rows: readonly Row[]): string {
  const table = new Table({ head: [...columns], style: { head: [], border: [] } });
  for (const row of rows) table.push(cellsOf(row));
  return table.toString();
}

/** A row as texts, one for each of {@link columns}. */
export function cellsOf(row: Row): string[] {
  const ratio = row.floor === undefined ? undefined : median(row.ours) / median(row.floor);
  const { text, met } = judge(row, ratio);
  return [
    row.name,
    row.floor === undefined ? '–' : spread(row.floor, row.unit),
    row.usual === undefined ? '–' : spread(row.usual, row.unit),
    spread(row.ours, row.unit),
    ratio === undefined ? '–' : `${ratio.toFixed(2)} ×`,
    text,
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ];
}

function judge({ target, ours, unit }: Row, ratio = Number.NaN): { text: string; met?: boolean } {
  if (target === undefined) return { text: '' };
  if ('atMost' in target) return { text: `≤ ${target.atMost} ${unit}`, met: median(ours) <= target.atMost };
  return target.better === 'lower'
    ? { text: `≤ ${target.ratio} ×`, met: ratio <= target.ratio }
    : { text: `≥ ${target.ratio} ×`, met: ratio >= target.ratio };
}

/** The median, and from the lowest to the highest where they differ. */
function spread(figures: readonly number[], unit: string): string {
  const said = `${rounded(median(figures))} ${unit}`.trim();
  const [lowest, highest] = [Math.min(...figures), Math.max(...figures)].map(rounded);
  return lowest === highest ? said : `${said} (${lowest} to ${highest})`;
}

const rounded = (figure: number) => figure.toFixed(figure >= 100 || figure === 0 ? 0 : figure >= 1 ? 1 : 3);
