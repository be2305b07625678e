import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type LogLine, type RunningApp, startOnOwnDatabase } from './support/running-app.ts';

let app: RunningApp;

beforeAll(async () => {
  ({ app } = await startOnOwnDatabase());
});
afterAll(() => app.kill());

const requestLines = () => app.logs.filter(({ msg }) => msg === 'request');
const logged = async (holds: (line: LogLine) => boolean) => {
  await eventually(() => app.logs.some(holds), 'a log line');
  return app.logs.find(holds);
};

describe('every answer', () => {
  it('carries the security headers, also when it is an error', async () => {
    for (const path of ['/health', '/nothing', '/todos/%zz']) {
      const { headers } = await fetch(`${app.url}${path}`);
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(headers.has('x-powered-by') || headers.has('server')).toBe(false);
    }
  });

  it.each(['caller-id-0001', 'Root=1-67891233-abcdef012345678912345678'])('keeps the correlation id %s', async (id) => {
    const response = await fetch(`${app.url}/todos`, { headers: { ...app.headers, 'x-correlation-id': id } });
    expect(response.headers.get('x-correlation-id')).toBe(id);
    expect(await logged((line) => line['correlationId'] === id)).toMatchObject({ operation: 'GET /todos' });
  });

  it.each(['short', 'x'.repeat(129), 'has spaces in it', '{"level":"fatal"}'])(
    'replaces the malformed correlation id %s',
    async (id) => {
      const response = await fetch(`${app.url}/health`, { headers: { 'x-correlation-id': id } });
      expect(response.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe('log lines', () => {
  it('say who speaks, for which request, what it was, and how long it took', async () => {
    await fetch(`${app.url}/todos?limit=3`, { headers: { ...app.headers, 'x-correlation-id': 'the-whole-line' } });
    const line = await logged(({ correlationId }) => correlationId === 'the-whole-line');
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'api',
      version: '1.2.3-e2e',
      environment: 'e2e',
      region: 'local',
      correlationId: 'the-whole-line',
      userId: expect.any(String),
      operation: 'GET /todos',
      method: 'GET',
      path: '/todos',
      statusCode: 200,
      durationMs: expect.any(Number),
      msg: 'request',
    });
  });

  it('are not written for health checks that pass', async () => {
    const before = requestLines().length;
    await fetch(`${app.url}/health`);
    await fetch(`${app.url}/ready`);
    await fetch(`${app.url}/version`);
    await eventually(() => requestLines().length > before, 'the line of /version');
    expect(
      requestLines()
        .slice(before)
        .map(({ path }) => path),
    ).toEqual(['/version']);
  });

  it('hold nothing that a caller keeps secret, nor the database password', async () => {
    await fetch(`${app.url}/todos?token=query-secret-1`, {
      headers: { authorization: 'Bearer header-secret-2', cookie: 'session=cookie-secret-3' },
    });
    await fetch(`${app.url}/todos`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'secrets-were-sent' },
      body: JSON.stringify({ title: 'body-secret-4', password: 'body-secret-5' }),
    });
    await logged(({ correlationId }) => correlationId === 'secrets-were-sent');
    expect(JSON.stringify(app.logs)).not.toMatch(/secret-\d|e2e-postgres-password|e2e-auth-secret/);
  });
});

describe('a method that a path does not have', () => {
  it.each([
    ['PUT', '/todos', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/todos?limit=1', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/todos/0189f7a4-3c4b-4d5e-8f60-718293a4b5c6', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['GET', '/auth/login', 'OPTIONS, POST'],
    ['PATCH', '/todos/summary', 'GET, HEAD, OPTIONS'],
    ['POST', '/health', 'GET, HEAD, OPTIONS'],
    ['PROPFIND', '/todos', 'GET, HEAD, OPTIONS, POST'],
  ])('%s %s is told which it has: %s', async (method, path, allowed) => {
    const response = await fetch(`${app.url}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allowed);
    expect(await response.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });
});

describe('OPTIONS', () => {
  it.each([
    ['/todos', 'GET, HEAD, OPTIONS, POST'],
    ['/auth/login', 'OPTIONS, POST'],
  ])('%s tells which methods there are, and asks for no token', async (path, allowed) => {
    const response = await fetch(`${app.url}${path}`, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([204, allowed, '']);
  });

  it('of a path that is not there is a 404', async () => {
    expect((await fetch(`${app.url}/nothing`, { method: 'OPTIONS' })).status).toBe(404);
  });
});

describe('HEAD', () => {
  it.each(['/health', '/version', '/todos', '/docs', '/nothing'])(
    '%s answers as GET does, without the body',
    async (path) => {
      const [got, head] = await Promise.all(
        ['GET', 'HEAD'].map((method) => fetch(`${app.url}${path}`, { method, headers: app.headers })),
      );
      expect(head?.status).toBe(got?.status);
      expect(head?.headers.get('content-type')).toBe(got?.headers.get('content-type'));
      expect(await head?.text()).toBe('');
    },
  );
});

describe('the service endpoints', () => {
  it('tell what runs', async () => {
    const response = await fetch(`${app.url}/version`);
    expect(await response.json()).toEqual({ version: '1.2.3-e2e', commit: 'abcdef', image: 'todo-api:e2e' });
  });

  it('describe the API: every documented path answers, and every path that answers is documented', async () => {
    const response = await fetch(`${app.url}/docs/json`);
    const { openapi, paths } = JSON.parse(await response.text());
    expect(openapi).toBe('3.1.1');
    expect(
      Object.entries(paths)
        .flatMap(([path, methods]) => Object.keys(Object(methods)).map((method) => `${method} ${path}`))
        .toSorted(),
    ).toEqual([
      'delete /todos/{id}',
      'delete /users/me',
      'delete /users/me/webhook',
      'get /health',
      'get /ready',
      'get /todos',
      'get /todos/summary',
      'get /todos/{id}',
      'get /users/me',
      'get /users/me/webhook',
      'get /users/me/webhook/deliveries',
      'get /version',
      'patch /todos/{id}',
      'post /auth/forgot-password',
      'post /auth/login',
      'post /auth/logout',
      'post /auth/refresh',
      'post /auth/register',
      'post /auth/reset-password',
      'post /todos',
      'post /users/me/verification-mail',
      'post /users/me/verify-email',
      'post /users/me/webhook/enable',
      'put /users/me/webhook',
    ]);
  });
});

describe('the documentation', () => {
  it('is where / leads a person, and what it names to a machine', async () => {
    const person = await fetch(app.url, { headers: { accept: 'text/html,*/*;q=0.8' }, redirect: 'manual' });
    expect([person.status, person.headers.get('location'), person.headers.get('vary')]).toEqual([
      303,
      '/docs',
      'accept',
    ]);
    const machine = await fetch(app.url);
    expect(machine.status).toBe(200);
    expect(await machine.json()).toEqual({ reference: '/docs', openapi: '/openapi.json' });
    for (const { headers } of [person, machine]) {
      expect(headers.get('link')).toContain('</openapi.json>; rel="service-desc"');
    }
  });

  it('is there with a slash at its end, too', async () => {
    const answer = await fetch(`${app.url}/docs/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '/docs']);
  });

  it('is the same document at both of its addresses', async () => {
    const [one, other] = await Promise.all(['/openapi.json', '/docs/json'].map((path) => fetch(`${app.url}${path}`)));
    expect(one?.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await one?.text()).toBe(await other?.text());
  });

  it('is a page whose parts are all here, and which is let load nothing else', async () => {
    const response = await fetch(`${app.url}/docs`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
    const html = await response.text();
    expect(html).not.toMatch(/<script>|https?:\/\//);
    const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
    expect(parts).toEqual([
      '/docs/swagger-ui.css',
      '/docs/page.css',
      '/openapi.json',
      '/openapi.json',
      '/docs/swagger-ui.js',
      '/docs/page.js',
    ]);
    for (const path of parts) {
      const part = await fetch(`${app.url}${path}`);
      expect([path, part.status, part.headers.get('x-content-type-options')]).toEqual([path, 200, 'nosniff']);
      expect((await part.arrayBuffer()).byteLength).toBeGreaterThan(200);
    }
  });

  it('is sent compressed to whoever takes it so, and plain to others', async () => {
    const sizes = await Promise.all(
      ['gzip', 'identity'].map(async (encoding) => {
        const response = await fetch(`${app.url}/docs/swagger-ui.js`, { headers: { 'accept-encoding': encoding } });
        expect(response.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null);
        return (await response.arrayBuffer()).byteLength;
      }),
    );
    expect(sizes[0]).toBe(sizes[1]);
  });
});
