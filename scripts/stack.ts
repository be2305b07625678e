import { resolve } from 'node:path';
import { main } from './commands/main.ts';
import { interruptionOf } from './commands/signals.ts';

process.exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  // biome-ignore lint/style/noProcessEnv: the entry point reads the environment once and hands it on.
  variables: process.env,
  projectDirectory: resolve(import.meta.dirname, '..'),
  signal: interruptionOf(process),
});
