import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Answer, type Client, register } from './support/client.ts';
import { type RunningApp, startOnOwnDatabase, type Variables, withClient } from './support/running-app.ts';

let app: RunningApp;
let database: Variables;
let client: Client;

beforeAll(async () => {
  ({ app, database } = await startOnOwnDatabase());
  ({ client } = await register(app));
});
afterAll(() => app.kill());

const todo = z.strictObject({
  id: z.uuid(),
  title: z.string(),
  description: z.string(),
  completed: z.boolean(),
  dueAt: z.iso.datetime().nullable(),
  remindAt: z.iso.datetime().nullable(),
  completedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
const page = z.strictObject({ items: z.array(todo), nextCursor: z.string().nullable() });
const problem = z.object({
  code: z.string(),
  errors: z.array(z.object({ in: z.string(), pointer: z.string() })).optional(),
});

const absent = '00000000-0000-4000-8000-000000000000';

const any = { 'if-match': '*' };

function send(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Answer> {
  const headers = {
    ...(body === undefined ? {} : { 'content-type': contentType }),
    ...(method === 'PATCH' ? any : {}),
  };
  return client.send(method, path, { body, headers });
}

const create = async (title: string) => todo.parse((await send('POST', '/todos', { title })).body);

describe('a todo', () => {
  it('is created, read, changed and deleted', async () => {
    const created = await send('POST', '/todos', { title: '  Buy milk ', description: 'Two bottles' });
    expect(created.status).toBe(201);
    const first = todo.parse(created.body);
    expect(first).toMatchObject({ title: 'Buy milk', description: 'Two bottles', completed: false });
    expect(created.headers.get('location')).toBe(`/todos/${first.id}`);

    expect(await send('GET', `/todos/${first.id}`)).toMatchObject({ status: 200, body: first });

    const changed = await send('PATCH', `/todos/${first.id}`, { completed: true });
    expect(changed).toMatchObject({
      status: 200,
      body: { ...first, completed: true, completedAt: expect.any(String), updatedAt: expect.any(String) },
    });
    expect(todo.parse(changed.body).updatedAt >= first.updatedAt).toBe(true);

    expect(await send('DELETE', `/todos/${first.id}`)).toMatchObject({ status: 204, body: undefined });
    expect(await send('GET', `/todos/${first.id}`)).toMatchObject({ status: 404, body: { code: 'TODO_NOT_FOUND' } });
  });

  it('keeps the moments that it is given, whatever their offset, until they are taken away', async () => {
    const moments = { dueAt: '2026-12-01T10:00:00+02:00', remindAt: '2026-11-30T08:00:00.5Z' };
    const created = todo.parse((await send('POST', '/todos', { title: 'With dates', ...moments })).body);
    expect(created).toMatchObject({ dueAt: '2026-12-01T08:00:00.000Z', remindAt: '2026-11-30T08:00:00.500Z' });
    const changed = await send('PATCH', `/todos/${created.id}`, { dueAt: null });
    expect(changed.body).toMatchObject({ dueAt: null, remindAt: '2026-11-30T08:00:00.500Z' });
  });

  it('is completed at a moment, which makes one job, and may be taken up again', async () => {
    const { id } = await create('To be done');
    await send('PUT', '/users/me/webhook', { url: 'https://hooks.example.com/' });
    const jobs = () =>
      withClient(database, async (connection) => {
        const statement = `SELECT FROM outbox WHERE name = 'todo-completed' AND payload->>'todoId' = $1`;
        return (await connection.query(statement, [id])).rowCount;
      });
    const done = todo.parse((await send('PATCH', `/todos/${id}`, { completed: true })).body);
    expect(Date.parse(done.completedAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
    const again = todo.parse((await send('PATCH', `/todos/${id}`, { completed: true })).body);
    expect(again.completedAt).toBe(done.completedAt);
    expect(await jobs()).toBe(1);

    const reopened = todo.parse((await send('PATCH', `/todos/${id}`, { completed: false })).body);
    expect(reopened).toMatchObject({ completed: false, completedAt: null });
    await send('PATCH', `/todos/${id}`, { completed: true });
    expect(await jobs()).toBe(2);
  });

  it('of another user, or of the release that knew no users, is as if it were not there', async () => {
    const { id } = await create('Mine');
    const { client: other } = await register(app);
    const [nobodys] = await withClient(database, async (connection) => {
      const { rows } = await connection.query(
        `INSERT INTO todos (id, title, description) VALUES (gen_random_uuid(), 'Of nobody', '') RETURNING id`,
      );
      return rows;
    });
    for (const [method, path] of [
      ['GET', `/todos/${id}`],
      ['PATCH', `/todos/${id}`],
      ['DELETE', `/todos/${id}`],
      ['GET', `/todos/${nobodys.id}`],
      ['DELETE', `/todos/${nobodys.id}`],
    ] as const) {
      const body = method === 'PATCH' ? { completed: true } : undefined;
      expect(await other.send(method, path, { body, headers: any })).toMatchObject({
        status: 404,
        body: { code: 'TODO_NOT_FOUND' },
      });
    }
    expect((await other.send('GET', '/todos')).body).toEqual({ items: [], nextCursor: null });
    expect((await send('GET', `/todos/${id}`)).status).toBe(200);
  });

  it('keeps what is not SQL, HTML or ASCII as it is', async () => {
    const title = `Robert'); DROP TABLE todos;-- <b>日本 🎉</b> \\ "`;
    const { id } = await create(title);
    expect(todo.parse((await send('GET', `/todos/${id}`)).body).title).toBe(title);
  });

  it.each(['GET', 'PATCH', 'DELETE'])('that does not exist is a 404 for %s', async (method) => {
    const answer = await send(method, `/todos/${absent}`, method === 'PATCH' ? { completed: true } : undefined);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toEqual({
      type: 'urn:problem:todo-not-found',
      title: 'Not Found',
      status: 404,
      detail: `There is no todo ${absent}.`,
      code: 'TODO_NOT_FOUND',
      instance: `/todos/${absent}`,
      correlationId: answer.headers.get('x-correlation-id'),
    });
  });
});

/** Leaves this user `count` todos, and somebody else some of the same moments. */
async function fill(count: number, createdAt: string): Promise<void> {
  const { id } = z.object({ id: z.uuid() }).parse((await client.send('GET', '/users/me')).body);
  const other = z.object({ id: z.uuid() }).parse((await (await register(app)).client.send('GET', '/users/me')).body);
  await withClient(database, async (connection) => {
    await connection.query('DELETE FROM todos');
    await connection.query(
      `INSERT INTO todos (id, title, description, created_at, owner_id)
       SELECT gen_random_uuid(), 'Todo ' || i, '', ${createdAt}, owner
       FROM generate_series(1, $1) i, unnest($2::uuid[]) owner`,
      [count, [id, other.id]],
    );
  });
}

describe('the list', () => {
  it('shows every todo once, newest first, across pages, whatever is created meanwhile', async () => {
    // Five share each moment: only the id tells them apart.
    await fill(47, `timestamptz '2026-01-01' + (i / 5) * interval '1 ms'`);
    const seen: z.infer<typeof todo>[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer = await send('GET', `/todos?limit=10${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const { items, nextCursor }: z.infer<typeof page> = page.parse(answer.body);
      seen.push(...items);
      cursor = nextCursor;
      await create('Created while paging');
    }
    expect(seen).toHaveLength(47);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(47);
    const order = seen.map(({ createdAt, id }) => `${createdAt} ${id}`);
    expect(order).toEqual(order.toSorted().toReversed());
  });

  it('has twenty todos a page unless asked otherwise, and no next page after the last', async () => {
    await fill(21, 'now()');
    const first = page.parse((await send('GET', '/todos')).body);
    expect(first.items).toHaveLength(20);
    const last = page.parse((await send('GET', `/todos?cursor=${first.nextCursor}`)).body);
    expect(last.items).toHaveLength(1);
    expect(last.nextCursor).toBeNull();
  });
});

describe('what is not valid', () => {
  const long = 'x'.repeat(201);
  it.each([
    ['POST', '/todos', {}, ['body /title']],
    ['POST', '/todos', { title: '' }, ['body /title']],
    ['POST', '/todos', { title: '   ' }, ['body /title']],
    ['POST', '/todos', { title: long }, ['body /title']],
    ['POST', '/todos', { title: 7, description: 8 }, ['body /title', 'body /description']],
    ['POST', '/todos', { title: 'a', owner: 'me', admin: true }, ['body /owner', 'body /admin']],
    ['POST', '/todos', { title: 'a', 'a/b~c': 1 }, ['body /a~1b~0c']],
    ['POST', '/todos', { title: 'a\u0000b' }, ['body /title']],
    ['POST', '/todos', { title: 'a', dueAt: 'tomorrow' }, ['body /dueAt']],
    ['POST', '/todos', { title: 'a', remindAt: '2026-02-30T00:00:00Z' }, ['body /remindAt']],
    ['POST', '/todos', { title: 'a', dueAt: '9999-12-31T23:59:59-01:00' }, ['body /dueAt']],
    ['POST', '/todos', { title: 'a', completedAt: '2026-02-03T00:00:00Z' }, ['body /completedAt']],
    ['POST', '/todos', [], ['body ']],
    ['POST', '/todos', 'null', ['body ']],
    ['PATCH', `/todos/${absent}`, {}, ['body ']],
    ['PATCH', `/todos/${absent}`, { completed: 'yes' }, ['body /completed']],
    ['PATCH', `/todos/${absent}`, { id: absent }, ['body /id', 'body ']],
    ['GET', '/todos/not-an-id', undefined, ['path /id']],
    ['GET', '/todos?limit=0', undefined, ['query /limit']],
    ['GET', '/todos?limit=101', undefined, ['query /limit']],
    ['GET', '/todos?limit=1.5', undefined, ['query /limit']],
    ['GET', '/todos?limit=1&limit=2', undefined, ['query /limit']],
    ['GET', '/todos?cursor=nonsense', undefined, ['query /cursor']],
    ['GET', '/todos?page=2', undefined, ['query /page']],
  ])('%s %s %j is refused, naming the place', async (method, path, body, places) => {
    const answer = await send(method, path, body);
    expect(answer.status).toBe(400);
    const { code, errors } = problem.parse(answer.body);
    expect(code).toBe('INVALID_INPUT');
    expect(errors?.map((error) => `${error.in} ${error.pointer}`)).toEqual(places);
  });

  it.each([
    ['a body that is not JSON', () => send('POST', '/todos', '{"title":'), 400, 'BODY_MALFORMED'],
    ['an empty body', () => send('POST', '/todos', ''), 400, 'BODY_MALFORMED'],
    [
      'a prototype in the body',
      () => send('POST', '/todos', '{"title":"a","__proto__":{"x":1}}'),
      400,
      'BODY_MALFORMED',
    ],
    ['another media type', () => send('POST', '/todos', 'title=a', 'text/csv'), 415, 'MEDIA_TYPE_UNSUPPORTED'],
    [
      'a form',
      () => send('POST', '/todos', 'title=a', 'application/x-www-form-urlencoded'),
      415,
      'MEDIA_TYPE_UNSUPPORTED',
    ],
    ['a body above the limit', () => send('POST', '/todos', { title: 'x'.repeat(11_000) }), 413, 'BODY_TOO_LARGE'],
    ['an unknown path', () => send('GET', '/nothing/here?secret=1'), 404, 'ROUTE_NOT_FOUND'],
    ['an unknown method', () => send('PUT', '/todos'), 405, 'METHOD_NOT_ALLOWED'],
    ['a malformed URL', () => send('GET', '/todos/%zz'), 400, 'URL_MALFORMED'],
    ['a path segment without end', () => send('GET', `/todos/${'y'.repeat(500)}`), 414, 'URL_TOO_LONG'],
  ])('%s is a problem with a stable code', async (_name, request, status, code) => {
    const answer = await request();
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer).toMatchObject({ status, body: { status, code, instance: expect.not.stringContaining('?') } });
  });
});
