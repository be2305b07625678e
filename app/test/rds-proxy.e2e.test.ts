import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdTodos } from './support/hold-todos.ts';
import { RdsProxy } from './support/rds-proxy.ts';
import { createDatabase, RunningApp, run, type Variables, withClient } from './support/running-app.ts';

describe('behind a proxy that refuses options in the startup message, as RDS Proxy does', () => {
  let database: Variables;
  let proxy: RdsProxy;

  beforeAll(async () => {
    database = await createDatabase({ migrated: false });
    proxy = await RdsProxy.start(database);
  });
  afterAll(() => proxy.close());

  it('the proxy refuses what RDS Proxy refuses', async () => {
    const { DATABASE_PORT, DATABASE_USER, DATABASE_PASSWORD, DATABASE_NAME } = proxy.variables;
    const client = new pg.Client({
      host: '127.0.0.1',
      port: Number(DATABASE_PORT),
      user: DATABASE_USER,
      password: DATABASE_PASSWORD,
      database: DATABASE_NAME,
      statement_timeout: 1_000,
    });
    await expect(client.connect()).rejects.toMatchObject({
      code: '0A000',
      message: 'Feature not supported: RDS Proxy currently doesn’t support the option statement_timeout.',
    });
    expect(await withClient(proxy.variables, async (other) => (await other.query('SELECT 1 AS one')).rows)).toEqual([
      { one: 1 },
    ]);
    proxy.refused.length = 0;
  });

  it('migrations run, the API gets ready, and slow statements still end in time', async () => {
    expect(await run('migrate.js', proxy.variables)).toMatchObject({ code: 0 });
    const app = await RunningApp.start({ ...proxy.variables, DATABASE_STATEMENT_TIMEOUT_MS: '300' });
    expect(await app.statusOf('/todos')).toBe(200);
    const todos = await holdTodos(database);
    expect(await app.statusOf('/todos')).toBe(503);
    await todos.release();
    expect(await app.statusOf('/todos')).toBe(200);
    expect(proxy.refused).toEqual([]);
  });
});
