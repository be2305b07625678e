import { describe, expect, it, onTestFinished } from 'vitest';
import { PostgresServer } from '../dev/postgres-server.ts';
import { register } from './support/client.ts';
import { keepAsking } from './support/load.ts';
import { createDatabase, eventually, RunningApp, withClient } from './support/running-app.ts';

describe('a database that is restarted under load', () => {
  it('costs no acknowledged write, no liveness and no process; readiness follows it', async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.remove());
    const database = await createDatabase({ migrated: true }, server.address);
    const app = await RunningApp.start(database);
    const { client } = await register(app);
    const acknowledged: string[] = [];
    const odd: unknown[] = [];
    const writing = keepAsking(6, async (number) => {
      const title = `Write number ${number}`;
      const { status, body } = await client.send('POST', '/todos', { body: { title } });
      if (status !== 201 && status !== 503) {
        odd.push({ status, body });
      }
      if (status === 201) {
        acknowledged.push(title);
      }
      // 503 says to come back; anything else would be a defect.
      return status === 201 || status === 503;
    });
    const living = keepAsking(1, async () => (await fetch(`${app.url}/health`)).status === 200);
    await eventually(() => acknowledged.length > 100, 'a hundred writes');

    await server.stop();
    await app.becomes(503, '/ready');
    const duringOutage = acknowledged.length;
    await living.asked(20);
    expect(acknowledged.length).toBe(duringOutage);
    await server.start();
    await app.becomes(200, '/ready');
    await eventually(() => acknowledged.length > duringOutage + 100, 'writes to continue');

    const { failed } = await writing.stop();
    const errors = app.logs.filter(({ level }) => level === 'error' || level === 'fatal');
    expect({ odd, errors, failed }).toEqual({ odd: [], errors: [], failed: 0 });
    expect(await living.stop()).toMatchObject({ failed: 0 });
    const stored = await withClient(database, async (connection) => {
      const { rows } = await connection.query<{ title: string }>('SELECT title FROM todos');
      return new Set(rows.map(({ title }) => title));
    });
    expect(acknowledged.filter((title) => !stored.has(title))).toEqual([]);
    expect(app.logs.filter(({ msg }) => msg === 'listening')).toHaveLength(1);
  });
});
