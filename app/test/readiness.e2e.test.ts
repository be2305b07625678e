import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { PostgresServer } from '../dev/postgres-server.ts';
import { containedMigrations } from '../src/migrate/contained-migrations.ts';
import {
  createDatabase,
  eventually,
  RunningApp,
  type Variables,
  waitingForLocks,
  withClient,
} from './support/running-app.ts';

async function ownServer(): Promise<PostgresServer> {
  const server = await PostgresServer.start();
  onTestFinished(() => server.remove());
  return server;
}

async function report(app: RunningApp): Promise<unknown> {
  return (await fetch(`${app.url}/ready`)).json();
}

describe('readiness', () => {
  it('follows the database away and back, while liveness stays and the process too', async () => {
    const server = await ownServer();
    const app = await RunningApp.start(await createDatabase({ migrated: true }, server.address));
    expect(await report(app)).toEqual({
      status: 'ready',
      checks: {
        database: { status: 'up', durationMs: expect.any(Number) },
        migrations: { status: 'up', durationMs: expect.any(Number) },
      },
    });

    await server.stop();
    const stoppedAt = performance.now();
    await app.becomes(503, '/ready');
    // The cached answer, then at most one timeout.
    expect(performance.now() - stoppedAt).toBeLessThan(1_500);
    expect(await report(app)).toMatchObject({
      status: 'unavailable',
      checks: { database: { status: 'down', reason: 'ECONNREFUSED' } },
    });
    expect(await app.statusOf('/health')).toBe(200);
    const todos = await fetch(`${app.url}/todos`, { headers: app.headers });
    expect(todos.status).toBe(503);
    expect(todos.headers.get('retry-after')).toBe('1');
    expect(await todos.json()).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });

    const { pid } = app;
    await server.start();
    await app.becomes(200, '/ready');
    await app.becomes(200, '/todos');
    expect(app.pid).toBe(pid);
    expect(app.logs.filter(({ msg }) => msg === 'listening')).toHaveLength(1);
  });

  it('keeps its traffic through an outage that is tolerated, and loses it in one that is longer', async () => {
    const server = await ownServer();
    const database = await createDatabase({ migrated: true }, server.address);
    const app = await RunningApp.start({ ...database, READY_GRACE_SECONDS: '4' });
    const statuses: number[] = [];
    const ask = async () => {
      statuses.push(await app.statusOf('/ready'));
    };
    await ask();
    await server.stop();
    await eventually(async () => JSON.stringify(await report(app)).includes('degraded'), 'the outage to be noticed');
    await ask();
    await server.start();
    await eventually(async () => !JSON.stringify(await report(app)).includes('degraded'), 'the database to be back');
    await ask();
    expect(statuses).toEqual([200, 200, 200]);

    await server.stop();
    await app.becomes(503, '/ready');
    expect(await report(app)).toMatchObject({ status: 'unavailable', checks: { database: { status: 'down' } } });
  });

  it('waits for the connection that is being made: who asks during the start need not ask again', async () => {
    const database = await createDatabase({ migrated: true });
    const slow = createServer(async (client) => {
      client.on('error', () => undefined);
      await pause(1_000);
      const server = connect(Number(database['DATABASE_PORT']), database['DATABASE_HOST']);
      server.on('error', () => undefined);
      client.pipe(server).pipe(client);
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void slow.close());
    await once(slow, 'listening');
    const { port } = slow.address() as AddressInfo;
    const limits = { READY_TIMEOUT_MS: '5000', DATABASE_CONNECT_TIMEOUT_MS: '5000' };
    const through = { DATABASE_HOST: '127.0.0.1', DATABASE_PORT: String(port), ...limits };
    const app = await RunningApp.spawn({ ...database, ...through });
    onTestFinished(() => app.kill());
    await app.becomes(200, '/health');
    expect(app.logs.some(({ operation }) => operation === 'database.connect')).toBe(false);
    expect(await app.statusOf('/ready')).toBe(200);
  });

  it('waits for a database that comes up after the app', async () => {
    const server = await ownServer();
    const database = await createDatabase({ migrated: true }, server.address);
    await server.stop();
    const app = await RunningApp.spawn(database);
    onTestFinished(() => app.kill());
    await app.becomes(200, '/health');
    expect(await app.statusOf('/ready')).toBe(503);
    expect(await report(app)).toMatchObject({ status: 'starting', checks: { database: { status: 'down' } } });
    expect(await app.statusOf('/todos')).toBe(503);
    await server.start();
    await app.becomes(200, '/ready');
    await app.becomes(200, '/todos');
  });

  it('says which migrations the database lacks, until it has them', async () => {
    const ours = containedMigrations(join(inject('dist'), 'migrations')).map(({ name }) => name);
    const database = await createDatabase({ migrated: true });
    await withClient(database, (client) => client.query('DELETE FROM schema_migrations'));
    const app = await RunningApp.spawn(database);
    onTestFinished(() => app.kill());
    await app.becomes(200, '/health');
    await eventually(() => app.logs.some(({ operation }) => operation === 'database.connect'), 'the pool to connect');
    expect(await report(app)).toMatchObject({
      status: 'starting',
      checks: {
        database: { status: 'up' },
        migrations: { status: 'down', reason: `not applied: ${ours.join(', ')}` },
      },
    });
    await withClient(database, (client) =>
      client.query(`INSERT INTO schema_migrations SELECT unnest($1::text[]), 'expand', 'e2e'`, [
        [...ours, '20991231T0000-of-a-newer-release'],
      ]),
    );
    await app.becomes(200, '/ready');
  });

  it('answers within its timeout when the database is frozen, and requests fail instead of hanging', async () => {
    const server = await ownServer();
    const database = await createDatabase({ migrated: true }, server.address);
    const app = await RunningApp.start({ ...database, DATABASE_STATEMENT_TIMEOUT_MS: '500', READY_TIMEOUT_MS: '300' });
    const frozen = await freezeConnections(database);

    const askedAt = performance.now();
    await eventually(async () => (await app.statusOf('/ready')) === 503, '/ready to notice', 3_000);
    expect(performance.now() - askedAt).toBeLessThan(1_500);
    const response = await fetch(`${app.url}/todos`, { headers: app.headers });
    expect(response.status).toBe(503);
    // The server's 500 ms, and our margin of two seconds for it to say so.
    expect(performance.now() - askedAt).toBeLessThan(5_000);

    // The silent connection was given up: the next request has a new one, while the old one is still frozen.
    expect(await app.statusOf('/todos')).toBe(200);
    await app.becomes(200, '/ready');
    frozen.thaw();
  });

  it('does not fail because every connection of the pool is busy', async () => {
    const database = await createDatabase({ migrated: true });
    const app = await RunningApp.start({ ...database, DATABASE_POOL_SIZE: '3' });
    const released = Promise.withResolvers<void>();
    const holding = withClient(database, async (client) => {
      await client.query('BEGIN; LOCK TABLE todos IN ACCESS EXCLUSIVE MODE');
      const requests = Array.from({ length: 6 }, () => app.statusOf('/todos'));
      await eventually(async () => (await waitingForLocks(database)) === 2, 'the pool to be exhausted');
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(await app.statusOf('/ready')).toBe(200);
      await client.query('ROLLBACK');
      released.resolve();
      return Promise.all(requests);
    });
    await released.promise;
    expect(await holding).toContain(200);
    // Three connections in all: two for requests and one for the check.
    expect(await app.statusOf('/todos')).toBe(200);
  });
});

/** Stops every server process that serves the app, as a host does that hangs: its connections stay open and silent. */
async function freezeConnections(database: Variables): Promise<{ thaw: () => void }> {
  const pids = await withClient(database, async (client) => {
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    return rows.map(({ pid }) => pid);
  });
  const send = (signal: NodeJS.Signals) => {
    for (const pid of pids) {
      process.kill(pid, signal);
    }
  };
  send('SIGSTOP');
  const thaw = () => send('SIGCONT');
  onTestFinished(() => {
    try {
      thaw();
    } catch {
      // They ended meanwhile.
    }
  });
  return { thaw };
}
