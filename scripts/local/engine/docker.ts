import type { Options } from 'execa';

import { toolError } from '../../messages/failed-tool.ts';
import { UserError } from '../../messages/user-error.ts';
import { createEngineApi, type EngineApi } from './engine-api.ts';

export interface DockerRunOptions {
  /** Added to this process's environment: for values that must not show in an argument list. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Where the command runs; this process's own directory when absent. */
  readonly directory?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Called with each line of stdout and stderr while the command runs. */
  readonly onLine?: (line: string) => void;
}

export interface DockerResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What Docker itself says of a command that failed: a full disk, no free address range, an image that is not there. */
export function dockerFailed(args: readonly string[], result: DockerResult): UserError {
  return toolError({ command: ['docker', ...args], ...result }, 'DOCKER_FAILED');
}

/** One Docker client. The only place of the local target that starts a `docker` process. */
export interface Docker {
  readonly executable: string;
  /** Resolves with stdout, rejects with `DOCKER_FAILED` unless the command exits 0. */
  run(args: readonly string[], options?: DockerRunOptions): Promise<string>;
  /** Resolves whatever the exit code; rejects only when aborted, timed out or not startable. */
  attempt(args: readonly string[], options?: DockerRunOptions): Promise<DockerResult>;
  /** Lines of stdout and stderr, as they come, until the command ends or the signal aborts. */
  lines(args: readonly string[], signal: AbortSignal): AsyncIterable<string>;
  /** Of the engine, on this machine; absent in tests without one. */
  readonly socketPath?: string;
  /** Reads of the engine's HTTP interface. */
  readonly api: EngineApi;
}

/**
 * What would make the client build, pull or speak something else than the program says, taken out of its environment:
 * another platform than the image's own, an API version to fall back to, signatures that images built here cannot have.
 * Where the engine is (DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG) is the user's choice.
 */
export const clientEnvironment: Readonly<Record<string, undefined>> = {
  DOCKER_DEFAULT_PLATFORM: undefined,
  DOCKER_API_VERSION: undefined,
  DOCKER_CONTENT_TRUST: undefined,
  DOCKER_STACK_ORCHESTRATOR: undefined,
};

/**
 * Control commands ignore the terminal's Ctrl-C (`detached`: a process group of their own): an interrupted flow decides
 * by its own signal which command is cut short and which one finishes.
 */
function execaOptions(options: DockerRunOptions) {
  return {
    reject: false,
    detached: true,
    cleanup: true,
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
    env: { ...clientEnvironment, ...options.variables },
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  } satisfies Options;
}

/** It has over a hundred modules, and a command that finds nothing to do starts nothing. */
const load = () => import('execa');

/** @param socketPath of the engine that the client talks to */
export function createDocker(executable: string, socketPath: string): Docker {
  const attempt = async (args: readonly string[], options: DockerRunOptions = {}): Promise<DockerResult> => {
    options.signal?.throwIfAborted();
    const { execa } = await load();
    const subprocess = execa(executable, args, { ...execaOptions(options), all: true });
    const { onLine } = options;
    if (onLine !== undefined) {
      for await (const line of subprocess.iterable({ from: 'all' })) onLine(line);
    }
    const result = await subprocess;
    if (result.isCanceled) options.signal?.throwIfAborted();
    if (result.timedOut) {
      throw new UserError({
        code: 'DOCKER_TIMEOUT',
        message: `\`docker ${args.slice(0, 2).join(' ')}\` did not answer within ${options.timeoutMs} ms.`,
        remedy: 'Check that the Docker engine answers: docker version',
      });
    }
    if (result.exitCode === undefined) throw result;
    return { exitCode: result.exitCode, stdout: text(result.stdout), stderr: text(result.stderr) };
  };
  return {
    executable,
    socketPath,
    api: createEngineApi(socketPath),
    attempt,
    async run(args, options) {
      const result = await attempt(args, options);
      if (result.exitCode !== 0) throw dockerFailed(args, result);
      return result.stdout;
    },
    async *lines(args, signal) {
      const { execa } = await load();
      const subprocess = execa(executable, args, { ...execaOptions({ signal }), all: true, buffer: false });
      try {
        yield* subprocess.iterable({ from: 'all' });
      } finally {
        subprocess.kill();
        await subprocess;
      }
    },
  };
}

function text(output: unknown): string {
  return typeof output === 'string' ? output : '';
}
