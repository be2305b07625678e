import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Client, register } from './support/client.ts';
import { type RunningApp, startOnOwnDatabase } from './support/running-app.ts';

/*
 * What JavaScript accepts and Postgres does not, in every place where a client can put it, against the real database.
 * The places come from the OpenAPI document, so a new one is tried without being named here.
 */
let app: RunningApp;
let client: Client;
let places: readonly Place[];

beforeAll(async () => {
  ({ app } = await startOnOwnDatabase({ BODY_LIMIT_KIB: '100' }));
  ({ client } = await register(app));
  places = placesOf(((await client.send('GET', '/openapi.json')).body as OpenApi).paths);
});
afterAll(() => app.kill());

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: 'query' | 'path' | 'header' }[];
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: { readonly properties: object } } };
  };
}

interface Place {
  readonly method: string;
  readonly path: string;
  readonly in: 'body' | 'query' | 'path' | 'header';
  readonly name: string;
}

function placesOf(paths: OpenApi['paths']): readonly Place[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { parameters, requestBody }]) => [
      ...parameters.map(({ name, in: where }) => ({ method, path, in: where, name })),
      ...Object.keys(requestBody?.content['application/json'].schema.properties ?? {}).map((name) => ({
        method,
        path,
        in: 'body' as const,
        name,
      })),
    ]),
  );
}

/** What is right about the rest of a body, so that the one thing that is wrong is looked at. */
const valid: Readonly<Record<string, unknown>> = {
  title: 'A todo',
  email: 'someone@mail.invalid',
  password: 'a-password-that-is-long',
  refreshToken: `${'A'.repeat(22)}.${'A'.repeat(43)}`,
  url: 'https://receiver.example/hook',
};
const bodies: Readonly<Record<string, readonly string[]>> = {
  'post /todos': ['title'],
  'put /users/me/webhook': ['url'],
  'post /auth/register': ['email', 'password'],
  'post /auth/login': ['email', 'password'],
};

function send(place: Place, value: unknown): Promise<Answer> {
  const { method, path, name } = place;
  const at = path.replaceAll(/\{\w+\}/g, place.in === 'path' ? encoded(value) : randomUUID());
  const query = place.in === 'query' ? `?${name}=${encoded(value)}` : '';
  const headers: Record<string, string> = method === 'patch' ? { 'if-match': '*' } : {};
  if (place.in === 'header') {
    headers[name.toLowerCase()] = printable(value);
  }
  const rest = Object.fromEntries((bodies[`${method} ${path}`] ?? []).map((field) => [field, valid[field]]));
  const body = method === 'get' || method === 'delete' ? {} : { body: JSON.stringify(inBody(place, rest, value)) };
  return client.send(method.toUpperCase(), `${at}${query}`, { ...body, headers });
}

function inBody({ in: where, name }: Place, rest: object, value: unknown): object {
  return where === 'body' ? { ...rest, [name]: value } : rest;
}

/** As bytes, since a lone surrogate has no encoding: WTF-8, as a careless client writes it. */
function encoded(value: unknown): string {
  return [...String(value)]
    .map((character) => {
      const point = character.codePointAt(0) ?? 0;
      return point >= 0xd800 && point <= 0xdfff
        ? `%ED%${(0x80 | ((point >> 6) & 0x3f)).toString(16)}%${(0x80 | (point & 0x3f)).toString(16)}`
        : encodeURIComponent(character);
    })
    .join('');
}

/** What a header can hold at all. */
function printable(value: unknown): string {
  return String(value)
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '~')
    .slice(0, 2_000);
}

function cursorOf(milliseconds: bigint): string {
  const bytes = Buffer.alloc(24);
  bytes.writeBigInt64BE(milliseconds);
  return bytes.toString('base64url');
}

const hostile: readonly unknown[] = [
  '',
  ' ',
  '\ufeff',
  '\0',
  'a\0b',
  '\ud800',
  'a\udc00b',
  '\ude00\ud83d',
  '\uffff',
  '\ufffd',
  '\u{1f600}'.repeat(200),
  '\u{1f600}'.repeat(201),
  'x'.repeat(20_000),
  "'; DROP TABLE todos; --",
  '%',
  '%s',
  '\\u0000',
  '{}',
  'null',
  ...['0', '-1', '1e3', '1.5', '0x10', '9999999999999999999', '99999999999999999999999999', 'NaN', 'Infinity', '١'],
  ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '1969-12-31T23:59:59Z', '1970-01-01T00:00:00+23:59'],
  ...['9998-12-31T23:59:59.999Z', '9998-12-31T23:59:59-23:59', '9999-12-31T23:59:59-23:59', '10000-01-01T00:00:00Z'],
  ...['-271821-04-20T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '2026-02-29T00:00:00Z', '2026-01-01T24:00:00Z'],
  ...['2026-01-01T00:00:00.123456789123456789Z', '2026-01-01T00:00:60Z', 'infinity', '-infinity', 'epoch', 'now'],
  cursorOf(-(2n ** 63n)),
  cursorOf(2n ** 63n - 1n),
  cursorOf(-8_640_000_000_000_000n),
  cursorOf(8_640_000_000_000_000n),
  cursorOf(-210_866_803_200_001n),
  cursorOf(253_402_300_800_000n),
  cursorOf(0n),
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ...[0, -1, 1.5, 1e308, 2 ** 60, true, null, [], ['\0'], {}, { '\ud800': 1 }, [[['\ud800']]]],
];

const atOnce = 4;

/** Any sequence of UTF-16 units, surrogates and all. */
const anyUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));

function expectClientsFault(place: Place, value: unknown, { status, headers, body }: Answer): void {
  const what = `${place.method} ${place.path}, ${place.in} ${place.name} = ${JSON.stringify(value)?.slice(0, 80)}`;
  expect(status, what).toBeLessThan(500);
  if (status >= 400) {
    expect(headers.get('content-type'), what).toBe('application/problem+json; charset=utf-8');
    expect(body, what).toMatchObject({ status, code: expect.stringMatching(/^[A-Z][A-Z0-9_]+$/) });
  }
}

describe('what Postgres would not take', () => {
  it('is looked for in every kind of place', () => {
    expect(new Set(places.map((place) => place.in))).toEqual(new Set(['body', 'query', 'path', 'header']));
    expect(places.length).toBeGreaterThan(15);
  });

  it('is never answered with a 5xx, wherever it stands', async () => {
    for (const place of places) {
      // Few at a time: a login that waits for too many others is told to come back, with 503.
      for (let start = 0; start < hostile.length; start += atOnce) {
        const values = hostile.slice(start, start + atOnce);
        const answers = await Promise.all(values.map((value) => send(place, value)));
        for (const [index, answer] of answers.entries()) {
          expectClientsFault(place, values[index], answer);
        }
      }
    }
    expect(app.logs.filter(({ level }) => level === 'error')).toEqual([]);
  }, 180_000);

  it('is not, either, whatever the units of a text are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), anyUnits, async (index, value) => {
        const place = places[index % places.length];
        if (place !== undefined) {
          expectClientsFault(place, value, await send(place, value));
        }
      }),
      { numRuns: 400, seed: 20_261_125 },
    );
  }, 180_000);

  it('is refused with its place, also with an Idempotency-Key; what is taken is given back as it came', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    for (const field of ['title', 'description']) {
      const refused = await client.send('POST', '/todos', { body: { title: 'a', [field]: 'a\ud800' }, headers });
      expect(refused).toMatchObject({
        status: 400,
        body: { code: 'INVALID_INPUT', errors: [{ in: 'body', pointer: `/${field}` }] },
      });
    }
    const title = '\u{1f600}'.repeat(200);
    expect(await client.send('POST', '/todos', { body: { title }, headers })).toMatchObject({
      status: 201,
      body: { title },
    });
  });

  it('is found however deep it stands, and depth itself is no fault of ours', async () => {
    const depth = 40_000;
    const body = `{"title":"a","description":${'['.repeat(depth)}"\\ud800"${']'.repeat(depth)}}`;
    const { status } = await client.send('POST', '/todos', { body });
    expect(status).toBe(400);
  });
});
