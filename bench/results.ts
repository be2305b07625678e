import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { costsOf } from './capacity/measure.ts';
import { drawCapacity, renderCapacity } from './capacity/page.ts';
import { drawFigures } from './picture.ts';
import { cellsOf, columns, median, type Row } from './table.ts';

/** Rows that were measured in one run. */
export interface Part {
  readonly at: string;
  /** Of the release that was measured; `-dirty` with changes. */
  readonly commit: string;
  readonly machine: string;
  /** Load average of one minute before it began: what else the machine did. */
  readonly loadBefore: number;
  readonly rows: readonly Row[];
}

export type Results = Readonly<Record<string, Part>>;

const directory = join(import.meta.dirname, 'results');
const source = join(directory, 'figures.json');
const begin = '<!-- figures: `npm run bench -- --save` -->';
const end = '<!-- end of figures -->';

export function readResults(): Results {
  return JSON.parse(readFileSync(source, 'utf8')) as Results;
}

/** The files that follow from the results, by their path in the repository. */
export function filesOf(results: Results, readme: string): Readonly<Record<string, string>> {
  const table = renderMarkdown(results);
  const pictures = Object.fromEntries(
    Object.entries({ 'figures.svg': 828, 'figures-narrow.svg': 396 }).map(([name, width]) => [
      `bench/results/${name}`,
      drawFigures(rowsOf(results), width),
    ]),
  );
  const at = { begin: readme.indexOf(begin), end: readme.indexOf(end) };
  if (at.begin < 0 || at.end < at.begin) throw new Error(`README.md has no place for figures: ${begin} … ${end}`);
  return {
    ...pictures,
    ...capacityFiles(results),
    'bench/results/figures.md': `# Figures\n\n${table}`,
    'README.md': `${readme.slice(0, at.begin)}${begin}\n${table}${readme.slice(at.end)}`,
  };
}

const notMeasured = 'Not measured yet: `npm run bench capacity -- --save`.\n';

function capacityFiles(results: Results): Readonly<Record<string, string>> {
  const costs = costsOf(rowsOf(results), median);
  const text = `# What a load needs\n\n${costs === undefined ? notMeasured : renderCapacity(costs)}`;
  if (costs === undefined) return { 'bench/results/capacity.md': text };
  return {
    'bench/results/capacity.md': text,
    'bench/results/capacity.svg': drawCapacity(costs, 828),
    'bench/results/capacity-narrow.svg': drawCapacity(costs, 396),
  };
}

/** Keeps the rows of parts that were not measured this time. */
export function saveResults(measured: Results): void {
  const results = { ...readResults(), ...measured };
  writeFileSync(source, `${JSON.stringify(results, null, 2)}\n`);
  const project = join(import.meta.dirname, '..');
  const files = filesOf(results, readFileSync(join(project, 'README.md'), 'utf8'));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(project, path), text);
}

function renderMarkdown(results: Results): string {
  if (Object.keys(results).length === 0) return 'None has been saved of this version yet.\n';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(columns), line(columns.map(() => '---')), ...rowsOf(results).map((row) => line(cellsOf(row)))];
  const runs = Object.entries(results).map(
    ([name, { at, commit, machine, loadBefore }]) =>
      `- ${name}: ${at.slice(0, 10)}, commit ${commit}, ${machine}, load average before it ${loadBefore.toFixed(1)}`,
  );
  return `${table.join('\n')}\n\nEach is a median, with the lowest and the highest where they differ. Floor: the least that does the same (\`node:http\` and \`pg\`; for the program, its files checked and compiled at each start). Measured:\n\n${runs.join('\n')}\n`;
}

function rowsOf(results: Results): readonly Row[] {
  return Object.values(results).flatMap(({ rows }) => rows);
}
