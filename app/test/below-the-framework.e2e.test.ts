import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange } from './support/raw-connection.ts';
import { eventually, type RunningApp, startOnOwnDatabase } from './support/running-app.ts';

let app: RunningApp;

beforeAll(async () => {
  ({ app } = await startOnOwnDatabase());
});
afterAll(() => app.kill());

describe('what is refused before there is a request', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'REQUEST_MALFORMED'],
    ['an unknown method', 'FROB / HTTP/1.1\r\nHost: app\r\n\r\n', 400, 'REQUEST_MALFORMED'],
    [
      'two lengths',
      'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'REQUEST_MALFORMED',
    ],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'REQUEST_MALFORMED'],
    [
      'a header that is too large',
      `GET / HTTP/1.1\r\nHost: app\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    [
      'another expectation',
      'POST /todos HTTP/1.1\r\nHost: app\r\nExpect: wonders\r\nConnection: close\r\n\r\n',
      417,
      'EXPECTATION_FAILED',
    ],
    [
      'another expectation, with the body behind it',
      `POST /todos HTTP/1.1\r\nHost: app\r\nExpect: wonders\r\nContent-Length: 5000000\r\n\r\n${'x'.repeat(5_000_000)}`,
      417,
      'EXPECTATION_FAILED',
    ],
    ['a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n', 405, 'METHOD_NOT_ALLOWED'],
    ['no host', 'GET /todos HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'HOST_MISSING'],
    [
      'a chunk that is none',
      'POST /todos HTTP/1.1\r\nHost: app\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
      'REQUEST_MALFORMED',
    ],
  ])('%s is told so as a problem, and logged', async (_what, text, status, code) => {
    const { answer } = await exchange(app, text);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.toLowerCase()).toContain('\r\ncontent-type: application/problem+json; charset=utf-8');
    expect(head.toLowerCase()).toContain('\r\ncontent-security-policy: ');
    const problem = JSON.parse(body);
    expect(problem).toMatchObject({ status, code, type: expect.stringMatching(/^urn:problem:/) });
    const line = () => app.logs.find(({ correlationId }) => correlationId === problem.correlationId);
    await eventually(() => line() !== undefined, 'its log line');
    expect(line()).toMatchObject({ level: 'info', statusCode: status, msg: 'request' });
  });

  it('leaves the app as it was', async () => {
    expect(await app.statusOf('/todos')).toBe(200);
    expect(app.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
