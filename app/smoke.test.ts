import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openJournal, smoke } from './smoke.ts';

interface Behaviour {
  /** The release before had none, and asked nobody who they are. */
  readonly users?: boolean;
  readonly readTitle?: string;
  readonly failing?: string;
}

/** An app as the smoke test sees it. Gives what was asked of it, and what it still has. */
async function startApp({ users = true, readTitle, failing }: Behaviour) {
  const [requests, kept] = [[] as string[], new Set<string>()];
  let title = '';
  const answer = (request: IncomingMessage, body: string): [number, unknown?] => {
    const asked = `${request.method} ${request.url}`;
    requests.push(asked);
    if (asked === failing) return [500, { code: 'INTERNAL' }];
    if (asked === 'POST /auth/register') return users ? registered(body) : [404];
    if (users && request.headers.authorization !== 'Bearer of-someone') return [401];
    if (asked === 'POST /todos') return created(body);
    if (asked === 'GET /todos/1') return [200, { title: readTitle ?? title }];
    return [kept.delete(asked.replace('DELETE ', '')) ? 204 : 404];
  };
  const registered = (body: string): [number, unknown] => {
    expect(JSON.parse(body).email).toMatch(/\.invalid$/);
    kept.add('/users/me');
    return [201, { accessToken: 'of-someone' }];
  };
  const created = (body: string): [number, unknown] => {
    ({ title } = JSON.parse(body));
    kept.add('/todos/1');
    return [201, { id: 1 }];
  };
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const [status, body] = answer(request, (await request.toArray()).join(''));
    response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { requests, kept, run: () => smoke({ baseUrl, fetch, signal: AbortSignal.timeout(5_000) }) };
}

describe('the smoke test', () => {
  it('makes an account, keeps a todo, and leaves neither behind', async () => {
    const app = await startApp({});
    await app.run();
    expect(app.requests).toEqual([
      'POST /auth/register',
      'POST /todos',
      'GET /todos/1',
      'DELETE /todos/1',
      'DELETE /users/me',
    ]);
    expect([...app.kept]).toEqual([]);
  });

  it('passes on a release that knows no users', async () => {
    const app = await startApp({ users: false });
    await app.run();
    expect(app.requests).toEqual(['POST /auth/register', 'POST /todos', 'GET /todos/1', 'DELETE /todos/1']);
  });

  it.each<[string, Behaviour, string]>([
    ['gives back another todo', { readTitle: 'Another' }, 'GET /todos/:id gave the title "Another"'],
    ['can’t read', { failing: 'GET /todos/1' }, 'GET /todos/1 gave 500'],
    ['lets nobody in', { failing: 'POST /auth/register' }, 'POST /auth/register gave 500'],
    ['can’t write', { failing: 'POST /todos' }, 'POST /todos gave 500'],
  ])('fails on a release that %s, with the reason, and leaves nothing behind', async (_name, behaviour, reason) => {
    const app = await startApp(behaviour);
    await expect(app.run()).rejects.toThrow(reason);
    expect([...app.kept]).toEqual([]);
  });
});

describe('the journal of a drill', () => {
  it('writes todos of an account of its own, reads all pages of them, and leaves nothing behind', async () => {
    const titles: string[] = [];
    const asked: string[] = [];
    const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
      const body = (await request.toArray()).join('');
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://app');
      asked.push(`${request.method} ${request.url}`);
      const page = searchParams.get('cursor') === 'a b' ? titles.slice(2) : titles.slice(0, 2);
      const nextCursor = searchParams.has('cursor') ? null : 'a b';
      if (pathname === '/auth/register') response.writeHead(201).end('{"accessToken":"of-someone"}');
      else if (request.headers.authorization !== 'Bearer of-someone') response.writeHead(401).end('{}');
      else if (request.method === 'DELETE') response.writeHead(204).end();
      else if (request.method === 'GET') {
        response.writeHead(200).end(JSON.stringify({ items: page.map((title) => ({ title })), nextCursor }));
      } else if (body.includes('refused')) response.writeHead(503).end('{}');
      else {
        titles.push(JSON.parse(body).title);
        response.writeHead(201).end('{"id":1}');
      }
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const signal = AbortSignal.timeout(5_000);
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const journal = await openJournal({ baseUrl, fetch, signal });
    for (const entry of ['a', 'b', 'c']) await journal.write(entry, signal);
    await expect(journal.write('refused', signal)).rejects.toThrow('POST /todos gave 503');
    expect(await journal.read(signal)).toEqual(['a', 'b', 'c']);
    await journal.close(signal);
    expect(asked).toEqual([
      'POST /auth/register',
      'POST /todos',
      'POST /todos',
      'POST /todos',
      'POST /todos',
      'GET /todos?limit=100',
      'GET /todos?limit=100&cursor=a%20b',
      'DELETE /users/me',
    ]);
    const { headers, path } = journal.reads;
    expect((await fetch(`${baseUrl}${path}`, { headers })).status).toBe(200);
  });
});
