import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { StackFileError } from './stack-file-error.ts';

/** Opening an ESC environment calls Pulumi Cloud, and through it the services that it takes credentials from. */
const timeoutMs = 60_000;

const answer = z.record(z.string(), z.object({ value: z.string().default(''), secret: z.boolean().default(false) }));

interface EngineConfig {
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: ReadonlySet<string>;
}

const asked = new Map<string, EngineConfig>();

/**
 * The configuration of a stack as `pulumi config` resolves it: with the values from its ESC environments, and with secrets
 * decrypted. Asked once per process, since a call takes seconds.
 *
 * @throws StackFileError when there is no CLI, no login, or no access
 */
export function readFromEngine(question: EngineQuestion): EngineConfig {
  const known = asked.get(question.stackFile) ?? ask(question);
  asked.set(question.stackFile, known);
  return known;
}

export interface EngineQuestion {
  readonly projectDirectory: string;
  readonly environment: string;
  readonly stackFile: string;
  /** Why the files alone do not suffice, as the beginning of a sentence. */
  readonly reason: string;
}

function ask({ projectDirectory, environment, stackFile, reason }: EngineQuestion): EngineConfig {
  const args = ['config', '--json', '--show-secrets', '--stack', environment, '--non-interactive'];
  // The CLI may rewrite the file that it reads, to add a key for its secrets: a question changes nothing.
  const directory = mkdtempSync(join(tmpdir(), 'stack-config-'));
  const copy = join(directory, basename(stackFile));
  try {
    copyFileSync(stackFile, copy);
    const text = execFileSync(cliPath(), [...args, '--config-file', copy], {
      cwd: projectDirectory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    const entries = Object.entries(answer.parse(JSON.parse(text)));
    return {
      config: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
      secretKeys: new Set(entries.filter(([, { secret }]) => secret).map(([key]) => key)),
    };
  } catch (cause) {
    throw new StackFileError(
      `${reason}, which only Pulumi can read, and \`pulumi ${args.join(' ')}\` failed:\n${explain(cause)}`,
      {
        remedy:
          'Install the Pulumi CLI and log in to the backend of the stack (pulumi login), or set plain values in the stack file.',
        cause,
      },
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function explain(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if ('code' in cause && cause.code === 'ENOENT') return 'There is no Pulumi CLI on PATH or in STACK_PULUMI_DIR.';
  if ('code' in cause && cause.code === 'ETIMEDOUT') return `It did not end within ${timeoutMs / 1000} s.`;
  return 'stderr' in cause && typeof cause.stderr === 'string' && cause.stderr !== ''
    ? cause.stderr.trim()
    : cause.message;
}

/** On PATH, or where the rest of the CLI finds it. */
function cliPath(): string {
  // biome-ignore lint/style/noProcessEnv: it names the CLI that is called here.
  const { STACK_PULUMI_DIR: directory = '' } = process.env;
  if (directory === '') return 'pulumi';
  const nested = join(directory, 'bin', 'pulumi');
  return existsSync(nested) ? nested : join(directory, 'pulumi');
}
