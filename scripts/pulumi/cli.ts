import { once } from 'node:events';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { appendFile, readFile, rm } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import { execa } from 'execa';
import { UserError } from '../messages/user-error.ts';

type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** A finished CLI call with an exit code other than 0. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  readonly args: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
  /** Set if the CLI was killed, by us or by anyone else. */
  readonly killedBy: string | undefined;
  /** The file with its whole output, if it has one. */
  readonly log: string | undefined;

  constructor(call: {
    args: readonly string[];
    stdout: string;
    stderr: string;
    exitCode: number | undefined;
    killedBy: string | undefined;
    log?: string | undefined;
  }) {
    super(
      `pulumi ${call.args[0] ?? ''} ended with ${call.exitCode ?? call.killedBy ?? 'no exit code'}: ${call.stderr}`,
    );
    this.args = call.args;
    this.stdout = call.stdout;
    this.stderr = call.stderr;
    this.exitCode = call.exitCode;
    this.killedBy = call.killedBy;
    this.log = call.log;
  }
}

/** Hears of the operations that take the lock of a stack, by their command line. */
export interface Operations {
  /** Makes the file for the output of one that changes something. */
  createLog(args: readonly string[]): string;
  started(args: readonly string[], processId: number): void;
  succeeded(args: readonly string[]): void;
}

function locks([operation = '']: readonly string[]): boolean {
  return ['up', 'refresh', 'destroy', 'import'].includes(operation);
}

function writes(args: readonly string[]): boolean {
  return locks(args) && !args.includes('--preview-only');
}

/**
 * Output that goes to files, not through pipes: the engine would die of the next line that it writes to a pipe whose reader
 * is dead, in the middle of what it creates. This way it survives its CLI, ends, and frees its lock.
 */
class OutputFiles {
  readonly stdout: WriteStream;
  readonly stderr: WriteStream;
  readonly #path: string;
  readonly #errorPath: string;

  private constructor(path: string) {
    this.#path = path;
    this.#errorPath = path.replace(/\.log$/, '.errors.log');
    this.stdout = createWriteStream(this.#path, { flags: 'a', mode: 0o600 });
    this.stderr = createWriteStream(this.#errorPath, { flags: 'a', mode: 0o600 });
  }

  /** A process gets a file itself, and not a pipe to ours, only once the file is open. */
  static async open(path: string): Promise<OutputFiles> {
    const files = new OutputFiles(path);
    await Promise.all([once(files.stdout, 'open'), once(files.stderr, 'open')]);
    return files;
  }

  /** After the end of the process. What it wrote to stderr is then in the same file, after the rest. */
  async read(): Promise<{ stdout: string; stderr: string }> {
    this.stdout.destroy();
    this.stderr.destroy();
    const [stdout, stderr] = await Promise.all([readFile(this.#path, 'utf8'), readFile(this.#errorPath, 'utf8')]);
    await appendFile(this.#path, stderr);
    await rm(this.#errorPath, { force: true });
    return { stdout, stderr };
  }
}

function texts({ stdout, stderr }: { readonly stdout: unknown; readonly stderr: unknown }) {
  const text = (output: unknown) => (typeof output === 'string' ? output : '');
  return { stdout: text(stdout), stderr: text(stderr) };
}

/**
 * The Pulumi CLI as the Automation API wants it, but in a process group of its own.
 *
 * A Ctrl-C in a terminal goes to the whole foreground group, and the Automation API forwards our abort as a second SIGINT.
 * The CLI treats the first as "stop after what is in flight" and the second as "stop now, resources may be orphaned", so
 * without this a single key press leaves resources that no state knows.
 */
export class OwnGroupCli {
  readonly command: string;
  readonly version: PulumiCommand['version'];
  readonly #environmentVariables: EnvironmentVariables;
  readonly #operations: Operations | undefined;

  constructor(found: PulumiCommand, environmentVariables: EnvironmentVariables, operations?: Operations) {
    this.command = found.command;
    this.version = found.version;
    this.#environmentVariables = environmentVariables;
    this.#operations = operations;
  }

  /** Signature of the Automation API's own command (automation/cmd.js); `signal` stops the CLI gracefully. */
  async run(
    args: string[],
    cwd: string,
    environmentVariables: Record<string, string>,
    onOutput?: (text: string) => void,
    onError?: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<{ stdout: string; stderr: string; code: number }> {
    const log = writes(args) ? this.#operations?.createLog(args) : undefined;
    const output = log === undefined ? undefined : await OutputFiles.open(log);
    const child = execa(this.command, args.includes('--non-interactive') ? args : [...args, '--non-interactive'], {
      cwd,
      env: {
        ...this.#environmentVariables,
        ...environmentVariables,
        ...this.#path(),
        PULUMI_AUTOMATION_API: 'true',
        PULUMI_SKIP_UPDATE_CHECK: 'true',
      },
      extendEnv: false,
      detached: true,
      forceKillAfterDelay: false,
      reject: false,
      stdin: 'ignore',
      ...(output === undefined ? {} : { stdout: output.stdout, stderr: output.stderr }),
      stripFinalNewline: false,
      maxBuffer: 256 * 1024 * 1024,
    });
    if (locks(args) && child.pid !== undefined) this.#operations?.started(args, child.pid);
    child.stdout?.on('data', (chunk: Buffer) => onOutput?.(chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => onError?.(chunk.toString()));
    const stop = () => child.kill('SIGINT');
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const { exitCode, signal: killedBy, ...said } = await child;
    signal?.removeEventListener('abort', stop);
    const { stdout, stderr } = output === undefined ? texts(said) : await output.read();
    if (exitCode !== 0) throw new CliFailure({ args, stdout, stderr, exitCode, killedBy, log });
    if (locks(args)) this.#operations?.succeeded(args);
    return { stdout, stderr, code: 0 };
  }

  /** The language host and the dynamic provider are beside their CLI. */
  #path(): { PATH?: string } {
    const { PATH: path = '' } = this.#environmentVariables;
    return isAbsolute(this.command) ? { PATH: `${dirname(this.command)}${delimiter}${path}` } : { PATH: path };
  }
}

/**
 * Finds the CLI on PATH, or in `STACK_PULUMI_DIR` (an installation root or its `bin`).
 * Rejects with `PULUMI_CLI_MISSING` if there is none.
 */
export async function findCli(
  environmentVariables: EnvironmentVariables,
  operations?: Operations,
): Promise<OwnGroupCli> {
  const { STACK_PULUMI_DIR: directory } = environmentVariables;
  const root = directory === undefined || directory === '' ? undefined : installationRoot(directory);
  try {
    const found = await PulumiCommand.get(root === undefined ? {} : { root });
    return new OwnGroupCli(found, environmentVariables, operations);
  } catch (cause) {
    throw new UserError({
      code: 'PULUMI_CLI_MISSING',
      message:
        root === undefined
          ? 'There is no usable Pulumi CLI on PATH.'
          : `There is no usable Pulumi CLI at ${join(root, 'bin')}.`,
      remedy: 'Install it (https://www.pulumi.com/docs/install/), or name its directory in STACK_PULUMI_DIR.',
      details: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

function installationRoot(directory: string): string {
  const absolute = resolve(directory);
  return existsSync(join(absolute, 'bin', 'pulumi')) ? absolute : dirname(absolute);
}
