import { existsSync } from 'node:fs';
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

  constructor(call: {
    args: readonly string[];
    stdout: string;
    stderr: string;
    exitCode: number | undefined;
    killedBy: string | undefined;
  }) {
    super(
      `pulumi ${call.args[0] ?? ''} ended with ${call.exitCode ?? call.killedBy ?? 'no exit code'}: ${call.stderr}`,
    );
    this.args = call.args;
    this.stdout = call.stdout;
    this.stderr = call.stderr;
    this.exitCode = call.exitCode;
    this.killedBy = call.killedBy;
  }
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

  constructor(found: PulumiCommand, environmentVariables: EnvironmentVariables) {
    this.command = found.command;
    this.version = found.version;
    this.#environmentVariables = environmentVariables;
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
      stripFinalNewline: false,
      maxBuffer: 256 * 1024 * 1024,
    });
    child.stdout.on('data', (chunk: Buffer) => onOutput?.(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => onError?.(chunk.toString()));
    const stop = () => child.kill('SIGINT');
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    const { stdout, stderr, exitCode, signal: killedBy } = await child;
    signal?.removeEventListener('abort', stop);
    if (exitCode !== 0) throw new CliFailure({ args, stdout, stderr, exitCode, killedBy });
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
export async function findCli(environmentVariables: EnvironmentVariables): Promise<OwnGroupCli> {
  const { STACK_PULUMI_DIR: directory } = environmentVariables;
  const root = directory === undefined || directory === '' ? undefined : installationRoot(directory);
  try {
    return new OwnGroupCli(await PulumiCommand.get(root === undefined ? {} : { root }), environmentVariables);
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
