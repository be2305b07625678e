import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type InputOptions, type OutputOptions, rolldown } from 'rolldown';
import { bundleNameOf, type Entry } from '../src/launch/bundle.ts';
import { containedMigrations } from '../src/migrate/contained-migrations.ts';
import { asciiOnly } from './ascii-only.ts';
import { leaveOut } from './leave-out.ts';

const app = join(import.meta.dirname, '..');

/** How TypeScript becomes JavaScript, in an image and while developing. */
export const compilation = {
  platform: 'node',
  // tsconfig.json extends the one at the root of the repository, which is not part of the image's context.
  tsconfig: false,
  transform: { target: 'node24', decorator: { legacy: true, emitDecoratorMetadata: true } },
} satisfies InputOptions;

/** What writes /docs, with chunks of the API. It has no place in an image. */
export const docsBundleOf = (dist: string) => join(dist, 'docs.cjs');

/** Of what logs stacks. The other files are small, and each is one source. */
const withSourceMap = { sourcemap: 'hidden' } as const;

/** Writes to `dist` all that the image holds but the code cache and what /docs serves, and `docs.cjs`, which writes that. */
export async function bundleApp(dist: string): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  // The workspace's package.json would make these files ES modules.
  writeFileSync(join(dist, 'package.json'), '{"type":"commonjs"}\n');
  await Promise.all([
    bundleServices(dist),
    bundle('src/launch/main.ts', join(dist, 'main.js')),
    bundle('src/launch/worker.ts', join(dist, 'worker.js')),
    bundle('src/migrate.ts', join(dist, 'migrate.js'), withSourceMap),
    bundle('src/healthcheck.ts', join(dist, 'healthcheck.js')),
    bundleMigrations(join(dist, 'migrations')),
  ]);
}

/**
 * What is imported dynamically becomes a chunk, and so does what several entries need. What writes /docs reads the
 * metadata of the API's controllers: as an entry beside the API it has them without being bundled a second time.
 */
async function bundleServices(dist: string): Promise<void> {
  const input = {
    main: 'src/main.ts',
    worker: 'src/worker.ts',
    docs: 'build/docs.ts',
  } satisfies Record<Entry | 'docs', string>;
  await write(input, {
    dir: dist,
    entryFileNames: ({ name }) => (name === 'main' || name === 'worker' ? bundleNameOf(name) : `${name}.cjs`),
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    codeSplitting: true,
    ...withSourceMap,
  });
}

async function bundleMigrations(directory: string): Promise<void> {
  const migrations = containedMigrations(join(app, 'migrations'));
  await Promise.all(
    migrations.map(({ file }) => bundle(file, join(directory, `${basename(file, '.ts')}.mjs`), { format: 'esm' })),
  );
}

async function bundle(input: string, file: string, options: OutputOptions = {}): Promise<void> {
  await write(input, { file, codeSplitting: false, ...options });
}

async function write(input: NonNullable<InputOptions['input']>, options: OutputOptions): Promise<void> {
  const build = await rolldown({ ...compilation, cwd: app, input, plugins: [...leaveOut, asciiOnly] });
  await build.write({ format: 'cjs', minify: false, ...options });
  await build.close();
}
