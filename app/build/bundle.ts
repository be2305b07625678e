import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type InputOptions, type OutputOptions, rolldown } from 'rolldown';
import { bundleName } from '../src/launch/bundle.ts';
import { containedMigrations } from '../src/migrate/contained-migrations.ts';
import { asciiOnly } from './ascii-only.ts';
import { leaveOut } from './leave-out.ts';

const app = join(import.meta.dirname, '..');
const dist = join(app, 'dist');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
// The workspace's package.json would make these files ES modules.
writeFileSync(join(dist, 'package.json'), '{"type":"commonjs"}\n');

await Promise.all([
  bundle('src/main.ts', bundleName),
  bundle('src/launch/main.ts', 'main.js'),
  bundle('src/migrate.ts', 'migrate.js'),
  bundle('src/healthcheck.ts', 'healthcheck.js'),
  ...containedMigrations(join(app, 'migrations')).map(({ file }) =>
    bundle(file, `migrations/${basename(file, '.ts')}.mjs`, { format: 'esm' }),
  ),
]);

await writeDocs();

for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' }).toSorted()) {
  process.stdout.write(`${file}\n`);
}

/** The controllers know what /docs says; they are TypeScript with decorators, so they are bundled to be asked. */
async function writeDocs(): Promise<void> {
  const file = 'docs.mjs';
  await bundle('build/docs.ts', file, { format: 'esm' });
  const { writeDocs: write } = await import(pathToFileURL(join(dist, file)).href);
  write(app, join(dist, 'docs'));
  rmSync(join(dist, file));
}

async function bundle(input: string, output: string, options: OutputOptions = {}): Promise<void> {
  const build = await rolldown({
    cwd: app,
    input,
    platform: 'node',
    // tsconfig.json extends the one at the root of the repository, which is not part of the image's context.
    tsconfig: false,
    transform: { target: 'node24', decorator: { legacy: true, emitDecoratorMetadata: true } },
    plugins: [leaveOut, asciiOnly],
  } satisfies InputOptions);
  await build.write({ file: join(dist, output), format: 'cjs', codeSplitting: false, minify: false, ...options });
  await build.close();
}
