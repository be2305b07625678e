import { type ChildProcess, spawn } from 'node:child_process';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandReply, CommandRequest } from './command-process.ts';

/** How a command ended, and what it wrote. */
export interface CommandEnding {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** Runs `stack` commands of a project in a process that stays: for tests of what commands do, not of their process. */
export interface CommandServer {
  /** One command after the other. Rejects when the process ends before the command does. */
  run(args: readonly string[]): Promise<CommandEnding>;
  stop(): void;
}

/**
 * A process loads a module once, so after every change of a module it is another process.
 *
 * @param directory a copy of this project
 * @param through what starts the process: a shell that sets something for it, say
 */
export function createCommandServer(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  through: readonly string[] = [],
): CommandServer {
  let running: { readonly child: ChildProcess; readonly modules: string } | undefined;

  const stop = () => {
    if (running?.child.connected === true) running.child.disconnect();
    running = undefined;
  };
  const started = (): ChildProcess => {
    const modules = modulesOf(directory);
    if (running?.modules !== modules) stop();
    if (running === undefined) {
      const [file = '', ...args] = [...through, process.execPath, 'scripts/testing/command-process.ts'];
      const child = spawn(file, args, { cwd: directory, env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      running = { child, modules };
    }
    return running.child;
  };

  let busy = false;
  const runNow = (args: readonly string[]) =>
    new Promise<CommandEnding>((resolve, reject) => {
      const child = started();
      const startedAt = performance.now();
      let stderr = '';
      const hear = (reply: CommandReply) => {
        if ('talk' in reply) {
          stderr += reply.talk;
          return;
        }
        child.off('message', hear).off('exit', end).off('error', reject);
        resolve({ ...reply, stderr, durationMs: performance.now() - startedAt });
      };
      const end = (code: number | null, signal: string | null) => {
        stop();
        reject(new Error(`The process of stack ${args.join(' ')} ended with ${code ?? signal}:\n${stderr}`));
      };
      child.on('message', hear).on('exit', end).on('error', reject);
      const request: CommandRequest = { args };
      child.send(request);
    });

  return {
    async run(args) {
      if (busy) throw new Error(`stack ${args.join(' ')} needs a process of its own: another command is running`);
      busy = true;
      try {
        return await runNow(args);
      } finally {
        busy = false;
      }
    },
    stop,
  };
}

const noModules: ReadonlySet<string> = new Set(['node_modules', '.git', '.stack']);

/** When each file changed that Node could load. */
function modulesOf(directory: string): string {
  const entries = readdirSync(directory, { withFileTypes: true }).filter(({ name }) => !noModules.has(name));
  return entries
    .map((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return modulesOf(path);
      return /\.[cm]?[jt]s$/.test(entry.name) ? `${path} ${lstatSync(path).mtimeMs}\n` : '';
    })
    .join('');
}
