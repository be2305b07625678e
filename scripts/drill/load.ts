import { Agent, request as httpRequest } from 'node:http';
import { performance } from 'node:perf_hooks';

/** A GET request that a load repeats. */
export interface Shot {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The answer is JSON that names the release, as the manifest's version path does. */
  readonly namesVersion?: true;
}

/** One request of the load. Times are milliseconds since the load began. */
export interface Sent {
  /** When it was due. */
  readonly dueAt: number;
  /** From when it was due until its answer was complete: a late start counts, so that slow answers hide no request. */
  readonly latencyMs: number;
  /** HTTP status; `undefined`: no complete answer. */
  readonly status: number | undefined;
  /** Why it failed; absent if it did not. */
  readonly failure?: string;
  /** Release that answered, of requests that ask for it. */
  readonly version?: string;
}

export interface LoadOptions {
  /** Requests per second. */
  readonly rate: number;
  /** The load ends by itself after this time. */
  readonly maxSeconds: number;
  /** Sent in turn. */
  readonly shots: readonly [Shot, ...Shot[]];
  readonly signal: AbortSignal;
}

export interface Load {
  /** Milliseconds since the load began. */
  now(): number;
  /** So far, in the order in which they ended. */
  readonly sent: readonly Sent[];
  /** By how many milliseconds each request left later than it was due: this process had to wait for its turn. */
  readonly late: readonly number[];
  /** Sends no more, and waits for the answers that are due. */
  stop(): Promise<void>;
}

/** More than a task can have open; beyond it, a request that is due fails instead of being opened. */
const maxOpen = 2000;
const requestTimeoutMs = 10_000;
/** Shorter than any server's: a connection that the server closes at the moment of a request is the client's fault. */
const idleConnectionMs = 4000;
const tickMs = 5;
export const maxRate = 1000;

/**
 * An open-loop load on 127.0.0.1: each request has its moment by the rate alone, whether or not earlier ones have been
 * answered. A closed loop (so many connections, each waiting for its answer) sends less when the server is slow, and
 * thereby leaves out what it should measure.
 */
export function startLoad(url: string, { rate, maxSeconds, shots, signal }: LoadOptions): Load {
  const base = new URL(url);
  if (base.hostname !== '127.0.0.1') throw new Error(`A load goes to 127.0.0.1 only, not to ${url}`);
  if (!(rate > 0 && rate <= maxRate)) throw new Error(`A load sends 1 to ${maxRate} requests per second, not ${rate}`);
  const agent = new Agent({ keepAlive: true, maxSockets: maxOpen, scheduling: 'lifo', timeout: idleConnectionMs });
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  const sent: Sent[] = [];
  const late: number[] = [];
  const open = new Set<Promise<void>>();
  const last = rate * maxSeconds;
  let next = 0;

  const fire = (index: number) => {
    const dueAt = (index * 1000) / rate;
    late.push(now() - dueAt);
    const shot = shots[index % shots.length] ?? shots[0];
    if (open.size >= maxOpen) {
      sent.push({ dueAt, latencyMs: now() - dueAt, status: undefined, failure: `${maxOpen} requests were open` });
      return;
    }
    const ended = send(base, shot, agent).then((answer) => {
      sent.push({ dueAt, latencyMs: now() - dueAt, ...answer });
      open.delete(ended);
    });
    open.add(ended);
  };
  const timer = setInterval(() => {
    const due = Math.min(last, Math.floor((now() * rate) / 1000));
    while (next < due) fire(next++);
    if (next >= last) clearInterval(timer);
  }, tickMs);
  const end = () => clearInterval(timer);
  signal.addEventListener('abort', end, { once: true });

  return {
    now,
    sent,
    late,
    async stop() {
      end();
      signal.removeEventListener('abort', end);
      await Promise.all(open);
      agent.destroy();
    },
  };
}

type Answer = Pick<Sent, 'status' | 'failure' | 'version'>;

/** Never rejects: what went wrong is a result. */
function send(base: URL, { path, headers = {}, namesVersion }: Shot, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (failure: string) => resolve({ status: undefined, failure });
    const sent = httpRequest(new URL(path, base), { agent, headers: { ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => failed(`answer cut: ${codeOf(error)}`));
      response.on('end', () => {
        clearTimeout(deadline);
        const status = response.statusCode ?? 0;
        const version = namesVersion === true && status === 200 ? versionIn(Buffer.concat(chunks)) : undefined;
        resolve({
          status,
          ...(status >= 200 && status < 300 ? {} : { failure: `status ${status}${answeredBy(status, chunks)}` }),
          ...(version === undefined ? {} : { version }),
        });
      });
    });
    const deadline = setTimeout(() => {
      failed(`no answer within ${requestTimeoutMs / 1000} s`);
      sent.destroy();
    }, requestTimeoutMs);
    sent.on('error', (error) => {
      clearTimeout(deadline);
      failed(codeOf(error));
    });
    sent.end();
  });
}

/** HAProxy answers with pages of its own, which no app has. */
function answeredBy(status: number, chunks: readonly Buffer[]): string {
  const own = status >= 500 && /^<html><body><h1>\d{3} /.test(Buffer.concat(chunks).toString());
  return own ? ' of the load balancer' : '';
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

function versionIn(body: Buffer): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    const version: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'version') : undefined;
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
