import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { type ExitCode, exitCodeOf, exitCodes } from '../messages/exit-code.ts';
import { userErrorOf } from '../messages/known-error.ts';
import { paintFor } from '../output/paint.ts';
import { errorDocument, renderError } from '../output/render-error.ts';
import { renderSummary } from '../output/summary.ts';
import { widthOf } from '../output/wrap.ts';
import { interrupted } from '../release/interruption.ts';
import type { Result, Start } from './definition.ts';
import { nameEnvironment } from './options.ts';
import { registry } from './registry.ts';
import { openProgress, type Terminal } from './session.ts';
import { assertNothingSwallowed } from './swallowed-flags.ts';
import { usageError } from './usage-error.ts';

/**
 * Runs the command that the arguments name. Never rejects: every way to end is an exit code, ours or that of the program
 * which the command ran.
 */
export async function main(args: readonly string[], process: Omit<Terminal, 'note'>): Promise<number> {
  const notes = new Set<string>();
  const terminal: Terminal = { ...process, note: (text) => notes.add(text) };
  const exitCode = await start(args, terminal);
  const paint = paintFor(terminal.stderr);
  for (const note of notes) terminal.stderr.write(`${paint('yellow', '!')} ${note}\n`);
  return exitCode;
}

async function start(given: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = exitCodes.done;
  const { args, program: ofUser } = apart(given);
  const begin: Start = async (options, body) => {
    exitCode = await run(terminal, options.json === true, (running) =>
      body({ ...running, program: ofUser, commands: registry }),
    );
  };
  const json = args.includes('--json');
  const named = namedCommand(args);
  try {
    await assertNothingSwallowed(args, terminal.variables);
    const program = await programFor(named, begin, terminal, json);
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error, terminal, json);
    if (error.exitCode === 0) return exitCodes.done;
    // Without a command, commander has printed the help: there is nothing to add.
    if (error.code === 'commander.help' && !json) return exitCodes.usage;
    return report(usageError(error, named), terminal, json);
  }
}

/** What follows `--` belongs to the program that the user runs, with whatever options it has. */
function apart(given: readonly string[]): { readonly args: readonly string[]; readonly program: readonly string[] } {
  const at = given.indexOf('--');
  const named = namedCommand(at < 0 ? given : given.slice(0, at));
  const runsProgram = registry.find(({ name }) => name === named)?.runsProgram === true;
  return at < 0 || !runsProgram
    ? { args: given, program: [] }
    : { args: given.slice(0, at), program: given.slice(at + 1) };
}

/** The command that is called or that help is requested for; `undefined` if there is no such command. */
function namedCommand(args: readonly string[]): string | undefined {
  const called = args.find((argument) => !argument.startsWith('-'));
  const named = called === 'help' ? args[args.indexOf('help') + 1] : called;
  return registry.find(({ name }) => name === named)?.name;
}

/** That of package.json. */
function versionOf(projectDirectory: string): string {
  const { version } = JSON.parse(readFileSync(join(projectDirectory, 'package.json'), 'utf8'));
  return String(version);
}

/** Knows all commands by name, and loads the one that is called. */
async function programFor(
  named: string | undefined,
  start: Start,
  terminal: Terminal,
  json: boolean,
): Promise<Command> {
  const program = new Command('stack')
    .description('Deploys a Nest API to AWS or to this machine: build, verify, promote, roll back.')
    .usage('<command> [environment] [options]')
    .version(versionOf(terminal.projectDirectory), '-V, --version', 'print the version of this program')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void (json ? undefined : terminal.stderr.write(text)),
      // Reported like every other error.
      outputError: () => undefined,
    })
    .hook('preAction', (_program, command) => nameEnvironment(command, terminal.projectDirectory));
  for (const { name, summary, load } of registry) {
    const command = program.command(name).summary(summary).description(summary);
    if (name === named) (await load()).define(command, start);
  }
  return program;
}

type Body = (running: Omit<Parameters<Parameters<Start>[1]>[0], 'program' | 'commands'>) => Promise<Result>;

async function run(terminal: Terminal, json: boolean, body: Body): Promise<number> {
  const progress = openProgress(terminal);
  const paint = paintFor(terminal.stdout);
  const show = async (text: string) => {
    await progress.settle('done');
    if (!json) terminal.stderr.write(`\n${text}\n\n`);
  };
  terminal.signal.addEventListener('abort', () =>
    progress.detail('Interrupted: ending safely. Press Ctrl-C again to end at once.'),
  );
  let result: Result;
  try {
    result = await body({ terminal, progress, paint, show });
  } catch (error) {
    await progress.settle('failed');
    const abandoned = terminal.signal.aborted && isAbort(error);
    return report(abandoned ? interrupted('Nothing was changed.') : error, terminal, json);
  }
  await progress.settle('done');
  if (json && result.printed !== true) printJson(terminal, result.json);
  if (!json) {
    const text = result.text === undefined ? '' : `${result.text}\n\n`;
    const [stream, painted] =
      result.quiet === true ? [terminal.stderr, paintFor(terminal.stderr)] : [terminal.stdout, paint];
    stream.write(`${text}${renderSummary(result.summary, painted, widthOf(stream))}\n`);
  }
  if (result.exitCode !== undefined) return result.exitCode;
  return result.summary.ending === 'found' ? exitCodes.found : exitCodes.done;
}

/** Pending calls reject like this when the signal aborts; flows that change something convert it to their own error. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function report(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  if (json) printJson(terminal, errorDocument(error));
  else terminal.stderr.write(`${renderError(error, paintFor(terminal.stderr))}\n`);
  return exitCodeOf(userErrorOf(error));
}

function printJson({ stdout }: Terminal, value: object): void {
  stdout.write(`${JSON.stringify(value)}\n`);
}
