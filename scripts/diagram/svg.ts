import { looks } from './icons.ts';
import { type Box, type Layout, lineHeight, lineSize, type Point, titleSize } from './layout.ts';
import type { DiagramEdge, DiagramGroup } from './model.ts';

const font = "Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif";
const ink = '#0f172a';
const muted = '#475569';

const groupLooks: Readonly<Record<DiagramGroup['kind'], { fill: string; stroke: string; dash?: string }>> = {
  region: { fill: '#f8fafc', stroke: '#94a3b8' },
  vpc: { fill: '#f5f3ff', stroke: '#a78bfa' },
  subnets: { fill: '#ffffff', stroke: '#c4b5fd', dash: '5 4' },
  services: { fill: '#ffffff', stroke: '#cbd5e1', dash: '5 4' },
};

const edgeLooks: Readonly<Record<DiagramEdge['kind'], { stroke: string; width: number; dash?: string }>> = {
  request: { stroke: '#0f172a', width: 1.8 },
  support: { stroke: '#64748b', width: 1.3, dash: '4 4' },
};

/** The picture as one self-contained SVG: no script, no font, no link to anywhere. */
export function renderSvg(layout: Layout, title: string): string {
  const width = Math.ceil(layout.width);
  const height = Math.ceil(layout.height);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}" font-family="${font}">`,
    `<title>${escapeXml(title)}</title>`,
    '<defs>',
    ...Object.entries(edgeLooks).map(([kind, { stroke }]) => marker(kind, stroke)),
    '</defs>',
    `<rect width="${width}" height="${height}" rx="12" fill="#ffffff"/>`,
    ...layout.groups.map(({ group, box }) => renderGroup(group, box)),
    ...layout.edges.map(({ edge, points }) => renderEdge(edge, points)),
    ...layout.groups.map(({ group, box }) => renderGroupTitle(group, box)),
    ...layout.nodes.map(({ node, box }) => renderNode(node, box)),
    ...layout.edges.map(({ edge, label }) => renderLabel(edge, label)),
    '</svg>',
  ].join('\n')}\n`;
}

function marker(kind: string, colour: string): string {
  return `<marker id="arrow-${kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="${colour}"/></marker>`;
}

function renderGroup({ kind }: DiagramGroup, box: Box): string {
  const { fill, stroke, dash } = groupLooks[kind];
  const dashed = dash === undefined ? '' : ` stroke-dasharray="${dash}"`;
  return `<rect ${rectangle(box)} rx="10" fill="${fill}" stroke="${stroke}"${dashed}/>`;
}

/** Above the lines, with a halo: a line may have to pass below it. */
function renderGroupTitle({ kind, title }: DiagramGroup, box: Box): string {
  const weight = kind === 'region' || kind === 'vpc' ? 600 : 500;
  const x = round(box.x + 14);
  const y = round(box.y + 24);
  return `<text x="${x}" y="${y}" font-size="13" font-weight="${weight}" fill="${muted}" ${haloOf(groupLooks[kind].fill)}>${escapeXml(title)}</text>`;
}

function haloOf(colour: string): string {
  return `stroke="${colour}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"`;
}

function renderNode({ kind, title, lines }: Layout['nodes'][number]['node'], box: Box): string {
  const { colour, path } = looks[kind];
  const middle = round(box.y + box.height / 2 - 12);
  return [
    `<rect ${rectangle(box)} rx="8" fill="#ffffff" stroke="${colour}" stroke-width="1.2"/>`,
    `<path d="M${round(box.x + 8)} ${round(box.y)}h-0a8 8 0 0 0-8 8v${round(box.height - 16)}a8 8 0 0 0 8 8z" transform="translate(0 0)" fill="${colour}" fill-opacity="0.12"/>`,
    `<g transform="translate(${round(box.x + 14)} ${middle})" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"><path d="${path}"/></g>`,
    `<text x="${round(box.x + 48)}" y="${round(box.y + 22)}" font-size="${titleSize}" font-weight="600" fill="${ink}">${escapeXml(title)}</text>`,
    ...lines.map(
      (line, index) =>
        `<text x="${round(box.x + 48)}" y="${round(box.y + 22 + lineHeight * (index + 1))}" font-size="${lineSize}" fill="${muted}">${escapeXml(line)}</text>`,
    ),
  ].join('\n');
}

function renderEdge({ kind }: DiagramEdge, points: readonly Point[]): string {
  const { stroke, width, dash } = edgeLooks[kind];
  const dashed = dash === undefined ? '' : ` stroke-dasharray="${dash}"`;
  return `<path d="${roundedPath(points)}" fill="none" stroke="${stroke}" stroke-width="${width}"${dashed} marker-end="url(#arrow-${kind})"/>`;
}

function renderLabel({ label, kind }: DiagramEdge, box: Box): string {
  if (label === '') return '';
  const colour = kind === 'request' ? ink : muted;
  const x = round(box.x + box.width / 2);
  const y = round(box.y + box.height / 2 + 4);
  return `<text x="${x}" y="${y}" font-size="11" text-anchor="middle" fill="${colour}" ${haloOf('#ffffff')}>${escapeXml(label)}</text>`;
}

const cornerRadius = 8;

/** Straight lines whose corners are rounded, as far as the pieces beside them are long enough. */
function roundedPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const commands = [`M${round(first.x)} ${round(first.y)}`];
  let from = first;
  rest.forEach((corner, index) => {
    const next = rest[index + 1];
    if (next === undefined) {
      commands.push(`L${round(corner.x)} ${round(corner.y)}`);
      return;
    }
    const before = towards(corner, from);
    const after = towards(corner, next);
    commands.push(
      `L${round(before.x)} ${round(before.y)}Q${round(corner.x)} ${round(corner.y)} ${round(after.x)} ${round(after.y)}`,
    );
    from = corner;
  });
  return commands.join('');
}

function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(cornerRadius, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function rectangle({ x, y, width, height }: Box): string {
  return `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
}

/** Places to a tenth: no difference that one could see, and no noise in the file's history. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
