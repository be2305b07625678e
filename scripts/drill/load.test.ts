import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLoad } from './load.ts';

const signal = new AbortController().signal;

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('an open-loop load', () => {
  it('sends what is due although nothing is answered, and counts the wait of each request', async () => {
    const held: (() => void)[] = [];
    const url = await serve((_request, response) => void held.push(() => response.end('{}')));
    const load = startLoad(url, { rate: 200, maxSeconds: 0.1, shots: [{ path: '/' }], signal });
    await expect.poll(() => held.length).toBe(20);
    await pause(50);
    for (const end of held) end();
    await load.stop();
    expect(load.sent).toHaveLength(20);
    expect(load.sent.every(({ status, failure }) => status === 200 && failure === undefined)).toBe(true);
    // Due at 0, 5, 10, … ms and answered together: a closed loop would have given the last one the shortest wait of all.
    const byTime = load.sent.toSorted((a, b) => a.dueAt - b.dueAt);
    expect(byTime.map(({ dueAt }) => dueAt)).toEqual(Array.from({ length: 20 }, (_, index) => index * 5));
    expect(byTime[0]!.latencyMs).toBeGreaterThan(byTime[19]!.latencyMs);
  });

  it('takes the requests in turn, and reads the version where it is asked for', async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(`${request.url} ${request.headers['x-who'] ?? ''}`);
      response.end('{"version":"1.2.3"}');
    });
    const shots = [
      { path: '/version', namesVersion: true },
      { path: '/list', headers: { 'x-who': 'me' } },
    ] as const;
    const load = startLoad(url, { rate: 200, maxSeconds: 0.02, shots, signal });
    await expect.poll(() => load.sent.length).toBe(4);
    await load.stop();
    expect(asked.toSorted()).toEqual(['/list me', '/list me', '/version ', '/version ']);
    expect(load.sent.map(({ version }) => version).toSorted()).toEqual(['1.2.3', '1.2.3', undefined, undefined]);
  });

  it('says why a request failed', async () => {
    let count = 0;
    const url = await serve((request, response) => {
      count += 1;
      if (count === 1) response.writeHead(503).end('<html><body><h1>503 Service Unavailable</h1>');
      else if (count === 2) request.socket.destroy();
      else {
        response.writeHead(200, { 'content-length': '100' }).write('{');
        setTimeout(() => request.socket.destroy(), 10);
      }
    });
    const load = startLoad(url, { rate: 100, maxSeconds: 0.03, shots: [{ path: '/' }], signal });
    await expect.poll(() => load.sent.length).toBe(3);
    await load.stop();
    expect(load.sent.map(({ failure }) => failure).toSorted()).toEqual([
      'ECONNRESET',
      'answer cut: ECONNRESET',
      'status 503 of the load balancer',
    ]);
  });

  it('ends by itself and when it is aborted', async () => {
    const url = await serve((_request, response) => void response.end('{}'));
    const ending = new AbortController();
    const load = startLoad(url, { rate: 1000, maxSeconds: 60, shots: [{ path: '/' }], signal: ending.signal });
    await expect.poll(() => load.sent.length).toBeGreaterThan(5);
    ending.abort();
    await load.stop();
    const count = load.sent.length;
    await pause(50);
    expect(load.sent).toHaveLength(count);
  });

  it.each([
    ['http://example.com', 10],
    ['http://127.0.0.1:1', 0],
    ['http://127.0.0.1:1', 1001],
  ])('goes to this machine only, at a bounded rate: %s at %s', (url, rate) => {
    expect(() => startLoad(url, { rate, maxSeconds: 1, shots: [{ path: '/' }], signal })).toThrow(
      /127\.0\.0\.1 only|1 to 1000/,
    );
  });
});
