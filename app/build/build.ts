import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { codeCacheOf } from '../src/launch/bundle.ts';
import { sourceLinesOf, withSourceLines } from '../src/logging/source-lines.ts';
import { bundleApp, docsBundleOf } from './bundle.ts';
import { replaceSourceMaps } from './source-lines.ts';

/** `node build/build.ts [directory]`: all that `node dist/main.js` and the other entry points need, in app/dist. */
const dist = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'dist'));

await bundleApp(dist).catch((error: unknown) => {
  // The compiler's errors are about the sources: with their file and line, and without the stack of this build.
  if (error instanceof Error && 'errors' in error) {
    fail(error.message);
  }
  throw error;
});
const docsBundle = docsBundleOf(dist);
// In a process of its own: it runs the app, whose log lines are of no interest here.
const codeCache = spawn(process.execPath, [join(import.meta.dirname, 'code-cache.ts'), dist, docsBundle], {
  stdio: ['ignore', 'ignore', 'pipe'],
});
const [said, [exitCode]] = await Promise.all([
  text(codeCache.stderr),
  once(codeCache, 'exit'),
  replaceSourceMaps(dist),
]);
if (exitCode !== 0) {
  fail(`${withSourceLines(said)}The app did not start: code-cache.ts ended with ${exitCode}`);
}
for (const file of [docsBundle, codeCacheOf(docsBundle), sourceLinesOf(docsBundle)]) {
  rmSync(file);
}
process.stdout.write(`built ${dist}\n`);

function fail(reason: string): never {
  process.stderr.write(`${stripVTControlCharacters(reason)}\n`);
  process.exit(1);
}
