import { Agent, get as httpGet } from 'node:http';

import { UserError } from '../../messages/user-error.ts';

/**
 * Reads the Docker engine's HTTP API over its local socket: one or two milliseconds where `docker inspect` takes 50, which
 * counts when the engine is polled several times a second.
 * https://docs.docker.com/reference/api/engine/
 */
export interface EngineApi {
  /** `undefined`: not found, or the engine is not in a swarm. */
  get(path: string, filters?: Readonly<Record<string, readonly string[]>>): Promise<unknown>;
}

const timeoutMs = 30_000;
/** Not found, and "this node is not a swarm manager". */
const absent: ReadonlySet<number> = new Set([404, 503]);

export function createEngineApi(socketPath: string): EngineApi {
  const agent = new Agent({ keepAlive: true });
  return {
    async get(path, filters) {
      const query = filters === undefined ? '' : `?filters=${encodeURIComponent(JSON.stringify(filters))}`;
      const { status, body } = await request({ socketPath, path: `${path}${query}`, agent, timeout: timeoutMs });
      if (absent.has(status)) return undefined;
      if (status !== 200) throw refused(path, status, body);
      return JSON.parse(body);
    },
  };
}

function request(options: {
  readonly socketPath: string;
  readonly path: string;
  readonly agent: Agent;
  readonly timeout: number;
}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpGet({ ...options, headers: { host: 'docker' } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    sent.on('timeout', () => sent.destroy(new Error(`the Docker engine did not answer within ${options.timeout} ms`)));
    sent.on('error', (cause) => reject(unreachable(cause)));
  });
}

function refused(path: string, status: number, body: string): UserError {
  const [, said = body.trim()] = /^\{"message":"(.*)"\}$/.exec(body.trim()) ?? [];
  return new UserError({
    code: 'DOCKER_FAILED',
    message: `The Docker engine answered ${status} to GET ${path}: ${said}`,
    remedy: 'Fix what Docker says and run the command again.',
  });
}

function unreachable(cause: Error): UserError {
  return new UserError({
    code: 'DOCKER_NOT_RUNNING',
    message: `The Docker engine does not answer: ${cause.message}.`,
    remedy: 'docker version',
    cause,
  });
}

/** Path of the socket or named pipe in an endpoint such as `unix:///var/run/docker.sock`. */
export function socketPathOf(endpoint: string): string {
  const path = /^(?:unix|npipe):\/\/(.+)$/.exec(endpoint)?.[1];
  if (path !== undefined) return path;
  throw new UserError({
    code: 'DOCKER_REMOTE',
    message: `The Docker engine is at ${endpoint}, not on this machine.`,
    rule: 'The local target publishes ports on this machine and mounts its folders.',
    remedy: 'Choose a local engine: unset DOCKER_HOST, or docker context use default',
  });
}
