import { scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { escaped } from '../../scripts/drill/report/text.ts';
import type { Costs } from './measure.ts';
import { type Capacity, capacityFor, largestLoad, loads, zones } from './model.ts';

const number = (figure: number) =>
  figure >= 1000 ? Math.round(figure).toLocaleString('en-US') : `${Math.round(figure)}`;

/** The model's answers as a table. */
export function renderCapacity(costs: Costs): string {
  const rows = loads.map((load) => capacityFor(load, costs));
  const cells = rows.map((row) => [
    number(row.requestsPerSecond),
    number(row.tasks),
    number(row.pool),
    number(row.connections),
    row.databaseVcpus < 10 ? row.databaseVcpus.toFixed(1) : number(row.databaseVcpus),
    row.instanceClass === undefined ? '–' : `\`${row.instanceClass}\``,
    row.nodeType === undefined ? '–' : `\`${row.nodeType}\``,
    row.balancerUnits < 10 ? row.balancerUnits.toFixed(1) : number(row.balancerUnits),
    row.limit === undefined ? '' : `${row.limit} at its end`,
  ]);
  const head = [
    'requests/s',
    'API tasks of 1 vCPU',
    'connections of a task',
    'connections in a rollout',
    'vCPUs Postgres uses',
    'RDS class',
    'Valkey node',
    'ALB units',
    '',
  ];
  const text = [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n');
  const end = largestLoad(costs);
  const { limit } = capacityFor(end * 1.1, costs);
  return `${text}

The stack ends at about **${number(end)} requests/s**${limit === undefined ? '' : `: ${limit} at its end`}. Tasks are spread over ${zones} Availability Zones, so many that the others carry the peak when one is lost. No prices: \`stack cost\` takes AWS's for the sizes that an environment has.
`;
}

const margin = { top: 34, right: 20, bottom: 44, left: 46 };
const height = 300;

const style = `
svg{--page:#ffffff;--ink:#0f172a;--muted:#475569;--grid:#e2e8f0;--tasks:#2563eb;--database:#b45309}
@media (prefers-color-scheme:dark){svg{--page:#0d1117;--ink:#e6edf3;--muted:#9da7b3;--grid:#21262d;--tasks:#60a5fa;--database:#fbbf24}}
text{font-family:Inter,'Helvetica Neue',Helvetica,Arial,sans-serif;font-size:13px;fill:var(--ink)}.note{fill:var(--muted);font-size:12px}`;

/** API tasks and Postgres's vCPUs over the load, and where the stack ends. */
export function drawCapacity(costs: Costs, width: number): string {
  const rows = loads.map((load) => capacityFor(load, costs));
  const most = Math.max(...rows.map(({ tasks }) => tasks));
  const x = scaleLog([loads[0] ?? 1, loads.at(-1) ?? 1], [margin.left, width - margin.right]);
  const y = scaleLog([0.1, 10 ** Math.ceil(Math.log10(most))], [height - margin.bottom, margin.top]);
  const end = largestLoad(costs);
  const curve = (of: (row: Capacity) => number) =>
    line<Capacity>(
      (row) => x(row.requestsPerSecond),
      (row) => y(Math.max(0.1, of(row))),
    )(rows) ?? '';
  const powers = (from: number, to: number) =>
    Array.from({ length: Math.round(Math.log10(to / from)) + 1 }, (_, index) => from * 10 ** index);
  const [, top = 1] = y.domain();
  const lines: readonly string[] = [
    ...powers(0.1, top).flatMap((value) => [
      `<path d="M${margin.left} ${y(value)}H${width - margin.right}" style="stroke:var(--grid)"/>`,
      `<text x="${margin.left - 6}" y="${y(value) + 4}" text-anchor="end" class="note">${value < 1 ? value.toFixed(1) : number(value)}</text>`,
    ]),
    ...powers(10, 100_000).map(
      (value) =>
        `<text x="${x(value)}" y="${height - margin.bottom + 18}" text-anchor="middle" class="note">${value >= 1000 ? `${value / 1000}k` : value}</text>`,
    ),
    `<text x="${(margin.left + width - margin.right) / 2}" y="${height - 8}" text-anchor="middle" class="note">requests/s</text>`,
    `<path d="${curve(({ tasks }) => tasks)}" style="fill:none;stroke:var(--tasks);stroke-width:2"/>`,
    `<path d="${curve(({ databaseVcpus }) => databaseVcpus)}" style="fill:none;stroke:var(--database);stroke-width:2"/>`,
    `<rect x="${margin.left}" y="10" width="10" height="10" style="fill:var(--tasks)"/><text x="${margin.left + 15}" y="19">API tasks</text>`,
    `<rect x="${margin.left + 96}" y="10" width="10" height="10" style="fill:var(--database)"/><text x="${margin.left + 111}" y="19">vCPUs Postgres uses</text>`,
    ...(end > (loads.at(-1) ?? 0) ? [] : drawEnd(x(end), end)),
  ];
  const description = rows
    .map(
      ({ requestsPerSecond, tasks, databaseVcpus }) =>
        `${number(requestsPerSecond)}/s: ${tasks} tasks, ${databaseVcpus.toFixed(1)} vCPUs`,
    )
    .join('; ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    '<title id="title">What a load needs</title>',
    `<desc id="description">${escaped(description)}</desc>`,
    `<style>${style}</style>`,
    `<rect width="${width}" height="${height}" rx="12" style="fill:var(--page)"/>`,
    ...lines,
    '</svg>\n',
  ].join('\n');
}

function drawEnd(at: number, load: number): readonly string[] {
  return [
    `<path d="M${at} ${margin.top}V${height - margin.bottom}" style="stroke:var(--ink);stroke-dasharray:4 3"/>`,
    `<text x="${at - 6}" y="${margin.top + 14}" text-anchor="end">ends at ${number(load)}/s</text>`,
  ];
}
