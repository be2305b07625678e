export type Side = 'infra' | 'scripts' | 'app';

/** A part of a drawing, `columnWidth` wide, with its own origin. */
export interface Part {
  readonly height: number;
  readonly body: readonly string[];
}

export interface Drawing {
  readonly title: string;
  /** For readers who cannot see it. */
  readonly description: string;
  readonly parts: readonly Part[];
}

/** Two columns fit beside each other into a page of 830 px; one is legible on a phone. */
export const columnWidth = 396;
const margin = 12;
const space = 22;

/** Colours follow the reader's scheme: an image in a page sees `prefers-color-scheme` of the browser. */
const style = `
svg{--page:#ffffff;--ink:#0f172a;--muted:#475569;--line:#cbd5e1;--infra:#6d28d9;--infra-fill:#f5f3ff;--scripts:#1d4ed8;--scripts-fill:#eff6ff;--app:#15803d;--app-fill:#f0fdf4;--fail:#b91c1c}
@media (prefers-color-scheme:dark){svg{--page:#0d1117;--ink:#e6edf3;--muted:#9da7b3;--line:#3d444d;--infra:#c4b5fd;--infra-fill:#1e1b34;--scripts:#93c5fd;--scripts-fill:#13233f;--app:#86efac;--app-fill:#10261a;--fail:#fca5a5}}
text{font-family:Inter,'Helvetica Neue',Helvetica,Arial,sans-serif;fill:var(--ink)}
.heading{font-size:17px;font-weight:700}.title{font-size:14.5px;font-weight:600}.note{font-size:13px;fill:var(--muted)}
.file{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:12.5px;fill:var(--muted)}
.fail{fill:var(--fail)}.line{stroke:var(--muted);stroke-width:1.5;fill:none}
`.trim();

/** One self-contained SVG, no script, no font, no link: a column of all parts, or the first part next to the others. */
export function renderSheet({ title, description, parts }: Drawing, columns: 1 | 2): string {
  const placed = columns === 1 ? [parts] : [parts.slice(0, 1), parts.slice(1)];
  const width = margin + placed.length * (columnWidth + margin);
  const height = 2 * margin + Math.max(...placed.map(heightOf));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="description">${escapeXml(description)}</desc>`,
    `<style>${style}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" style="fill:var(--muted)"/></marker></defs>',
    `<rect width="${width}" height="${height}" rx="12" style="fill:var(--page)"/>`,
    ...placed.flatMap((column, index) => renderColumn(column, margin + index * (columnWidth + margin))),
    '</svg>',
  ].join('\n')}\n`;
}

function heightOf(column: readonly Part[]): number {
  return column.reduce((sum, { height }) => sum + height + space, -space);
}

function renderColumn(column: readonly Part[], x: number): readonly string[] {
  let y = margin;
  return column.flatMap(({ height, body }) => {
    const group = [`<g transform="translate(${x} ${y})">`, ...body, '</g>'];
    y += height + space;
    return group;
  });
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function renderBox(box: Box, side: Side): string {
  return `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="7" style="fill:var(--${side}-fill);stroke:var(--${side});stroke-width:1.2"/>`;
}

export function renderText(x: number, y: number, kind: string, text: string): string {
  return `<text x="${x}" y="${y}" class="${kind}">${escapeXml(text)}</text>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
