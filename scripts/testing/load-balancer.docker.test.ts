import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Checkout, createCheckout } from './checkout.ts';
import { releaseOf } from './expectations.ts';
import { newSession } from './session.ts';

/**
 * What clients send that no client should, through HAProxy: it keeps connections to the task and sends the requests of
 * several clients on each, so what breaks one of them breaks the request of somebody else.
 */
describe('the load balancer in front of the app', () => {
  let checkout: Checkout;
  let url: URL;
  let token: string;

  beforeAll(async () => {
    checkout = await createCheckout(`t${process.pid}-balancer`);
    // One task, so that all share its connections.
    await checkout.configure('staging', { apiDesiredCount: '1', worker: 'off' });
    const up = await checkout.stack('up', 'staging');
    releaseOf(up);
    url = new URL(`${up.json['url']}`);
    ({ authorization: token } = await newSession(url.origin));
  });
  afterAll(async () => {
    await checkout.stack('down', 'staging');
    checkout.remove();
  });

  /** Sends `text` on a connection of its own, and gives what comes back by the time that `enough` or the other side says so. */
  async function exchange(text: string, enough: (answer: string) => boolean, withinMs = 40_000): Promise<string> {
    const socket = connect(Number(url.port), url.hostname);
    onTestFinished(() => void socket.destroy());
    // A cut connection is an answer that is too short.
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.write(text);
    const deadline = performance.now() + withinMs;
    while (!enough(answer) && performance.now() < deadline) {
      if ((await Promise.race([closed, sleep(20)])) !== undefined) break;
    }
    return answer;
  }

  const post = (fields: string, body: string) =>
    `POST /todos HTTP/1.1\r\nHost: app\r\nAuthorization: ${token}\r\n${fields}\r\n\r\n${body}`;
  const next = () => `GET /todos HTTP/1.1\r\nHost: app\r\nAuthorization: ${token}\r\nConnection: close\r\n\r\n`;
  const statusesIn = (answer: string) =>
    (answer.match(/HTTP\/1\.1 \d{3}/g) ?? []).map((line) => Number(line.slice(-3)));

  /** Others who ask on the same connections to the task meanwhile. */
  function bystanders(width = 4) {
    const failures: unknown[] = [];
    let asked = 0;
    let stopped = false;
    const askAgain = async () => {
      while (!stopped) {
        asked += 1;
        const response = await fetch(`${url.origin}/todos`, { headers: { authorization: token } }).catch(String);
        if (typeof response === 'string' || response.status !== 200) {
          failures.push(typeof response === 'string' ? response : [response.status, await response.text()]);
        } else {
          await response.arrayBuffer();
        }
      }
    };
    const all = Promise.all(Array.from({ length: width }, askAgain));
    return async () => {
      stopped = true;
      await all;
      expect(failures).toEqual([]);
      expect(asked).toBeGreaterThan(width);
    };
  }

  const large = 'x'.repeat(3_000_000);
  const json = 'Content-Type: application/json';

  it.each([
    ['with its length', 413, `${json}\r\nContent-Length: ${large.length}`, large],
    [
      'in chunks',
      413,
      `${json}\r\nTransfer-Encoding: chunked`,
      `${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`,
    ],
    ['of another type', 415, `Content-Type: text/csv\r\nContent-Length: ${large.length}`, large],
  ])(
    'a body that is refused, %s, breaks neither the next request of its client nor those of others',
    async (_, refused, fields, body) => {
      const end = bystanders();
      for (let round = 0; round < 10; round += 1) {
        const answer = await exchange(`${post(fields, body)}${next()}`, (text) => statusesIn(text).length === 2);
        expect([statusesIn(answer), answer.includes('urn:problem:')]).toEqual([[refused, 200], true]);
      }
      await end();
    },
  );

  it('a body that is far too large is refused before it has come, and breaks no request of others', async () => {
    const end = bystanders();
    for (let round = 0; round < 5; round += 1) {
      const announced = post(`${json}\r\nContent-Length: 100000000`, large);
      expect(statusesIn(await exchange(announced, (text) => text.includes('BODY_TOO_LARGE')))).toEqual([413]);
    }
    await end();
  });

  it('a body that stops halfway is the fault of its client: the answer is 408, and the app’s', async () => {
    const end = bystanders();
    const halves = Array.from({ length: 12 }, () =>
      exchange(post(`${json}\r\nContent-Length: 100`, '{"title":'), (text) => text.includes('BODY_TIMEOUT')),
    );
    expect((await Promise.all(halves)).map(statusesIn)).toEqual(halves.map(() => [408]));
    await end();
  });

  it('clients that leave in the middle of a body break no request of others', async () => {
    const end = bystanders();
    for (let round = 0; round < 20; round += 1) {
      const socket = connect(Number(url.port), url.hostname).on('error', () => undefined);
      socket.write(post(`${json}\r\nContent-Length: 3000000`, 'x'.repeat(100_000)));
      await sleep(20);
      socket.destroy();
    }
    await end();
  });
});
