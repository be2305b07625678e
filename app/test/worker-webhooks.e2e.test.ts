import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { addJob, addUser, figuresOf, outcomeOf } from './support/jobs-in-database.ts';
import { neverLogged } from './support/never-logged.ts';
import { createDatabase, eventually, RunningApp, type Variables, withClient } from './support/running-app.ts';
import { ValkeyServer, valkeyMissing } from './support/valkey-server.ts';

const secret = neverLogged(`whsec_${Buffer.from('a secret of twenty-four!').toString('base64')}`);

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly response: ServerResponse;
}

/** A receiver whose answers the test gives. */
async function startReceiver(answer: (received: Received) => void) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const message = { headers: request.headers, body: Buffer.concat(chunks).toString(), response };
    received.push(message);
    answer(message);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { received, url: `http://127.0.0.1:${port}/hook` };
}

const missing = valkeyMissing();

describe.skipIf(missing !== undefined)(`webhooks${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let valkey: ValkeyServer;
  let database: Variables;

  beforeAll(async () => {
    valkey = await ValkeyServer.start();
    database = await createDatabase({ migrated: true });
  });
  afterAll(() => valkey?.remove());

  const startWorker = async (change: Variables = {}) => {
    const worker = await RunningApp.spawn(
      {
        ...database,
        ...valkey.variables,
        SERVICE_NAME: 'worker',
        WORKER_CONCURRENCY: '4',
        WEBHOOK_TARGETS: 'any',
        ...change,
      },
      'worker.js',
    );
    onTestFinished(() => worker.kill());
    await worker.becomes(200, '/health');
    return worker;
  };

  const completeTodoOf = async (url: string) => {
    const userId = await addUser(database);
    await withClient(database, (client) =>
      client.query('INSERT INTO webhooks (user_id, url, secret) VALUES ($1, $2, $3)', [userId, url, secret]),
    );
    const todoId = crypto.randomUUID();
    return { todoId, jobId: await addJob(database, 'todo-completed', { todoId, userId }) };
  };

  const outcome = (jobId: string, expected: string, withinMs = 15_000) =>
    eventually(async () => (await outcomeOf(database, jobId)) === expected, `the outcome "${expected}"`, withinMs);

  it('tell the receiver what happened, signed with its secret', async () => {
    const { received, url } = await startReceiver(({ response }) => response.writeHead(204).end());
    await startWorker();
    const { todoId, jobId } = await completeTodoOf(url);
    await outcome(jobId, 'accepted');
    expect(received).toHaveLength(1);
    const [{ headers, body }] = received as [Received];
    expect(JSON.parse(body)).toEqual({ type: 'todo.completed', data: { id: todoId } });
    expect(headers['webhook-id']).toBe(jobId);
    const signed = `${jobId}.${headers['webhook-timestamp']}.${body}`;
    const expected = createHmac('sha256', 'a secret of twenty-four!').update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
  });

  it('are tried again when the receiver fails, and not when it refuses', async () => {
    let answers = 0;
    const failing = await startReceiver(({ response }) => response.writeHead(++answers < 3 ? 503 : 200).end());
    const refusing = await startReceiver(({ response }) => response.writeHead(404).end());
    await startWorker();
    const [retried, refused] = [await completeTodoOf(failing.url), await completeTodoOf(refusing.url)];
    await outcome(retried.jobId, 'accepted');
    await outcome(refused.jobId, 'refused with 404');
    expect(failing.received.map(({ headers }) => headers['webhook-id'])).toEqual(Array(3).fill(retried.jobId));
    expect(refusing.received).toHaveLength(1);
  });

  it('do not follow redirects', async () => {
    const target = await startReceiver(({ response }) => response.end());
    const { url } = await startReceiver(({ response }) => response.writeHead(302, { location: target.url }).end());
    await startWorker();
    await outcome((await completeTodoOf(url)).jobId, 'refused with 302');
    expect(target.received).toEqual([]);
  });

  it('leave a receiver alone that failed five times in a row, while others get theirs', async () => {
    const broken = await startReceiver(({ response }) => response.writeHead(500).end());
    const sound = await startReceiver(({ response }) => response.end());
    const worker = await startWorker();
    for (let count = 0; count < 6; count += 1) {
      await completeTodoOf(broken.url);
    }
    const isBroken = () => worker.logs.some(({ err }) => JSON.stringify(err ?? '').includes('left alone'));
    await eventually(isBroken, 'the circuit to open', 20_000);
    const before = broken.received.length;
    await outcome((await completeTodoOf(sound.url)).jobId, 'accepted');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(broken.received.length).toBe(before);
    await withClient(database, (client) => client.query('DELETE FROM outbox WHERE processed_at IS NULL'));
  }, 60_000);

  it('never reach the private network, by whatever name', async () => {
    const target = await startReceiver(({ response }) => response.end());
    await startWorker({ WEBHOOK_TARGETS: 'public' });
    const { port } = new URL(target.url);
    for (const url of [target.url, `https://127.0.0.1:${port}/`, `https://localhost:${port}/`]) {
      await outcome((await completeTodoOf(url)).jobId, 'forbidden');
    }
    expect(target.received).toEqual([]);
  });

  it('that are on their way when the worker must end are finished, and the worker takes no other', async () => {
    const { received, url } = await startReceiver(() => undefined);
    const worker = await startWorker();
    const { jobId } = await completeTodoOf(url);
    await eventually(() => received.length === 1, 'the message to arrive');
    worker.signal('SIGTERM');
    await eventually(() => worker.logs.some(({ operation }) => operation === 'shutdown'), 'the shutdown');
    const later = await addJob(database, 'welcome-mail', { userId: await addUser(database) });
    received[0]?.response.writeHead(200).end();
    expect(await worker.exited).toMatchObject({ code: 0, signal: null });
    expect(await outcomeOf(database, jobId)).toBe('accepted');
    expect(await outcomeOf(database, later)).toBeUndefined();
  });

  it('that can not be finished in time are given back, and another worker sends them with the same id', async () => {
    let answering = false;
    const { received, url } = await startReceiver(({ response }) => (answering ? response.end() : undefined));
    const worker = await startWorker({ SHUTDOWN_TIMEOUT_SECONDS: '6' });
    const { jobId } = await completeTodoOf(url);
    await eventually(() => received.length === 1, 'the message to arrive');
    worker.signal('SIGTERM');
    const { code, afterMs } = await worker.exited;
    expect(code).toBe(0);
    expect(afterMs).toBeLessThan(6_000);
    expect(worker.logs.some(({ outcome: found }) => found === 'handed-back')).toBe(true);
    expect((await figuresOf(database)).dead).toBe(0);

    answering = true;
    await startWorker();
    // Sooner than its lock would have run out: it was given back, not lost.
    await outcome(jobId, 'accepted', 8_000);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([jobId]));
  });
});
