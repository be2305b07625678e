import { cpus } from 'node:os';
import { benchApp } from './app.ts';
import { benchDev } from './dev.ts';
import { benchLocal } from './local.ts';
import { benchProgram } from './program.ts';
import { type Row, renderTable } from './table.ts';

/** `npm run bench`: every figure that the README quotes, beside its floor, from one run on one machine. */
const parts: Readonly<Record<string, () => Promise<Row[]>>> = {
  app: benchApp,
  dev: benchDev,
  program: benchProgram,
  local: benchLocal,
};

const asked = process.argv.slice(2);
const rows: Row[] = [];
for (const [name, part] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`bench: ${name} …\n`);
  rows.push(...(await part()));
}
process.stdout.write(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}\n${renderTable(rows)}\n`,
);
