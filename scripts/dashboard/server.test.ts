import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serveDashboard } from './server.ts';
import { busySources } from './testing/fixture.ts';

const runbooks = resolve(import.meta.dirname, '../../docs/runbooks');

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

describe('the server of the dashboard', () => {
  let served: Served;

  beforeAll(async () => {
    served = await serveDashboard(busySources([]), runbooks);
  });
  afterAll(() => served.close());

  /** Not `fetch`, which would not send another host. */
  function ask(path: string, { method = 'GET', host }: { method?: string; host?: string } = {}): Promise<Answer> {
    return new Promise((done, failed) => {
      const asked = request(`${served.address}`, {
        path,
        method,
        ...(host === undefined ? {} : { headers: { host } }),
      });
      asked.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      asked.on('error', failed).end();
    });
  }

  it('listens on the loopback interface alone', () => {
    expect(served.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it.each([
    '/',
    '/style.css',
    '/page.js',
    '/charts.js',
    '/format.js',
    '/sections.js',
    '/icon.svg',
    '/uplot/uplot.js',
    '/uplot/uplot.css',
    '/lit-html/lit-html.js',
    '/api/outline',
    '/api/now',
    '/api/failures',
    '/api/charts?minutes=15',
    '/api/trace?id=a',
  ])('answers %s, and forbids the page everything else', async (path) => {
    const { status, headers, text } = await ask(path);

    expect(status).toBe(200);
    expect(text.length).toBeGreaterThan(1);
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self' 'sha256-[\w+/]{43}='; style-src 'self';/,
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1', 'localhost'])(
    'refuses the host %s: a name that somebody lets lead here',
    async (host) => {
      const { status, text } = await ask('/api/now', { host });

      expect(status).toBe(421);
      expect(text).not.toContain('staging');
    },
  );

  it('knows itself as localhost, too', async () => {
    const host = served.address.replace('http://127.0.0.1', 'localhost');

    expect((await ask('/', { host })).status).toBe(200);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    const { status, headers } = await ask('/api/now', { method });

    expect(status).toBe(405);
    expect(headers['allow']).toBe('GET, HEAD');
  });

  it('sends no body to HEAD', async () => {
    expect(await ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it.each([
    '/../package.json',
    '/page/../../server.ts',
    '/%2e%2e/package.json',
    '/server.ts',
    '/tsconfig.json',
    '/runbooks/none.md',
    '/runbooks/../README.md',
    '/api/charts?minutes=7',
    '/api/charts',
    '/api/trace',
    `/api/trace?id=${'a'.repeat(201)}`,
  ])('has nothing at %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('has the runbooks that alarms lead to', async () => {
    const name = 'errors-or-slow-requests.md';

    expect(await ask(`/runbooks/${name}`)).toMatchObject({
      status: 200,
      text: readFileSync(join(runbooks, name), 'utf8'),
    });
  });

  it('answers with 500 where a reading breaks, and continues', async () => {
    const broken = await serveDashboard(
      { ...busySources([]), now: () => Promise.reject(new Error('a bug')) },
      runbooks,
    );
    try {
      expect((await fetch(`${broken.address}/api/now`)).status).toBe(500);
      expect((await fetch(`${broken.address}/api/outline`)).status).toBe(200);
    } finally {
      await broken.close();
    }
  });
});
