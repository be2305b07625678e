import { scaleLinear } from 'd3-scale';
import { escaped } from '../scripts/drill/report/text.ts';
import { median, type Row } from './table.ts';

interface Bar {
  readonly name: string;
  /** 1 is the target; less is better. */
  readonly share: number;
  readonly lowest: number;
  readonly highest: number;
}

const rowHeight = 40;
const margin = { top: 34, right: 14, bottom: 26, left: 14 };
/** Shares beyond are cut off, with their figure beside them. */
const largest = 2;

const style = `
svg{--page:#ffffff;--ink:#0f172a;--muted:#475569;--met:#15803d;--missed:#b45309}
@media (prefers-color-scheme:dark){svg{--page:#0d1117;--ink:#e6edf3;--muted:#9da7b3;--met:#4ade80;--missed:#fbbf24}}
text{font-family:Inter,'Helvetica Neue',Helvetica,Arial,sans-serif;font-size:13px;fill:var(--ink)}.note{fill:var(--muted);font-size:12px}`;

/** Each row that has a target, as a share of it: what ends left of the line meets it. */
export function drawFigures(rows: readonly Row[], width: number): string {
  const bars = rows.flatMap(barOf);
  const height = margin.top + bars.length * rowHeight + margin.bottom;
  const x = scaleLinear([0, largest], [margin.left, width - margin.right - 44]).clamp(true);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    '<title id="title">Figures as shares of their targets</title>',
    `<desc id="description">${bars.map(({ name, share }) => `${escaped(name)}: ${percent(share)} of the target`).join('; ')}</desc>`,
    `<style>${style}</style>`,
    `<rect width="${width}" height="${height}" rx="12" style="fill:var(--page)"/>`,
    `<text x="${x(1)}" y="20" text-anchor="middle" class="note">target</text>`,
    ...bars.flatMap((bar, index) => drawBar(bar, margin.top + index * rowHeight, x)),
    `<path d="M${x(1)} 26V${height - margin.bottom}" style="stroke:var(--muted);stroke-dasharray:3 3"/>`,
    `<text x="${margin.left}" y="${height - 9}" class="note">shorter is better</text>`,
    '</svg>\n',
  ].join('\n');
}

function drawBar({ name, share, lowest, highest }: Bar, top: number, x: (share: number) => number): readonly string[] {
  const middle = top + 26;
  const colour = share <= 1 ? 'met' : 'missed';
  return [
    `<text x="${x(0)}" y="${top + 13}">${escaped(name)}</text>`,
    `<rect x="${x(0)}" y="${middle - 6}" width="${Math.max(1, x(share) - x(0))}" height="12" rx="3" style="fill:var(--${colour})"/>`,
    `<path d="M${x(lowest)} ${middle}H${x(highest)}" style="stroke:var(--ink);stroke-width:1.5"/>`,
    `<text x="${Math.max(x(share), x(highest)) + 6}" y="${middle + 4}" class="note">${percent(share)}</text>`,
  ];
}

function barOf({ name, target, ours, floor = [] }: Row): readonly Bar[] {
  if (target === undefined) return [];
  // Nothing is no length: that none was lost is in the table.
  if ('atMost' in target)
    return target.atMost === 0
      ? []
      : [
          bar(
            name,
            ours.map((figure) => figure / target.atMost),
          ),
        ];
  const base = median(floor);
  const shares = ours.map((figure) =>
    target.better === 'lower' ? figure / base / target.ratio : (target.ratio * base) / figure,
  );
  return [bar(name, shares)];
}

function bar(name: string, shares: readonly number[]): Bar {
  const short = name.replace(/[;,].*$/, '');
  return { name: short, share: median(shares), lowest: Math.min(...shares), highest: Math.max(...shares) };
}

const percent = (share: number) => `${Math.round(share * 100)}%`;
