import { enableCompileCache } from 'node:module';
import { resolve } from 'node:path';
import { deferUnused } from './program/defer-unused.ts';

// Keeps what V8 compiled and what Node made of the TypeScript for the next command; what is loaded before is not kept.
enableCompileCache();
deferUnused();
// Each schema parses once or twice in a command: to compile a parser for it takes longer than that.
const { config } = await import('zod');
config({ jitless: true });
const { main } = await import('./commands/main.ts');
const { exemptLoopback } = await import('./commands/loopback.ts');
const { interruptionOf } = await import('./commands/signals.ts');

// A reader that has seen enough (`| head`) ends what prints results; a flow under way continues without its output.
process.stdout.on('error', () => process.exit());
process.stderr.on('error', () => undefined);

// biome-ignore lint/style/noProcessEnv: before anything is asked of this machine.
exemptLoopback(process.env);

process.exitCode = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  // biome-ignore lint/style/noProcessEnv: the entry point reads the environment once and hands it on.
  variables: process.env,
  projectDirectory: resolve(import.meta.dirname, '..'),
  signal: interruptionOf(process),
});
