import { join } from 'node:path';
import { execa } from 'execa';
import type { CommandRun } from './evidence.ts';

/** A `stack` command under way, in a process of its own: planning would hold up the load. */
export interface StartedCommand {
  /** Resolves when what it says on the way matches, and when it ends without having said so. */
  says(pattern: RegExp): Promise<boolean>;
  kill(signal: NodeJS.Signals): void;
  readonly finished: Promise<CommandRun & { readonly talk: string }>;
}

export interface CommandPlace {
  readonly projectDirectory: string;
  readonly instance: string;
  /** This process's environment. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly onLine?: (line: string) => void;
  /** An interrupted command ends safely by itself. */
  readonly signal: AbortSignal;
}

/** Longer than a whole `up` on a slow machine. */
const limitMs = 8 * 60_000;

export function startCommand(
  { projectDirectory, instance, variables, onLine, signal }: CommandPlace,
  words: readonly string[],
): StartedCommand {
  const subprocess = execa(process.execPath, [join(projectDirectory, 'scripts/stack.ts'), ...words, '--json'], {
    cwd: projectDirectory,
    reject: false,
    stdin: 'ignore',
    // A process group of its own: the terminal's Ctrl-C is for the drill, which passes it on.
    detached: true,
    timeout: limitMs,
    extendEnv: false,
    env: { ...variables, STACK_INSTANCE: instance, NO_COLOR: '1', CI: 'true' },
  });
  const interrupt = () => void subprocess.kill('SIGINT');
  signal.addEventListener('abort', interrupt, { once: true });
  let talk = '';
  subprocess.stderr.setEncoding('utf8').on('data', (text: string) => {
    talk += text;
    if (onLine !== undefined) for (const line of text.split('\n')) if (line.trim() !== '') onLine(line.trim());
  });
  const finished = subprocess.then(({ exitCode, stdout, durationMs }) => {
    signal.removeEventListener('abort', interrupt);
    return { words, exitCode, json: objectIn(stdout), seconds: durationMs / 1000, talk };
  });
  return {
    says: (pattern) =>
      new Promise((resolve) => {
        const look = () => pattern.test(talk) && resolve(true);
        look();
        subprocess.stderr.on('data', look);
        void finished.then(() => resolve(pattern.test(talk)));
      }),
    kill: (name) => void subprocess.kill(name),
    finished,
  };
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
