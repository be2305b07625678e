import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { SmokeTest } from './flow.ts';
import { MemoryClock } from './testing/memory-flow.ts';
import { failuresOf, verify } from './verify.ts';

type Answers = Readonly<Record<string, () => { readonly status: number; readonly body?: string }>>;

const good: Answers = {
  '/health': () => ({ status: 200 }),
  '/ready': () => ({ status: 200 }),
  '/version': () => ({ status: 200, body: '{"version":"2.0.0"}' }),
};

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(listener: RequestListener): Promise<string> {
  const created = createServer(listener);
  server = created;
  await new Promise<void>((resolve) => created.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(created.address() as AddressInfo).port}`;
}

const answering = (answers: Answers): RequestListener => {
  return (request, response) => {
    const { status, body = '' } = answers[request.url ?? '']?.() ?? { status: 404 };
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };
};

const paths = { liveness: '/health', readiness: '/ready', version: '/version' };
const passing: SmokeTest = async () => undefined;

async function verified(url: string, smoke = passing, signal = new AbortController().signal) {
  return await verify({ fetch, clock: new MemoryClock(), smoke, paths }, url, { version: '2.0.0' }, signal);
}

describe('verify', () => {
  it('passes when everything answers as requested, and says what it saw', async () => {
    expect(await verified(await serve(answering(good)))).toEqual({
      passed: true,
      checks: [
        { name: 'health', passed: true, detail: 'GET /health gave 200' },
        { name: 'ready', passed: true, detail: 'GET /ready gave 200' },
        { name: 'version', passed: true, detail: 'GET /version gave 2.0.0 20 times in a row' },
        { name: 'smoke test', passed: true, detail: "the app's own smoke test passed" },
        { name: 'error rate', passed: true, detail: '0 of 60 requests failed' },
      ],
    });
  });

  it('asks each process that its routes let it reach, and lists what it cannot ask', async () => {
    const others = [
      { process: 'admin', readiness: '/admin/ready', version: '/admin/version' },
      { process: 'docs', unreachable: 'it answers on the host docs of the domain only' },
    ];
    const url = await serve(
      answering({
        ...good,
        '/admin/ready': () => ({ status: 200 }),
        '/admin/version': () => ({ status: 200, body: '{"version":"1.0.0"}' }),
      }),
    );
    const flow = { fetch, clock: new MemoryClock(), smoke: passing, paths: { ...paths, others } };
    const result = await verify(flow, url, { version: '2.0.0' }, new AbortController().signal);

    expect(failuresOf(result)).toEqual(['admin version: GET /admin/version gave 1.0.0 instead of 2.0.0']);
    expect(result.checks).toContainEqual({ name: 'admin ready', passed: true, detail: 'GET /admin/ready gave 200' });
    expect(result.notChecked).toEqual([{ name: 'docs', why: 'it answers on the host docs of the domain only' }]);
  });

  it.each([
    [
      'a health that fails',
      { '/health': () => ({ status: 500, body: 'broken' }) },
      'health: GET /health gave 500: broken',
    ],
    [
      'an app that is not ready',
      { '/ready': () => ({ status: 503, body: '{"db":"down"}' }) },
      'ready: GET /ready gave 503: {"db":"down"}',
    ],
    [
      'another version',
      { '/version': () => ({ status: 200, body: '{"version":"1.0.0"}' }) },
      'version: GET /version gave 1.0.0 instead of 2.0.0',
    ],
    [
      'an answer without version',
      { '/version': () => ({ status: 200, body: '[]' }) },
      'version: GET /version gave no version',
    ],
  ])('finds %s', async (_, answers, failure) => {
    const result = await verified(await serve(answering({ ...good, ...answers })));
    expect(result.passed).toBe(false);
    expect(failuresOf(result)[0]).toBe(failure);
  });

  it('waits for a load balancer that has just learnt of the release', async () => {
    let asked = 0;
    const answers = { ...good, '/ready': () => ({ status: ++asked < 5 ? 503 : 200 }) };
    expect((await verified(await serve(answering(answers)))).passed).toBe(true);
    expect(asked).toBe(5);
  });

  it('does not wait for long where the app itself fails, and longer where the load balancer answers', async () => {
    const statuses = async (statusOf: (asked: number) => number) => {
      let asked = 0;
      const answers = { ...good, '/health': () => ({ status: statusOf(++asked) }) };
      const { passed } = await verified(await serve(answering(answers)));
      server?.close();
      return { passed, asked };
    };
    expect(await statuses(() => 500)).toEqual({ passed: false, asked: 11 });
    expect(await statuses(() => 502)).toEqual({ passed: false, asked: 31 });
    expect(await statuses((asked) => (asked < 9 ? 500 : 200))).toEqual({ passed: true, asked: 9 });
    // Now and then an answer of the app is not the same failure all the time.
    expect(await statuses((asked) => (asked % 8 === 0 ? 503 : 500))).toEqual({ passed: false, asked: 31 });
  });

  it('waits until the load balancer is done with the tasks of the release before', async () => {
    let asked = 0;
    const answers = {
      ...good,
      '/version': () => ({ status: 200, body: `{"version":"${++asked === 15 ? '1.0.0' : '2.0.0'}"}` }),
    };
    expect((await verified(await serve(answering(answers)))).passed).toBe(true);
    expect(asked).toBe(15 + 20 + 60);
  });

  it('counts every failed request of the sample', async () => {
    let asked = 0;
    const answers = {
      ...good,
      '/version': () =>
        ++asked > 20 && asked % 10 === 0 ? { status: 502 } : { status: 200, body: '{"version":"2.0.0"}' },
    };
    expect(failuresOf(await verified(await serve(answering(answers))))).toEqual([
      'error rate: 6 of 60 requests failed: GET /version gave 502',
    ]);
  });

  it('takes a last answer of a task that drains for no error, and samples again', async () => {
    let asked = 0;
    const answers = {
      ...good,
      '/version': () => ({ status: 200, body: `{"version":"${++asked === 50 ? '1.0.0' : '2.0.0'}"}` }),
    };
    const { passed, checks } = await verified(await serve(answering(answers)));
    expect(passed).toBe(true);
    expect(checks.at(-1)).toEqual({ name: 'error rate', passed: true, detail: '0 of 120 requests failed' });
  });

  it('finds a task of another release that stays behind the load balancer', async () => {
    let asked = 0;
    const answers = {
      ...good,
      '/version': () => ({
        status: 200,
        body: `{"version":"${++asked > 20 && asked % 30 === 0 ? '1.0.0' : '2.0.0'}"}`,
      }),
    };
    expect(failuresOf(await verified(await serve(answering(answers))))).toEqual([
      'error rate: 2 of 60 answers came from 1.0.0',
    ]);
  });

  it("gives the smoke test's own reason", async () => {
    const smoke = () => Promise.reject(new Error('POST /todos gave 500'));
    expect(failuresOf(await verified(await serve(answering(good)), smoke))).toEqual([
      'smoke test: POST /todos gave 500',
    ]);
  });

  it('says once that nothing can be reached, and checks nothing else', async () => {
    const url = await serve(answering(good));
    server?.close();
    const result = await verified(url);
    expect(failuresOf(result)).toEqual([
      `health: fetch failed: connect ECONNREFUSED ${new URL(url).host}`,
      'ready: not checked, because health failed',
      'version: not checked, because health failed',
      'smoke test: not checked, because health failed',
      'error rate: not checked, because health failed',
    ]);
  });

  it('ends when it is interrupted', async () => {
    const interruption = new AbortController();
    const url = await serve((_, response) => {
      interruption.abort();
      response.end();
    });
    await expect(verified(url, passing, interruption.signal)).rejects.toThrow('aborted');
  });
});
