import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { valkeyPassword } from '../dev/valkey-server.ts';
import { longestStaleMs } from '../src/cache/cache.ts';
import { createCertificates, hasOpenssl } from './support/certificates.ts';
import { Client, register } from './support/client.ts';
import { keepAsking } from './support/load.ts';
import {
  accessTokenOf,
  createDatabase,
  eventually,
  RunningApp,
  type Variables,
  withClient,
} from './support/running-app.ts';
import { describeWithValkey, ValkeyServer } from './support/valkey-server.ts';

const reportOf = async (app: RunningApp): Promise<unknown> => (await fetch(`${app.url}/ready`)).json();

async function ownValkey(...args: Parameters<typeof ValkeyServer.start>): Promise<ValkeyServer> {
  const server = await ValkeyServer.start(...args);
  onTestFinished(() => server.remove());
  return server;
}

describeWithValkey('the API with Valkey', () => {
  let valkey: ValkeyServer;
  let database: Variables;

  beforeAll(async () => {
    valkey = await ValkeyServer.start();
    database = await createDatabase({ migrated: true });
  });
  afterAll(() => valkey?.remove());

  const start = (change: Variables = {}) => RunningApp.start({ ...database, ...valkey.variables, ...change });
  const becomes = (app: RunningApp, status: string) =>
    eventually(async () => JSON.stringify(await reportOf(app)).includes(`"status":"${status}"`), `to be ${status}`);

  it('works without it, and says that it is degraded', async () => {
    const app = await start({ VALKEY_PASSWORD: 'wrong' });
    await becomes(app, 'degraded');
    expect(await reportOf(app)).toMatchObject({
      status: 'degraded',
      checks: { database: { status: 'up' }, valkey: { status: 'down', reason: 'not connected' } },
    });
    const { client } = await register(app);
    expect(await client.send('GET', '/todos/summary')).toMatchObject({ status: 200, body: { open: 0, completed: 0 } });
    expect(JSON.stringify(app.logs)).not.toContain(valkeyPassword);
  });

  it.skipIf(!hasOpenssl)('reaches it by TLS only when the server is who it says it is', async () => {
    const certificates = createCertificates('IP:127.0.0.1');
    const server = await ownValkey(certificates);
    const trusting = await start({ ...server.variables, VALKEY_CA: certificates.certificate });
    await becomes(trusting, 'ready');
    const doubting = await start(server.variables);
    await becomes(doubting, 'degraded');
    const other = await ownValkey(createCertificates('DNS:elsewhere'));
    const deceived = await start({ ...other.variables, VALKEY_CA: certificates.certificate });
    await becomes(deceived, 'degraded');
    const plain = await start({ ...server.variables, VALKEY_TLS: 'disable' });
    await becomes(plain, 'degraded');
  });

  it('keeps what is expensive to read until the user writes', async () => {
    const app = await start();
    const { client } = await register(app);
    await client.send('POST', '/todos', { body: { title: 'The first of them' } });
    const summary = async () => (await client.send('GET', '/todos/summary')).body;
    expect(await summary()).toEqual({ open: 1, completed: 0 });
    const { body } = await client.send('GET', '/users/me');
    const userId = String(Reflect.get(Object(body), 'id'));
    // Behind the API's back: what is kept does not know of it.
    await withClient(database, (connection) =>
      connection.query(`INSERT INTO todos (id, title, description, owner_id) VALUES ($1, 'x', '', $2)`, [
        randomUUID(),
        userId,
      ]),
    );
    expect(await summary()).toEqual({ open: 1, completed: 0 });
    await client.send('POST', '/todos', { body: { title: 'The second of them' } });
    expect(await summary()).toEqual({ open: 3, completed: 0 });
  });

  it('shows each write to whoever reads after it, by any task, while many read at once', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    const token = (await register(one)).session.accessToken;
    const [writer, reader] = [new Client(one, token), new Client(other, token)];
    const reading = keepAsking(8, () => reader.send('GET', '/todos/summary').then(({ status }) => status === 200));
    for (let count = 1; count <= 100; count += 1) {
      expect((await writer.send('POST', '/todos', { body: { title: `Todo number ${count}` } })).status).toBe(201);
      expect((await reader.send('GET', '/todos/summary')).body).toEqual({ open: count, completed: 0 });
    }
    const { failed, asked } = await reading.stop();
    expect(failed).toBe(0);
    expect(asked).toBeGreaterThan(100);
  });

  it('shows a write whose invalidation meets a stall within the figure that the cache promises', async () => {
    const server = await ownValkey();
    const [one, other] = await Promise.all([start(server.variables), start(server.variables)]);
    const token = (await register(one)).session.accessToken;
    const [writer, reader] = [new Client(one, token), new Client(other, token)];
    const summary = async () => Reflect.get(Object((await reader.send('GET', '/todos/summary')).body), 'open');
    expect(await summary()).toBe(0);
    server.freeze();
    // Longer than a command waits.
    const thawed = new Promise<void>((resolve) => setTimeout(resolve, 308)).then(() => server.thaw());
    expect((await writer.send('POST', '/todos', { body: { title: 'Written while it stalls' } })).status).toBe(201);
    const writtenAt = performance.now();
    await thawed;
    await eventually(async () => (await summary()) === 1, 'the other task to show the write', 40_000);
    expect(performance.now() - writtenAt).toBeLessThan(longestStaleMs + 250);
  });

  it('counts the requests of a user in all tasks together, and says when to come back', async () => {
    // Ten in each window of ten seconds.
    const [one, other] = await Promise.all([
      start({ REQUESTS_PER_MINUTE: '60' }),
      start({ REQUESTS_PER_MINUTE: '60' }),
    ]);
    const clients = [one, other].map((app) => new Client(app, accessTokenOf(userId)));
    const statuses: number[] = [];
    for (let request = 0; request < 12; request += 1) {
      statuses.push((await clients[request % 2]?.send('GET', '/todos'))?.status ?? 0);
    }
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429]);
    const refused = await clients[0]?.send('GET', '/todos');
    expect(refused?.headers.get('content-type')).toContain('application/problem+json');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(refused?.body).toMatchObject({ status: 429, code: 'TOO_MANY_REQUESTS' });
    // Another user is not concerned, nor are health checks.
    expect((await new Client(one, accessTokenOf(randomUUID())).send('GET', '/todos')).status).toBe(200);
    expect(await Promise.all(Array.from({ length: 20 }, () => one.statusOf('/health')))).toEqual(Array(20).fill(200));
  });
  const userId = randomUUID();

  it('lets passwords be tried less often than anything else is asked', async () => {
    // Its own: the other tests came from the same address.
    const server = await ownValkey();
    const app = await start({ ...server.variables, AUTH_REQUESTS_PER_MINUTE: '3' });
    const login = () =>
      new Client(app).send('POST', '/auth/login', { body: { email: 'a@b.invalid', password: 'wrong-password' } });
    const statuses = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      statuses.push((await login()).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
  });

  it('fails no request while it is killed under load and comes back', async () => {
    const server = await ownValkey();
    const app = await start(server.variables);
    const { client } = await register(app);
    await becomes(app, 'ready');
    const load = keepAsking(8, async (number) => {
      const answers = await Promise.all([
        client.send('GET', '/todos/summary'),
        number % 10 === 0 ? client.send('POST', '/todos', { body: { title: `Under load ${number}` } }) : undefined,
        fetch(`${app.url}/ready`),
      ]);
      return answers.every((answer) => answer === undefined || answer.status < 300);
    });
    await load.asked(50);
    await server.kill();
    await becomes(app, 'degraded');
    await load.asked(200);
    await server.start();
    await becomes(app, 'ready');
    await load.asked(50);
    expect(await load.stop()).toMatchObject({ failed: 0 });
    expect(app.logs.filter(({ msg }) => msg === 'listening')).toHaveLength(1);
  });

  it('does not wait for it longer than a moment when it hangs', async () => {
    const server = await ownValkey();
    const app = await start(server.variables);
    const { client } = await register(app);
    await becomes(app, 'ready');
    server.freeze();
    const durations: number[] = [];
    for (let request = 0; request < 20; request += 1) {
      const startedAt = performance.now();
      expect((await client.send('GET', '/todos/summary')).status).toBe(200);
      durations.push(performance.now() - startedAt);
    }
    server.thaw();
    expect(Math.max(...durations)).toBeLessThan(2_000);
    // The first that waited tells the others not to.
    expect(durations.filter((duration) => duration > 200).length).toBeLessThan(6);
  });
});
