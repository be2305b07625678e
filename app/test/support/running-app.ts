import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { expect, inject, onTestFinished } from 'vitest';
import { freePort, type PostgresAddress } from '../../dev/postgres-server.ts';
import { AccessTokens } from '../../src/auth/access-tokens.ts';
import { leaksIn, neverLogged } from './never-logged.ts';

export type Variables = Readonly<Record<string, string | undefined>>;
export type LogLine = Readonly<Record<string, unknown>>;

/** A new, empty database; `migrated: true` runs the real migrations on it, which make the role that the app connects as. */
export async function createDatabase(
  { migrated }: { readonly migrated: boolean },
  server = inject('postgres'),
): Promise<Variables> {
  const name = `e2e_${randomBytes(6).toString('hex')}`;
  await withClient(databaseVariables(server, 'postgres'), (client) => client.query(`CREATE DATABASE ${name}`));
  const database = databaseVariables(server, name);
  if (migrated) {
    const { code, stdout } = await run('migrate.js', database);
    if (code !== 0) {
      throw new Error(`migrations failed:\n${stdout}`);
    }
  }
  return database;
}

function databaseVariables(server: PostgresAddress, name: string): Variables {
  return {
    DATABASE_HOST: server.host,
    DATABASE_PORT: String(server.port),
    DATABASE_NAME: name,
    DATABASE_USER: server.user,
    DATABASE_PASSWORD: neverLogged(server.password),
    DATABASE_TLS: 'disable',
    // Roles belong to the whole server, which the test files share: each database has one of its own.
    APP_DATABASE_USER: `app_of_${name}`,
    APP_DATABASE_PASSWORD: neverLogged('e2e-app-password'),
  };
}

/** What a process other than the migrations is given of it. */
export function asApp({ APP_DATABASE_USER, APP_DATABASE_PASSWORD, ...variables }: Variables): Variables {
  return APP_DATABASE_USER === undefined
    ? variables
    : { ...variables, DATABASE_USER: APP_DATABASE_USER, DATABASE_PASSWORD: APP_DATABASE_PASSWORD };
}

export async function withClient<Result>(
  database: Variables,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    host: database['DATABASE_HOST'],
    port: Number(database['DATABASE_PORT']),
    database: database['DATABASE_NAME'],
    user: database['DATABASE_USER'],
    password: database['DATABASE_PASSWORD'],
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** How many statements of the database wait for a lock. */
export async function waitingForLocks(database: Variables): Promise<number> {
  return withClient(database, async (client) => {
    const { rows } = await client.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows.length;
  });
}

const authSecret = neverLogged('e2e-auth-secret-0123456789-0123456789');

/** A valid access token without a login: only its signature is checked. */
export function accessTokenOf(userId: string): string {
  return new AccessTokens([authSecret]).sign(userId);
}

const defaults: Variables = {
  NODE_ENV: 'production',
  ENVIRONMENT: 'e2e',
  SERVICE_NAME: 'api',
  AWS_REGION: 'local',
  LOG_LEVEL: 'info',
  RELEASE_VERSION: '1.2.3-e2e',
  RELEASE_COMMIT: 'abcdef',
  RELEASE_IMAGE: 'todo-api:e2e',
  AUTH_SECRETS: authSecret,
  AUTH_REQUESTS_PER_MINUTE: '100000',
  DATABASE_POOL_SIZE: '5',
  DATABASE_CONNECT_TIMEOUT_MS: '1000',
  DATABASE_STATEMENT_TIMEOUT_MS: '20000',
  READY_TIMEOUT_MS: '500',
  READY_GRACE_SECONDS: '0',
  KEEP_ALIVE_TIMEOUT_SECONDS: '65',
  HEADERS_TIMEOUT_SECONDS: '66',
  REQUEST_TIMEOUT_SECONDS: '30',
  BODY_LIMIT_KIB: '10',
  DRAIN_DELAY_SECONDS: '0',
  SHUTDOWN_TIMEOUT_SECONDS: '10',
};

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an entry point of the built app to its end; `during` is called when it was started. */
export async function run(
  entry: string,
  variables: Variables,
  args: readonly string[] = [],
  dist = inject('dist'),
  during: (child: ChildProcess) => Promise<void> = async () => undefined,
): Promise<Outcome> {
  const child = spawn(process.execPath, [join(dist, entry), ...args], {
    env: definedOf({ ...defaults, PORT: '3000', ...(entry === 'migrate.js' ? variables : asApp(variables)) }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, 'close'),
    during(child),
  ]);
  expect(leaksIn([stdout, stderr])).toEqual([]);
  return { code, stdout, stderr };
}

/** The API, or the worker, as a process of its own; it is killed when the test ends. */
export class RunningApp {
  readonly url: string;
  readonly port: number;
  readonly logs: LogLine[] = [];
  /** Of somebody whose account the tests of a process do not need. */
  readonly headers = { authorization: `Bearer ${accessTokenOf(randomUUID())}` };
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null; readonly afterMs: number }>;
  readonly #child: ChildProcess;
  #signalledAt = performance.now();

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    // 'close' comes after the last line was read.
    this.exited = once(child, 'close').then(([code, signal]) => ({
      code,
      signal,
      afterMs: performance.now() - this.#signalledAt,
    }));
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => this.logs.push(JSON.parse(line)));
    }
  }

  /** Starts the process without waiting for anything. */
  static async spawn(variables: Variables, entry: 'main.js' | 'worker.js' = 'main.js'): Promise<RunningApp> {
    const port = await freePort();
    const child = spawn(process.execPath, [join(inject('dist'), entry)], {
      env: definedOf({ ...defaults, PORT: String(port), ...asApp(variables) }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new RunningApp(child, port);
  }

  /** Starts it and waits until it is ready. */
  static async start(variables: Variables): Promise<RunningApp> {
    const app = await RunningApp.spawn(variables);
    onTestFinished(() => app.kill());
    await app.becomes(200, '/ready');
    return app;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#signalledAt = performance.now();
    this.#child.kill(signal);
  }

  /** Ends the process, and looks for what must not be in its log. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
    expect(leaksIn(this.logs.map((line) => JSON.stringify(line)))).toEqual([]);
  }

  async becomes(status: number, path: string, withinMs = 10_000): Promise<void> {
    await eventually(async () => (await this.statusOf(path)) === status, `${path} to answer ${status}`, withinMs);
  }

  /** 0: no answer at all. */
  statusOf(path: string): Promise<number> {
    return fetch(`${this.url}${path}`, { headers: this.headers }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
  }
}

/** An API on a migrated database of its own, for all tests of a file: whoever starts it kills it. */
export async function startOnOwnDatabase(change: Variables = {}): Promise<{ app: RunningApp; database: Variables }> {
  const database = await createDatabase({ migrated: true });
  const app = await RunningApp.spawn({ ...database, ...change });
  await app.becomes(200, '/ready');
  return { app, database };
}

/** Polls, since what is waited for happens in another process. */
export async function eventually(
  holds: () => Promise<boolean> | boolean,
  what: string,
  withinMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) {
      throw new Error(`waited ${withinMs} ms for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function definedOf(variables: Variables): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of stream) {
    chunks.push(String(chunk));
  }
  return chunks.join('');
}
