import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Answer, type Client, register } from './support/client.ts';
import { holdTodos } from './support/hold-todos.ts';
import {
  eventually,
  type RunningApp,
  startOnOwnDatabase,
  type Variables,
  waitingForLocks,
  withClient,
} from './support/running-app.ts';

let app: RunningApp;
let database: Variables;
let client: Client;

beforeAll(async () => {
  ({ app, database } = await startOnOwnDatabase());
});
beforeEach(async () => {
  ({ client } = await register(app));
});
afterAll(() => app.kill());

const idOf = ({ body }: Answer) => z.object({ id: z.uuid() }).parse(body).id;
const tagOf = ({ headers }: Answer) => headers.get('etag') ?? '';
const countTodos = async () =>
  z.object({ items: z.array(z.unknown()) }).parse((await client.send('GET', '/todos')).body).items.length;

describe('two who change the same todo', () => {
  const change = (id: string, tag: string | undefined, title: string) =>
    client.send('PATCH', `/todos/${id}`, { body: { title }, headers: tag === undefined ? {} : { 'if-match': tag } });

  it('cannot undo each other’s change unseen', async () => {
    const created = await client.send('POST', '/todos', { body: { title: 'Version one' } });
    const id = idOf(created);
    expect(tagOf(await client.send('GET', `/todos/${id}`))).toBe(tagOf(created));

    const first = await change(id, tagOf(created), 'Version two');
    expect(first.status).toBe(200);
    expect(tagOf(first)).not.toBe(tagOf(created));
    expect(await change(id, tagOf(created), 'Lost update')).toMatchObject({
      status: 412,
      body: { code: 'VERSION_MISMATCH' },
    });
    const now = await client.send('GET', `/todos/${id}`);
    expect(now.body).toMatchObject({ title: 'Version two' });
    expect(tagOf(now)).toBe(tagOf(first));
    expect((await change(id, tagOf(now), 'Version three')).status).toBe(200);
  });

  it('of the same version at the same moment: one succeeds', async () => {
    const created = await client.send('POST', '/todos', { body: { title: 'Contended' } });
    const attempts = Array.from({ length: 8 }, (_, index) => change(idOf(created), tagOf(created), `Attempt ${index}`));
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 412, 412, 412, 412, 412, 412, 412]);
  });

  it('must say which version they mean, or that they mean any', async () => {
    const created = await client.send('POST', '/todos', { body: { title: 'Unconditional' } });
    expect(await change(idOf(created), undefined, 'Blindly')).toMatchObject({
      status: 428,
      body: { code: 'IF_MATCH_MISSING' },
    });
    expect((await change(idOf(created), '*', 'On purpose')).status).toBe(200);
    expect((await change(idOf(created), `W/${tagOf(created)}`, 'Weakly')).status).toBe(412);
    expect(await change(idOf(created), 'nonsense', 'Wrongly')).toMatchObject({
      status: 400,
      body: { errors: [{ in: 'header', pointer: '/if-match' }] },
    });
  });
});

describe('preconditions', () => {
  const todo = async () => client.send('POST', '/todos', { body: { title: 'Conditional' } });
  const send = (method: string, path: string, headers: Record<string, string>, body?: object) =>
    client.send(method, path, { headers, ...(body === undefined ? {} : { body }) });

  it('hold for DELETE: another version is not deleted', async () => {
    const created = await todo();
    const path = `/todos/${idOf(created)}`;
    expect(await send('DELETE', path, { 'if-match': '"9"' })).toMatchObject({
      status: 412,
      body: { code: 'VERSION_MISMATCH' },
    });
    expect((await send('DELETE', path, { 'if-match': '7' })).status).toBe(400);
    expect((await send('DELETE', path, { 'if-match': tagOf(created) })).status).toBe(204);
    expect((await send('DELETE', path, { 'if-match': tagOf(created) })).status).toBe(404);
  });

  it('hold for GET and HEAD: 304 for what the client has, 412 for what it is no longer', async () => {
    const created = await todo();
    const path = `/todos/${idOf(created)}`;
    for (const method of ['GET', 'HEAD']) {
      const same = await send(method, path, { 'if-none-match': `"0", ${tagOf(created)}` });
      expect([same.status, same.body, same.headers.get('etag')]).toEqual([304, undefined, tagOf(created)]);
      expect((await send(method, path, { 'if-none-match': '"9"' })).status).toBe(200);
      expect((await send(method, path, { 'if-match': '"9"' })).status).toBe(412);
    }
  });

  it('hold where there are no versions: nothing is done that was asked for on a condition that cannot be met', async () => {
    const stale = { 'if-match': '"1"' };
    for (const [method, path, body] of [
      ['GET', '/todos', undefined],
      ['POST', '/todos', { title: 'Conditional' }],
      ['PUT', '/users/me/webhook', { url: 'https://receiver.example/' }],
      ['DELETE', '/users/me', undefined],
    ] as const) {
      expect(await send(method, path, stale, body)).toMatchObject({ status: 412, body: { code: 'VERSION_MISMATCH' } });
    }
    const create = { 'if-none-match': '*' };
    expect((await send('PUT', '/users/me/webhook', create, { url: 'https://receiver.example/' })).status).toBe(412);
    expect((await send('GET', '/users/me', { 'if-match': '*' })).status).toBe(200);
  });
});

describe('a write with an Idempotency-Key', () => {
  const write = (key: string, body: unknown = { title: 'Written once' }) =>
    client.send('POST', '/todos', { body, headers: { 'idempotency-key': key } });

  it('is done once, and answered alike each time', async () => {
    const key = randomUUID();
    const first = await write(key);
    expect(first.status).toBe(201);
    expect(first.headers.has('idempotent-replayed')).toBe(false);
    const second = await write(key);
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    for (const header of ['etag', 'location']) {
      expect(second.headers.get(header)).toBe(first.headers.get(header));
    }
    expect(await countTodos()).toBe(1);
  });

  it('is the same however its body is written', async () => {
    const key = randomUUID();
    await write(key, '{"title":"Written once","description":"x"}');
    expect(
      (await write(key, '{ "description": "x", "title": " Written once " }')).headers.get('idempotent-replayed'),
    ).toBe('true');
  });

  it('is refused when the key was used for another body', async () => {
    const key = randomUUID();
    await write(key);
    expect(await write(key, { title: 'Something else' })).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    expect(await countTodos()).toBe(1);
  });

  it('is refused while the first attempt is in progress, and replayed after it', async () => {
    const key = randomUUID();
    const todos = await holdTodos(database);
    const first = write(key);
    await eventually(async () => (await waitingForLocks(database)) === 1, 'the first attempt to wait in Postgres');
    expect(await write(key)).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_IN_FLIGHT' } });
    await todos.release();
    expect((await first).status).toBe(201);
    expect((await write(key)).headers.get('idempotent-replayed')).toBe('true');
  });

  it('leaves its key free when it fails', async () => {
    const key = randomUUID();
    expect((await write(key, { title: '' })).status).toBe(400);
    expect((await write(key)).status).toBe(201);
  });

  it('has a key of its own, whatever keys others use', async () => {
    const key = randomUUID();
    await write(key);
    const { client: other } = await register(app);
    const answer = await other.send('POST', '/todos', {
      body: { title: 'Of somebody else' },
      headers: { 'idempotency-key': key },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.has('idempotent-replayed')).toBe(false);
  });

  it('is another write when the key has expired, which then is cleared away', async () => {
    const keys = [randomUUID(), randomUUID()] as const;
    await write(keys[0]);
    await write(keys[1]);
    await withClient(database, (connection) =>
      connection.query('UPDATE idempotency_keys SET expires_at = now() WHERE key = ANY($1)', [keys]),
    );
    expect((await write(keys[0])).headers.has('idempotent-replayed')).toBe(false);
    const left = await withClient(database, async (connection) => {
      const { rows } = await connection.query('SELECT key FROM idempotency_keys WHERE key = ANY($1)', [keys]);
      return rows;
    });
    expect(left).toEqual([{ key: keys[0] }]);
  });

  it.each(['', ' ', 'with space', 'é', 'x'.repeat(256)])('is refused with the malformed key %j', async (key) => {
    const answer = await write(key);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ in: 'header', pointer: '/idempotency-key' }] } });
  });
});
