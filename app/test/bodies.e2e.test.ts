import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Client, register } from './support/client.ts';
import { holdTodos } from './support/hold-todos.ts';
import { exchange } from './support/raw-connection.ts';
import { eventually, type RunningApp, startOnOwnDatabase, type Variables } from './support/running-app.ts';

let app: RunningApp;
let database: Variables;
let client: Client;
let token: string;

beforeAll(async () => {
  ({ app, database } = await startOnOwnDatabase({ REQUEST_TIMEOUT_SECONDS: '2' }));
  const { client: registered, session } = await register(app);
  client = registered;
  token = session.accessToken;
});
afterAll(() => app.kill());

const post = (path: string, headers: string, body = '') =>
  `POST ${path} HTTP/1.1\r\nHost: app\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n\r\n${body}`;

describe('a body', () => {
  it('that stops halfway is the fault of its client: 408, and the connection is closed', async () => {
    const headers = 'Content-Type: application/json\r\nContent-Length: 100\r\nX-Correlation-Id: half-a-body';
    const { answer, afterMs } = await exchange(app, post('/todos', headers, '{"title":'));
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(answer).toContain('"code":"BODY_TIMEOUT"');
    expect(afterMs).toBeLessThan(6_000);
    await eventually(() => app.logs.some((line) => line['statusCode'] === 408), 'its log line');
    expect(app.logs.find((line) => line['statusCode'] === 408)).toMatchObject({ correlationId: 'half-a-body' });
  });

  it('that came does not lift the time limit of the work that it asks for', async () => {
    const held = await holdTodos(database);
    const askedAt = performance.now();
    const answer = await client.send('POST', '/todos', { body: { title: 'Waits' } });
    expect(performance.now() - askedAt).toBeLessThan(6_000);
    expect(answer).toMatchObject({ status: 503, body: { code: 'REQUEST_TIMEOUT' } });
    await held.release();
  });

  it('whose client goes away is not taken for a database that went away', async () => {
    const socket = connect(app.port, '127.0.0.1');
    const headers = 'Content-Type: application/json\r\nContent-Length: 100\r\nX-Correlation-Id: gone-away';
    socket.write(post('/todos', headers, '{"title":'));
    await sleep(200);
    socket.destroy();
    await eventually(() => app.logs.some((line) => line['correlationId'] === 'gone-away'), 'its log line');
    expect(app.logs.filter((line) => line['correlationId'] === 'gone-away')).toMatchObject([{ statusCode: 499 }]);
  });

  const latin1 = Buffer.from('{"title":"caf\xe9"}', 'latin1');

  it('in ill-formed UTF-8 is refused: 400, and nothing is stored', async () => {
    for (const bytes of [latin1, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), Buffer.from([0x22, 0xc0, 0x80, 0x22])]) {
      const answer = await fetch(`${app.url}/todos`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: new Uint8Array(bytes),
      });
      expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ code: 'BODY_NOT_UTF8' })]);
    }
  });

  it.each([
    ['application/json; charset=iso-8859-1', 'CHARSET_UNSUPPORTED'],
    ['application/json;charset="utf-16"', 'CHARSET_UNSUPPORTED'],
    ['text/plain', 'MEDIA_TYPE_UNSUPPORTED'],
    ['application/x-www-form-urlencoded', 'MEDIA_TYPE_UNSUPPORTED'],
  ])('as %s is refused: 415', async (type, code) => {
    const headers = { 'content-type': type };
    expect(await client.send('POST', '/todos', { body: { title: 'a' }, headers })).toMatchObject({
      status: 415,
      body: { code },
    });
  });

  it.each(['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'Application/JSON'])(
    'as %s is read',
    async (type) => {
      const headers = { 'content-type': type };
      expect(await client.send('POST', '/todos', { body: { title: 'café 😀' }, headers })).toMatchObject({
        status: 201,
        body: { title: 'café 😀' },
      });
    },
  );

  it('that is compressed is refused: 415', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expect(await client.send('POST', '/todos', { body: { title: 'a' }, headers })).toMatchObject({
      status: 415,
      body: { code: 'CONTENT_ENCODING_UNSUPPORTED' },
    });
  });

  it('that is too large breaks nothing: what comes after it on the same connection is answered', async () => {
    const next = `GET /todos HTTP/1.1\r\nHost: app\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
    const large = 'x'.repeat(3_000_000);
    const chunks = `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`;
    for (const [headers, body] of [
      [`Content-Type: application/json\r\nContent-Length: ${large.length}`, large],
      ['Content-Type: application/json\r\nTransfer-Encoding: chunked', chunks],
      [`Content-Type: text/csv\r\nContent-Length: ${large.length}`, large],
    ] as const) {
      const { answer } = await exchange(app, `${post('/todos', headers, body)}${next}`);
      const refused = headers.includes('csv') ? '415' : '413';
      expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toEqual([`HTTP/1.1 ${refused}`, 'HTTP/1.1 200']);
    }
  });

  it('that is far too large is refused on its announcement, and the answer arrives though the body continues', async () => {
    const socket = connect({ port: app.port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const errors: Error[] = [];
    let answer = '';
    socket.on('error', (error) => errors.push(error));
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.write(post('/todos', 'Content-Type: application/json\r\nContent-Length: 100000000', 'x'.repeat(100_000)));
    await eventually(() => answer.includes('BODY_TOO_LARGE'), 'the answer');
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    for (let sent = 0; sent < 20; sent += 1) {
      socket.write('x'.repeat(100_000));
      await sleep(20);
    }
    expect(errors).toEqual([]);
    // Not for ever: what is thrown away has bounds.
    const flood = setInterval(() => socket.write('x'.repeat(1_000_000)), 5);
    await closed;
    clearInterval(flood);
  });

  it('that is not there needs no media type', async () => {
    const created = (await client.send('POST', '/todos', { body: { title: 'a' } })).body as { id: string };
    const headers = { 'content-type': 'text/csv' };
    expect((await client.send('DELETE', `/todos/${created.id}`, { headers })).status).toBe(204);
    expect((await client.send('GET', '/todos', { headers })).status).toBe(200);
  });
});
