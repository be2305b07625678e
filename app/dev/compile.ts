import { writeFileSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { type InputOptions, type OutputOptions, rolldown } from 'rolldown';
import { compilation } from '../build/bundle.ts';
import { containedMigrations } from '../src/migrate/contained-migrations.ts';

/**
 * Compiles the sources and leaves the packages where they are, which `packages.mjs` loads: a tenth of what a build for the
 * image takes.
 * Errors of the compiler reject, with file, line and code frame in the message.
 */
export async function compile(app: string, dist: string): Promise<void> {
  const input = { main: 'src/main.ts', worker: 'src/worker.ts', migrate: 'src/migrate.ts', docs: 'build/docs.ts' };
  const output = await write(app, input, {
    dir: dist,
    sourcemap: true,
    entryFileNames: '[name].mjs',
    chunkFileNames: 'chunks/[name].mjs',
  });
  const imported = output.flatMap((file) => (file.type === 'chunk' ? file.imports : []));
  const packages = new Set(imported.filter((id) => isPackage(id) && !id.endsWith('.mjs')));
  writeFileSync(join(dist, 'packages.mjs'), [...packages].map((id) => `import ${JSON.stringify(id)};\n`).join(''));
}

/** They are found by listing their folder, so nothing else may be in it. */
export async function compileMigrations(app: string, directory: string): Promise<void> {
  for (const { file } of containedMigrations(join(app, 'migrations'))) {
    await write(app, file, {
      file: join(directory, `${basename(file, '.ts')}.mjs`),
      sourcemap: 'inline',
    });
  }
}

async function write(app: string, input: NonNullable<InputOptions['input']>, options: OutputOptions) {
  const build = await rolldown({ ...compilation, cwd: app, input, external: isPackage });
  // Packages that are ES modules alone can be imported by nothing else.
  const { output } = await build.write({ ...options, format: 'esm' });
  await build.close();
  return output;
}

/** The helpers of decorators are the compiler's own, and nowhere on disk. */
const isPackage = (id: string) =>
  !id.startsWith('.') && !isAbsolute(id) && !/^(src|build)\//.test(id) && !id.startsWith('@oxc-project/runtime/');
