import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { bundleApp } from './bundle.ts';
import { replaceSourceMaps } from './source-lines.ts';

/** `node build/build.ts [directory]`: all that `node dist/main.js` and the other entry points need, in app/dist. */
const dist = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'dist'));

await bundleApp(dist);
// In a process of its own: it runs the app, whose log lines are of no interest here.
const codeCache = spawn(process.execPath, [join(import.meta.dirname, 'code-cache.ts'), dist], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
const [[exitCode]] = await Promise.all([once(codeCache, 'exit'), replaceSourceMaps(dist)]);
if (exitCode !== 0) {
  throw new Error(`code-cache.ts ended with ${exitCode}`);
}
process.stdout.write(`built ${dist}\n`);
