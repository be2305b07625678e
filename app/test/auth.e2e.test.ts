import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, newAccount, register, sessionIn } from './support/client.ts';
import {
  accessTokenOf,
  eventually,
  type RunningApp,
  startOnOwnDatabase,
  type Variables,
  withClient,
} from './support/running-app.ts';

let app: RunningApp;
let database: Variables;
let anyone: Client;

beforeAll(async () => {
  ({ app, database } = await startOnOwnDatabase());
  anyone = new Client(app);
});
afterAll(() => app.kill());

const post = (path: string, body: unknown) => anyone.send('POST', `/auth/${path}`, { body });
const refresh = (refreshToken: string) => post('refresh', { refreshToken });
const rowsOf = (statement: string, values: unknown[] = []) =>
  withClient(database, async (client) => (await client.query(statement, values)).rows);

describe('registration', () => {
  it('makes an account, logs in, and asks for a welcome mail in the same transaction', async () => {
    const { client, account, session } = await register(app);
    const me = await client.send('GET', '/users/me');
    expect(me).toMatchObject({ status: 200, body: { email: account.email, createdAt: expect.any(String) } });
    const { id } = me.body as { id: string };
    expect(JSON.parse(Buffer.from(session.accessToken.split('.')[1] ?? '', 'base64url').toString())).toEqual({
      sub: id,
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect(await rowsOf(`SELECT name FROM outbox WHERE payload->>'userId' = $1`, [id])).toEqual([
      { name: 'welcome-mail' },
    ]);
  });

  it('stores neither the password nor the refresh token', async () => {
    const { account, session } = await register(app);
    const [user] = await rowsOf('SELECT id, password_hash FROM users WHERE email = $1', [account.email]);
    expect(user.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const [{ token_hash: hash }] = await rowsOf('SELECT token_hash FROM sessions WHERE user_id = $1', [user.id]);
    const [, secret = ''] = session.refreshToken.split('.');
    expect(hash).toEqual(createHash('sha256').update(secret).digest());
  });

  it('refuses an address that has an account, however it is written, also when two register it at once', async () => {
    const { account } = await register(app);
    const again = { ...account, email: account.email.toUpperCase() };
    expect(await post('register', again)).toMatchObject({ status: 409, body: { code: 'EMAIL_TAKEN' } });

    const other = newAccount();
    const both = await Promise.all([post('register', other), post('register', other)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  it.each([
    [{ email: 'someone@mail.invalid', password: 'too short' }, ['body /password']],
    [{ email: 'someone@mail.invalid', password: 'x'.repeat(257) }, ['body /password']],
    [{ email: 'someone', password: 'long enough to be one' }, ['body /email']],
    // Too long as a whole, and before the @.
    [{ email: `${'x'.repeat(250)}@mail.invalid`, password: 'long enough to be one' }, ['body /email', 'body /email']],
    [{ email: 'someone@mail.invalid', password: 'long enough to be one', admin: true }, ['body /admin']],
    [{}, ['body /email', 'body /password']],
  ])('refuses %j', async (body, places) => {
    const answer = await post('register', body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT' } });
    const { errors } = answer.body as { errors: { in: string; pointer: string }[] };
    expect(errors.map((error) => `${error.in} ${error.pointer}`)).toEqual(places);
  });
});

describe('login', () => {
  it('opens a session of its own', async () => {
    const { account, session } = await register(app);
    const answer = await post('login', { ...account, email: account.email.toUpperCase() });
    expect(answer.status).toBe(200);
    const second = sessionIn(answer);
    expect(second.refreshToken).not.toBe(session.refreshToken);
    expect((await new Client(app, second.accessToken).send('GET', '/users/me')).status).toBe(200);
  });

  it('does not tell an unknown address from a wrong password', async () => {
    const { account } = await register(app);
    const wrong = await post('login', { ...account, password: 'not the password' });
    const unknown = await post('login', newAccount());
    expect(wrong).toMatchObject({ status: 401, body: { code: 'CREDENTIALS_REFUSED' } });
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
    const { correlationId: _, ...told } = wrong.body as Record<string, unknown>;
    expect(unknown).toMatchObject({ status: 401, body: told });
  });

  it('clears away sessions of the same user that have expired, and no others', async () => {
    const { account } = await register(app);
    await rowsOf(
      `UPDATE sessions SET expires_at = now() - interval '1 minute'
       WHERE user_id = (SELECT id FROM users WHERE email = $1)`,
      [account.email],
    );
    await post('login', account);
    await post('login', account);
    const rows = await rowsOf('SELECT 1 FROM sessions s JOIN users u ON u.id = user_id WHERE email = $1', [
      account.email,
    ]);
    expect(rows).toHaveLength(2);
  });
});

describe('a refresh token', () => {
  it('gives new tokens, once', async () => {
    const { session } = await register(app);
    const second = sessionIn(await refresh(session.refreshToken));
    expect(second.refreshToken).not.toBe(session.refreshToken);
    expect((await new Client(app, second.accessToken).send('GET', '/users/me')).status).toBe(200);
    expect((await refresh(second.refreshToken)).status).toBe(200);
  });

  it('that is used a second time ends its whole family, but no other session', async () => {
    const { account, session } = await register(app);
    const elsewhere = sessionIn(await post('login', account));
    const second = sessionIn(await refresh(session.refreshToken));
    const third = sessionIn(await refresh(second.refreshToken));
    expect(await refresh(session.refreshToken)).toMatchObject({ status: 401, body: { code: 'REFRESH_REFUSED' } });
    expect((await refresh(third.refreshToken)).status).toBe(401);
    expect((await refresh(elsewhere.refreshToken)).status).toBe(200);
    expect(app.logs.filter(({ operation }) => operation === 'auth.refresh')).toMatchObject([
      { level: 'warn', msg: 'a refresh token was used twice: session ended' },
    ]);
  });

  it('that two tabs of one client use at the same moment gives both the same next one, and keeps them logged in', async () => {
    const { session } = await register(app);
    const tabs = await Promise.all(Array.from({ length: 4 }, () => refresh(session.refreshToken)));
    const sessions = tabs.map(sessionIn);
    expect(new Set(sessions.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    for (const { accessToken, refreshToken } of sessions) {
      expect((await new Client(app, accessToken).send('GET', '/users/me')).status).toBe(200);
      expect((await refresh(refreshToken)).status).toBe(200);
    }
  });

  it('that another client brings moments later is theft', async () => {
    const { session } = await register(app);
    const next = sessionIn(await refresh(session.refreshToken));
    const headers = { 'user-agent': 'another one' };
    const stolen = await anyone.send('POST', '/auth/refresh', {
      body: { refreshToken: session.refreshToken },
      headers,
    });
    expect(stolen).toMatchObject({ status: 401, body: { code: 'REFRESH_REFUSED' } });
    expect((await refresh(next.refreshToken)).status).toBe(401);
  });

  it('that the same client brings when the moment is over is theft', async () => {
    const { account, session } = await register(app);
    const next = sessionIn(await refresh(session.refreshToken));
    await rowsOf(
      `UPDATE sessions SET rotated_at = rotated_at - interval '10 seconds'
       WHERE user_id = (SELECT id FROM users WHERE email = $1)`,
      [account.email],
    );
    expect(await refresh(session.refreshToken)).toMatchObject({ status: 401, body: { code: 'REFRESH_REFUSED' } });
    expect((await refresh(next.refreshToken)).status).toBe(401);
  });

  it('expires', async () => {
    const { account, session } = await register(app);
    await rowsOf('UPDATE sessions SET expires_at = now() WHERE user_id = (SELECT id FROM users WHERE email = $1)', [
      account.email,
    ]);
    expect((await refresh(session.refreshToken)).status).toBe(401);
  });

  it.each(['', 'nonsense', `${'A'.repeat(22)}.${'A'.repeat(43)}`])('that is none (%j) is refused', async (text) => {
    expect(await refresh(text)).toMatchObject({ status: 401, body: { code: 'REFRESH_REFUSED' } });
  });
});

describe('logout', () => {
  it('ends the session, and may be repeated', async () => {
    const { session } = await register(app);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect((await post('logout', { refreshToken: session.refreshToken })).status).toBe(204);
    }
    expect((await refresh(session.refreshToken)).status).toBe(401);
  });
});

describe('an account', () => {
  it('is deleted with all that belongs to it, and its tokens are of no use then', async () => {
    const { client, account, session } = await register(app);
    const { id } = (await client.send('GET', '/users/me')).body as { id: string };
    const headers = { 'idempotency-key': 'the-only-one' };
    expect((await client.send('POST', '/todos', { body: { title: 'Left behind' }, headers })).status).toBe(201);
    expect((await client.send('DELETE', '/users/me')).status).toBe(204);

    for (const table of ['sessions', 'idempotency_keys']) {
      expect(await rowsOf(`SELECT 1 FROM ${table} WHERE user_id = $1`, [id])).toEqual([]);
    }
    expect(await rowsOf('SELECT 1 FROM todos WHERE owner_id = $1', [id])).toEqual([]);
    expect((await refresh(session.refreshToken)).status).toBe(401);
    expect((await post('login', account)).status).toBe(401);
    for (const [method, path, body] of [
      ['GET', '/users/me'],
      ['DELETE', '/users/me'],
      ['POST', '/todos', { title: 'Too late' }],
    ] as const) {
      expect(await client.send(method, path, { body })).toMatchObject({
        status: 401,
        body: { code: 'UNAUTHENTICATED' },
      });
    }
  });
});

describe('an endpoint that needs an access token', () => {
  it.each([
    ['none', {}],
    ['nonsense', { authorization: 'Bearer nonsense' }],
    ['another scheme', { authorization: 'Basic c29tZW9uZTpzZWNyZXQ=' }],
    ['a token without its scheme', { authorization: accessTokenOf('0189f7a4-3c4b-4d5e-8f60-718293a4b5c6') }],
  ])('gives 401 to whoever brings %s, before it looks at anything else', async (_name, headers) => {
    const answer = await anyone.send('PATCH', '/todos/not-an-id', { body: { unknown: 'field' }, headers });
    expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('takes the scheme however it is written', async () => {
    const { session } = await register(app);
    const headers = { authorization: `bearer ${session.accessToken}` };
    expect((await anyone.send('GET', '/users/me', { headers })).status).toBe(200);
  });

  it('logs whose request it was, also when it had a body', async () => {
    const { client } = await register(app);
    const { id } = (await client.send('GET', '/users/me')).body as { id: string };
    await client.send('POST', '/todos', { body: { title: 'x' }, headers: { 'x-correlation-id': 'whose-request-1' } });
    const line = () => app.logs.find(({ correlationId }) => correlationId === 'whose-request-1');
    await eventually(() => line() !== undefined, 'the line of the request');
    expect(line()).toMatchObject({ userId: id });
  });
});
