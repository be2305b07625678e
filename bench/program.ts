import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Row } from './table.ts';

const project = resolve(import.meta.dirname, '..');
const runs = 5;

/**
 * An evaluation of the program: from its process until every resource is recorded, which a `pulumi preview` waits for.
 * Beside it the same files as the stock TypeScript layout treats them on a cold cache: checked and compiled first.
 */
export async function benchProgram(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-program-'));
  try {
    const stock = stockLayout(directory);
    const ours = join(directory, 'ours.mjs');
    writeFileSync(ours, evaluation(`${project}/infra/graph/evaluate.ts`));
    const figures = { stock: [] as number[], ours: [] as number[] };
    for (let run = 0; run < runs; run += 1) {
      figures.ours.push(seconds([ours], project));
      figures.stock.push(seconds(stock.argv, stock.directory));
    }
    return [
      {
        name: 'evaluation of the program; floor: the same files checked and compiled each time',
        unit: 's',
        floor: figures.stock,
        ours: figures.ours,
        target: { ratio: 0.18, better: 'lower' },
      },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const evaluation = (module: string) =>
  `import { evaluate } from ${JSON.stringify(module)};
const { resources } = await evaluate('staging', { projectDirectory: process.cwd() });
if (resources.length < 40) throw new Error(\`Only \${resources.length} resources\`);
`;

/** A copy of the program that the TypeScript compiler loads at each start. */
function stockLayout(directory: string): { readonly argv: readonly string[]; readonly directory: string } {
  const copy = join(directory, 'stock');
  for (const part of ['infra', 'app', 'package.json', 'package-lock.json', '.dockerignore']) {
    cpSync(join(project, part), join(copy, part), {
      recursive: true,
      filter: (path) => !/node_modules|\.test\.ts$|dist/.test(path),
    });
  }
  for (const file of ['Pulumi.yaml', 'Pulumi.staging.yaml']) cpSync(join(project, file), join(copy, file));
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'));
  const base = JSON.parse(execFileSync('npx', ['tsc', '--showConfig'], { cwd: project, encoding: 'utf8' }));
  const compilerOptions = {
    ...base.compilerOptions,
    noEmit: undefined,
    rewriteRelativeImportExtensions: true,
    allowImportingTsExtensions: undefined,
  };
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['infra'] }));
  writeFileSync(join(copy, 'start.mjs'), stockStart);
  return { argv: ['start.mjs'], directory: copy };
}

const stockStart = `import { execFileSync } from 'node:child_process';
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], { stdio: 'inherit' });
const { evaluate } = await import('./infra/graph/evaluate.js');
const { resources } = await evaluate('staging', { projectDirectory: process.cwd() });
if (resources.length < 40) throw new Error(\`Only \${resources.length} resources\`);
`;

function seconds(argv: readonly string[], directory: string): number {
  const startedAt = performance.now();
  execFileSync(process.execPath, argv, { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
  return (performance.now() - startedAt) / 1000;
}
