import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { benchApp } from './app.ts';
import { benchCapacity } from './capacity/measure.ts';
import { benchDev } from './dev.ts';
import { benchLocal } from './local.ts';
import { benchProgram } from './program.ts';
import { type Part, saveResults } from './results.ts';
import { type Row, renderTable } from './table.ts';

/**
 * `npm run bench`: every figure that the README quotes, beside its floor, from one run on one machine. With `--save` it
 * becomes what the README quotes: bench/results.
 */
const parts: Readonly<Record<string, () => Promise<Row[]>>> = {
  app: benchApp,
  dev: benchDev,
  program: benchProgram,
  local: benchLocal,
  capacity: benchCapacity,
};

const save = process.argv.includes('--save');
const asked = process.argv.slice(2).filter((argument) => argument !== '--save');
const unknown = asked.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(', ')}: ${Object.keys(parts).join(', ')}.\n`);
  process.exit(2);
}
const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`;
const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname }).trim();
const commit = `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '-dirty'}`;
const measured: Record<string, Part> = {};
for (const [name, part] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`bench: ${name} …\n`);
  const [loadBefore = 0] = loadavg();
  const at = new Date().toISOString();
  measured[name] = { at, commit, machine, loadBefore, rows: await part() };
  // At once: a later part that fails takes nothing with it.
  if (save) saveResults(measured);
}
process.stdout.write(`${machine}\n${renderTable(Object.values(measured).flatMap(({ rows }) => rows))}\n`);
if (save) process.stderr.write('Saved to bench/results and README.md.\n');
