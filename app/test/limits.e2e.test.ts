import { get } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { holdTodos } from './support/hold-todos.ts';
import { createDatabase, eventually, RunningApp, waitingForLocks } from './support/running-app.ts';

describe('a request', () => {
  it('that takes longer than the service allows is answered in time', async () => {
    const database = await createDatabase({ migrated: true });
    const app = await RunningApp.start({ ...database, REQUEST_TIMEOUT_SECONDS: '1' });
    await holdTodos(database);
    const askedAt = performance.now();
    const response = await fetch(`${app.url}/todos`, { headers: app.headers });
    expect(performance.now() - askedAt).toBeLessThan(2_500);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'REQUEST_TIMEOUT' });
  });

  it('whose statement takes too long is answered as soon as Postgres gives it up, and the connection is free again', async () => {
    const database = await createDatabase({ migrated: true });
    const app = await RunningApp.start({ ...database, DATABASE_STATEMENT_TIMEOUT_MS: '300' });
    const todos = await holdTodos(database);
    const response = await fetch(`${app.url}/todos`, { headers: app.headers });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'DATABASE_TIMEOUT' });
    await todos.release();
    expect(await app.statusOf('/todos')).toBe(200);
  });

  it('that its client gave up is logged as that', async () => {
    const database = await createDatabase({ migrated: true });
    const app = await RunningApp.start(database);
    const todos = await holdTodos(database);
    const request = get(`${app.url}/todos`, { headers: { ...app.headers, 'x-correlation-id': 'gave-up-waiting' } });
    request.on('error', () => undefined);
    onTestFinished(() => void request.destroy());
    await eventually(async () => (await waitingForLocks(database)) === 1, 'the request to wait in Postgres');
    request.destroy();
    const line = () => app.logs.find(({ correlationId }) => correlationId === 'gave-up-waiting');
    await eventually(() => line() !== undefined, 'its log line');
    expect(line()).toMatchObject({ operation: 'GET /todos', statusCode: 499 });
    await todos.release();
    expect(await app.statusOf('/todos')).toBe(200);
  });
});
