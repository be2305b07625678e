import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tellOfSmoke } from './check-contract.ts';
import { NotChecked } from './report.ts';
import { limitedIn, repeatSmoke, startTraffic } from './traffic.ts';

const signal = new AbortController().signal;
/** Lets two requests through, and no more. */
let asked = 0;
const server = createServer((_request, response) => {
  asked += 1;
  response.writeHead(asked > 2 ? 429 : 200).end();
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

it('takes the answer of a rate limiter for what it is, and not for a failure', async () => {
  const statuses = [200, 429, 429, 500];
  const traffic = startTraffic(async () => statuses.shift() ?? 200, signal, 1);
  while (statuses.length > 0) await pause(5);
  const { limited, failures, requests } = await traffic.stop();
  expect({ limited, failures }).toEqual({ limited: 2, failures: ['status 500'] });
  expect(limitedIn({ requests, limited })).toBe(`; a rate limiter answered 2 of ${requests} with 429`);
  expect(limitedIn({ requests: 3, limited: 0 })).toBe('');
});

it('ends smoke tests when a rate limiter answers one, which then has not failed', async () => {
  const smoke = repeatSmoke(
    async ({ baseUrl, fetch }) => {
      const { status } = await fetch(baseUrl);
      if (status !== 200) throw new Error(`GET / gave ${status}`);
    },
    url,
    signal,
  );
  while (asked < 3) await pause(20);
  const report = await smoke.stop();
  expect(report).toEqual({ runs: 3, limited: 1, failures: ['GET / gave 429'] });
  expect(tellOfSmoke(report, undefined)).toBe('2 of 2, until a rate limiter answered with 429');
});

it('does not call a smoke test passed that only ever met a rate limiter', () => {
  expect(() => tellOfSmoke({ runs: 1, limited: 1, failures: ['GET / gave 429'] }, undefined)).toThrow(NotChecked);
});

it('blames the disk where a smoke test passes on a writable one', () => {
  const failed = { runs: 1, limited: 0, failures: ['POST /files gave 500'] };
  const passed = { runs: 1, limited: 0, failures: [] };
  expect(() => tellOfSmoke(failed, passed)).toThrow(
    'it fails only because the disk is read-only: POST /files gave 500',
  );
  expect(() => tellOfSmoke(failed, failed)).toThrow(/^POST \/files gave 500$/);
});
