import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, register } from './support/client.ts';
import {
  accessTokenOf,
  type RunningApp,
  startOnOwnDatabase,
  type Variables,
  withClient,
} from './support/running-app.ts';

let app: RunningApp;
let database: Variables;

beforeAll(async () => {
  ({ app, database } = await startOnOwnDatabase());
});
afterAll(() => app.kill());

const path = '/users/me/webhook';

describe('a webhook', () => {
  it('is set, shown without its secret, replaced with a new one, and deleted', async () => {
    const { client } = await register(app);
    expect(await client.send('GET', path)).toMatchObject({ status: 404, body: { code: 'WEBHOOK_NOT_FOUND' } });
    const first = await client.send('PUT', path, { body: { url: 'https://hooks.example.com/a b' } });
    expect(first).toMatchObject({
      status: 200,
      body: { url: 'https://hooks.example.com/a%20b', secret: expect.stringMatching(/^whsec_/) },
    });
    expect((await client.send('GET', path)).body).toEqual({
      url: 'https://hooks.example.com/a%20b',
      failingSince: null,
      messagesLeftToday: 10_000,
      disabled: null,
    });
    const second = await client.send('PUT', path, { body: { url: 'https://hooks.example.com/b' } });
    expect(Reflect.get(Object(second.body), 'secret')).not.toBe(Reflect.get(Object(first.body), 'secret'));
    expect((await client.send('DELETE', path)).status).toBe(204);
    expect((await client.send('DELETE', path)).status).toBe(404);
  });

  it('that is set again has left behind what became of the one before', async () => {
    const { client } = await register(app);
    for (const [method, end] of [
      ['GET', '/deliveries'],
      ['POST', '/enable'],
    ] as const) {
      expect((await client.send(method, `${path}${end}`)).status).toBe(404);
    }
    await client.send('PUT', path, { body: { url: 'https://hooks.example.com/a' } });
    const { id } = (await client.send('GET', '/users/me')).body as { id: string };
    await withClient(database, async (connection) => {
      await connection.query(
        `UPDATE webhooks SET disabled_at = now(), disabled_reason = 'failing', failing_since = now() WHERE user_id = $1`,
        [id],
      );
      await connection.query(
        `INSERT INTO webhook_deliveries (user_id, message_id, type, attempt, outcome, status, detail, duration_ms)
         VALUES ($1, $1, 'todo.completed', 10, 'refused', 404, 'it answered 404', 17)`,
        [id],
      );
    });
    expect((await client.send('GET', path)).body).toMatchObject({ disabled: { reason: 'failing' } });
    expect((await client.send('GET', `${path}/deliveries`)).body).toEqual({
      items: [
        {
          messageId: id,
          type: 'todo.completed',
          attempt: 10,
          attemptedAt: expect.stringMatching(/^\d{4}-.*Z$/),
          durationMs: 17,
          outcome: 'refused',
          status: 404,
          detail: 'it answered 404',
          nextAttemptAt: null,
        },
      ],
    });
    await client.send('PUT', path, { body: { url: 'https://hooks.example.com/b' } });
    expect((await client.send('GET', path)).body).toMatchObject({ failingSince: null, disabled: null });
    expect((await client.send('GET', `${path}/deliveries`)).body).toEqual({ items: [] });
  });

  it.each([
    'http://hooks.example.com/',
    'https://127.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://user:pass@hooks.example.com/',
    'ftp://hooks.example.com/',
    'hooks.example.com',
    `https://hooks.example.com/${'x'.repeat(2_000)}`,
  ])('can not be %s', async (url) => {
    const { client } = await register(app);
    expect(await client.send('PUT', path, { body: { url } })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_INPUT', errors: [{ in: 'body', pointer: '/url' }] },
    });
  });

  it("is nobody else's, and of nobody who is gone", async () => {
    const [{ client: one }, { client: other }] = [await register(app), await register(app)];
    await one.send('PUT', path, { body: { url: 'https://hooks.example.com/one' } });
    expect((await other.send('GET', path)).status).toBe(404);
    expect((await new Client(app).send('PUT', path, { body: { url: 'https://hooks.example.com/' } })).status).toBe(401);
    const gone = new Client(app, accessTokenOf(randomUUID()));
    expect((await gone.send('PUT', path, { body: { url: 'https://hooks.example.com/' } })).status).toBe(401);
  });
});
