import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Client, newAccount, register, type Session, sessionIn } from './support/client.ts';
import { type RunningApp, startOnOwnDatabase, type Variables, withClient } from './support/running-app.ts';

let app: RunningApp;
let database: Variables;
let client: Client;

beforeAll(async () => {
  const limits = {
    TODOS_PER_USER: '3',
    IDEMPOTENCY_KEYS_PER_USER: '2',
    SESSIONS_PER_USER: '2',
    WEBHOOK_MESSAGES_PER_USER: '1',
    AUTH_REQUESTS_PER_MINUTE: '20',
  };
  ({ app, database } = await startOnOwnDatabase(limits));
});
beforeEach(async () => {
  ({ client } = await register(app));
});
afterAll(() => app.kill());

const create = (headers: Record<string, string> = {}) =>
  client.send('POST', '/todos', { body: { title: 'One more' }, headers });
const withKey = (key: string) => create({ 'idempotency-key': key });

describe('a user', () => {
  it('keeps so many todos, and can make room', async () => {
    const created = [await create(), await create(), await create()];
    expect(created.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(await create()).toMatchObject({ status: 403, body: { code: 'TODO_QUOTA_REACHED' } });
    expect((await client.send('DELETE', `/todos/${(await first()).id}`)).status).toBe(204);
    expect((await create()).status).toBe(201);
  });

  it('has so many messages a day sent to a webhook, and none without one', async () => {
    const { id } = (await create()).body as { id: string };
    const complete = async (completed: boolean) => {
      const headers = { 'if-match': '*' };
      expect((await client.send('PATCH', `/todos/${id}`, { body: { completed }, headers })).status).toBe(200);
    };
    const completeAgain = async () => {
      await complete(true);
      await complete(false);
    };
    const messages = () =>
      withClient(database, async (owner) => {
        const { rows } = await owner.query(
          `SELECT 1 FROM outbox WHERE name = 'todo-completed' AND payload ->> 'todoId' = $1`,
          [id],
        );
        return rows.length;
      });
    await completeAgain();
    const left = async () => (await client.send('GET', '/users/me/webhook')).body;
    expect(await messages()).toBe(0);
    await client.send('PUT', '/users/me/webhook', { body: { url: 'https://hooks.example.com/' } });
    expect(await left()).toMatchObject({ messagesLeftToday: 1 });
    await completeAgain();
    expect(await messages()).toBe(1);
    expect(await left()).toMatchObject({ messagesLeftToday: 0 });
    // For tomorrow, too: it may be about to be midnight.
    await withClient(database, (owner) =>
      owner.query('INSERT INTO mail_counts SELECT counted, day + 1, count FROM mail_counts'),
    );
    await completeAgain();
    expect(await messages()).toBe(1);
    await withClient(database, (owner) => owner.query('DELETE FROM mail_counts'));
    await withClient(database, (owner) => owner.query('UPDATE webhooks SET disabled_at = now()'));
    await completeAgain();
    expect(await messages()).toBe(1);
  });

  it('uses so many keys a day: more are refused, those that are known still answer, and without one it continues', async () => {
    const keys = [randomUUID(), randomUUID()];
    for (const key of keys) {
      expect((await withKey(key)).status).toBe(201);
    }
    const refused = await withKey(randomUUID());
    expect(refused).toMatchObject({ status: 429, body: { code: 'IDEMPOTENCY_KEYS_EXHAUSTED' } });
    expect(refused.headers.get('retry-after')).toBe('60');
    expect((await withKey(keys[0] ?? '')).headers.get('idempotent-replayed')).toBe('true');
    expect((await create()).status).toBe(201);
    await client.send('DELETE', `/todos/${(await first()).id}`);
    await withClient(database, (owner) => owner.query('UPDATE idempotency_keys SET expires_at = now()'));
    expect((await withKey(randomUUID())).status).toBe(201);
  });
});

async function first(): Promise<{ readonly id: string }> {
  const { body } = await client.send('GET', '/todos');
  return (body as { items: { id: string }[] }).items[0] ?? { id: '' };
}

describe('an account', () => {
  it('has so many sessions: one more ends the one that was not used for longest', async () => {
    const anyone = new Client(app);
    const { account, session: first } = await register(app);
    const login = async () => sessionIn(await anyone.send('POST', '/auth/login', { body: account }));
    const refresh = ({ refreshToken }: Session) => anyone.send('POST', '/auth/refresh', { body: { refreshToken } });
    const second = await login();
    const firstAgain = sessionIn(await refresh(first));
    const third = await login();
    expect((await refresh(second)).status).toBe(401);
    expect([(await refresh(firstAgain)).status, (await refresh(third)).status]).toEqual([200, 200]);
    expect(app.logs.filter(({ msg }) => String(msg).includes('used twice'))).toEqual([]);
  });
});

describe('an address', () => {
  it('signs in so often a minute, whoever it is', async () => {
    const anyone = new Client(app);
    const statuses: number[] = [];
    for (let count = 0; count < 25; count += 1) {
      statuses.push((await anyone.send('POST', '/auth/login', { body: newAccount() })).status);
    }
    expect(statuses.at(-1)).toBe(429);
  });
});
