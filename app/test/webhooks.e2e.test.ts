import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, register } from './support/client.ts';
import { accessTokenOf, createDatabase, RunningApp } from './support/running-app.ts';

let app: RunningApp;

beforeAll(async () => {
  app = await RunningApp.spawn(await createDatabase({ migrated: true }));
  await app.becomes(200, '/ready');
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
    expect((await client.send('GET', path)).body).toEqual({ url: 'https://hooks.example.com/a%20b' });
    const second = await client.send('PUT', path, { body: { url: 'https://hooks.example.com/b' } });
    expect(Reflect.get(Object(second.body), 'secret')).not.toBe(Reflect.get(Object(first.body), 'secret'));
    expect((await client.send('DELETE', path)).status).toBe(204);
    expect((await client.send('DELETE', path)).status).toBe(404);
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
