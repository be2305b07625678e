import { Command, CommanderError } from 'commander';
import { userErrorOf } from '../messages/known-error.ts';
import { paintFor } from '../output/paint.ts';
import { errorDocument, renderError } from '../output/render-error.ts';
import { renderSummary } from '../output/summary.ts';
import { interrupted, interruptedCode } from '../release/interruption.ts';
import type { Result, Start } from './definition.ts';
import { registry } from './registry.ts';
import { openProgress, type Terminal } from './session.ts';

/** 0: done; 1: the user can mend it, or a bug; 2: wrong usage; 130: interrupted, as shells have it (128 + SIGINT). */
export type ExitCode = 0 | 1 | 2 | 130;

/** Runs the command that the arguments name. Never rejects: every way to end is an exit code. */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const start: Start = async (options, body) => {
    exitCode = await run(terminal, options.json === true, body);
  };
  const json = args.includes('--json');
  try {
    const program = await programFor(args, start, terminal, json);
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error, terminal, json);
    if (error.exitCode === 0) return 0;
    // Without --json commander has already written the message and how to get help.
    if (json) printJson(terminal, { error: { code: 'USAGE', message: error.message.replace(/^error: /, '') } });
    return 2;
  }
}

/** Knows all commands by name, and loads the one that is called. */
async function programFor(args: readonly string[], start: Start, terminal: Terminal, json: boolean): Promise<Command> {
  const program = new Command('stack')
    .description('Runs a Nest API on AWS, or the same release on this machine: release, verify, promote, roll back.')
    .usage('<command> [environment] [options]')
    .showHelpAfterError('`npm run stack -- --help` lists the commands.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void (json ? undefined : terminal.stderr.write(text)),
    });
  const called = args.find((argument) => !argument.startsWith('-'));
  const named = called === 'help' ? args[args.indexOf('help') + 1] : called;
  for (const { name, summary, load } of registry) {
    const command = program.command(name).summary(summary).description(summary);
    if (name === named) (await load()).define(command, start);
  }
  return program;
}

async function run(terminal: Terminal, json: boolean, body: Parameters<Start>[1]): Promise<ExitCode> {
  const progress = openProgress(terminal);
  const paint = paintFor(terminal.stdout);
  const show = async (text: string) => {
    await progress.settle('done');
    if (!json) terminal.stderr.write(`\n${text}\n\n`);
  };
  terminal.signal.addEventListener('abort', () => progress.detail('Interrupted: ending safely. Ctrl-C ends at once.'));
  let result: Result;
  try {
    result = await body({ terminal, progress, paint, show });
  } catch (error) {
    await progress.settle('failed');
    const abandoned = terminal.signal.aborted && isAbort(error);
    return report(abandoned ? interrupted('Nothing was changed.') : error, terminal, json);
  }
  await progress.settle('done');
  if (json) printJson(terminal, result.json);
  else {
    const text = result.text === undefined ? '' : `${result.text}\n\n`;
    terminal.stdout.write(`${text}${renderSummary(result.summary, paint)}\n`);
  }
  return result.summary.passed === false ? 1 : 0;
}

/** What is waited for rejects so when the signal aborts; flows that change something turn it into their own error. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function report(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  if (json) printJson(terminal, errorDocument(error));
  else terminal.stderr.write(`${renderError(error, paintFor(terminal.stderr))}\n`);
  return userErrorOf(error)?.code === interruptedCode ? 130 : 1;
}

function printJson({ stdout }: Terminal, value: object): void {
  stdout.write(`${JSON.stringify(value)}\n`);
}
