import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { bundleApp } from './bundle.ts';

/** `node build/build.ts [directory]`: all that `node dist/main.js` and the other entry points need, in app/dist. */
const dist = resolve(process.argv[2] ?? join(import.meta.dirname, '..', 'dist'));

await bundleApp(dist);
// In a process of its own: it runs the app, whose log lines are of no interest here.
execFileSync(process.execPath, [join(import.meta.dirname, 'code-cache.ts'), dist], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
process.stdout.write(`built ${dist}\n`);
