import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { smoke } from './smoke.ts';

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
