import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { holdTodos } from './support/hold-todos.ts';
import { createDatabase, eventually, RunningApp, waitingForLocks, withClient } from './support/running-app.ts';

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
}

/** A request on a connection that the client would keep. */
function request(app: RunningApp, path: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(`${app.url}${path}`, { agent, headers: app.headers }, (response: IncomingMessage) => {
      response
        .resume()
        .on('end', () => resolve({ status: response.statusCode, connection: response.headers.connection }));
    }).on('error', reject);
  });
}

function keepAliveAgent(maxSockets = 50): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets });
  onTestFinished(() => agent.destroy());
  return agent;
}

const messages = (app: RunningApp) =>
  app.logs.filter(({ operation }) => operation === 'shutdown').map(({ msg }) => msg);

describe('a shutdown', () => {
  it('lets a request in flight finish with 200 and ends with it, though the connection would be kept alive', async () => {
    const database = await createDatabase({ migrated: true });
    const app = await RunningApp.start({ ...database, KEEP_ALIVE_TIMEOUT_SECONDS: '65' });
    const agent = keepAliveAgent();
    await request(app, '/health', agent);
    const todos = await holdTodos(database);
    const slow = request(app, '/todos', agent);
    await eventually(async () => (await waitingForLocks(database)) === 1, 'the request to wait in Postgres');

    app.signal('SIGTERM');
    await eventually(() => messages(app).includes('drain delay is over: accepting no more connections'), 'the drain');
    await expect(request(app, '/health', new Agent())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const releasedAt = performance.now();
    await todos.release();

    expect(await slow).toMatchObject({ status: 200 });
    expect(await app.exited).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - releasedAt).toBeLessThan(2_000);
    expect(messages(app)).toEqual([
      'shutting down: not ready from now on',
      'drain delay is over: accepting no more connections',
      'every request is answered: closing resources',
      'shutdown complete',
    ]);
  });

  it('is not ready but serves during the drain delay, and asks each client to go elsewhere', async () => {
    const app = await RunningApp.start({ ...(await createDatabase({ migrated: true })), DRAIN_DELAY_SECONDS: '2' });
    const agent = keepAliveAgent();
    expect(await request(app, '/todos', agent)).toEqual({ status: 200, connection: 'keep-alive' });

    app.signal('SIGTERM');
    await app.becomes(503, '/ready');
    expect(await (await fetch(`${app.url}/ready`)).json()).toEqual({ status: 'draining', checks: {} });
    expect(await request(app, '/todos', agent)).toEqual({ status: 200, connection: 'close' });
    expect(await request(app, '/health', new Agent())).toMatchObject({ status: 200 });

    const { code, afterMs } = await app.exited;
    expect(code).toBe(0);
    expect(afterMs).toBeGreaterThan(1_990);
    expect(afterMs).toBeLessThan(4_000);
  });

  it('loses no request of a load balancer that stops sending when /ready is 503', async () => {
    const app = await RunningApp.start({ ...(await createDatabase({ migrated: true })), DRAIN_DELAY_SECONDS: '1' });
    const agent = keepAliveAgent(16);
    const outcomes = new Map<string, number>();
    let inService = true;
    const balancer = eventually(async () => (await app.statusOf('/ready')) === 503, '/ready to be 503', 30_000).then(
      () => {
        inService = false;
      },
    );
    const clients = Array.from({ length: 16 }, async () => {
      while (inService) {
        const outcome = await request(app, '/todos', agent).then(
          ({ status }) => String(status),
          (error: NodeJS.ErrnoException) => error.code ?? error.message,
        );
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    });
    await eventually(() => (outcomes.get('200') ?? 0) > 500, 'the load to run');
    app.signal('SIGTERM');
    await Promise.all([balancer, ...clients]);
    expect([...outcomes.keys()]).toEqual(['200']);
    expect(await app.exited).toMatchObject({ code: 0 });
  });

  it('cuts what outlasts the budget, and still ends in time, with 1', async () => {
    const database = await createDatabase({ migrated: true });
    const app = await RunningApp.start({ ...database, SHUTDOWN_TIMEOUT_SECONDS: '2' });
    await holdTodos(database);
    const slow = request(app, '/todos', keepAliveAgent());
    await eventually(async () => (await waitingForLocks(database)) === 1, 'the request to wait in Postgres');

    app.signal('SIGTERM');
    await expect(slow).rejects.toMatchObject({ code: 'ECONNRESET' });
    const { code, afterMs } = await app.exited;
    expect(code).toBe(1);
    expect(afterMs).toBeGreaterThan(1_900);
    expect(afterMs).toBeLessThan(3_000);
    expect(app.logs).toContainEqual(
      expect.objectContaining({ level: 'error', reason: 'out of time', msg: 'cutting what is in flight' }),
    );
    expect(app.logs.at(-1)).toMatchObject({ level: 'error', msg: 'shutdown incomplete', exitCode: 1 });
  });

  it('ends at once at a second signal, with 1', async () => {
    const app = await RunningApp.start({ ...(await createDatabase({ migrated: true })), DRAIN_DELAY_SECONDS: '9' });
    app.signal('SIGTERM');
    await app.becomes(503, '/ready');
    app.signal('SIGINT');
    const { code, afterMs } = await app.exited;
    expect(code).toBe(1);
    expect(afterMs).toBeLessThan(1_000);
  });

  it('waits neither for idle connections nor for those that never asked for anything', async () => {
    const app = await RunningApp.start(await createDatabase({ migrated: true }));
    await request(app, '/health', keepAliveAgent());
    const silent = connect(app.port, '127.0.0.1');
    onTestFinished(() => void silent.destroy());
    await once(silent, 'connect');

    app.signal('SIGTERM');
    const { code, afterMs } = await app.exited;
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(1_500);
  });

  it.each([
    ['a header', 'GET /todos HTTP/1.1\r\nHos', 1_500],
    [
      'a body',
      'POST /auth/login HTTP/1.1\r\nHost: app\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
      3_500,
    ],
  ])('does not wait for the other half of %s, and ends with 0', async (_what, half, withinMs) => {
    const database = await createDatabase({ migrated: true });
    const app = await RunningApp.start({ ...database, SHUTDOWN_TIMEOUT_SECONDS: '4', REQUEST_TIMEOUT_SECONDS: '30' });
    const socket = connect(app.port, '127.0.0.1').on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(half);
    // Another connection's answer: by then the half has come, too.
    await request(app, '/health', keepAliveAgent());

    app.signal('SIGTERM');
    const { code, afterMs } = await app.exited;
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(withinMs);
  });

  it('gives every database connection back', async () => {
    const database = await createDatabase({ migrated: true });
    const app = await RunningApp.start(database);
    const agent = keepAliveAgent();
    await Promise.all(Array.from({ length: 10 }, () => request(app, '/todos', agent)));
    app.signal('SIGTERM');
    expect(await app.exited).toMatchObject({ code: 0 });
    const open = await withClient(database, async (client) => {
      const { rows } = await client.query(
        `SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      return rows;
    });
    expect(open).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('by %s works while the database is unreachable', async (signal) => {
    const app = await RunningApp.spawn({ ...(await createDatabase({ migrated: false })), DATABASE_PORT: '1' });
    onTestFinished(() => app.kill());
    await app.becomes(200, '/health');
    app.signal(signal);
    const { code, afterMs } = await app.exited;
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(2_000);
  });
});
