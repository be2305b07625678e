import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { inWords, totalSeconds, webhookRetries } from '../src/queue/retry-schedule.ts';
import { Client } from './support/client.ts';
import { addJob, addUser, figuresOf, outcomeOf, passTime } from './support/jobs-in-database.ts';
import { neverLogged } from './support/never-logged.ts';
import { type Received, startReceiver } from './support/receiver.ts';
import {
  accessTokenOf,
  createDatabase,
  eventually,
  RunningApp,
  type Variables,
  withClient,
} from './support/running-app.ts';
import { describeWithValkey, ValkeyServer } from './support/valkey-server.ts';

const secret = neverLogged(`whsec_${Buffer.from('a secret of twenty-four!').toString('base64')}`);

describeWithValkey('webhooks', () => {
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

  const userWith = async (url: string) => {
    const userId = await addUser(database);
    await withClient(database, (client) =>
      client.query('INSERT INTO webhooks (user_id, url, secret) VALUES ($1, $2, $3)', [userId, url, secret]),
    );
    return userId;
  };
  const completeTodo = async (userId: string) => {
    const todoId = crypto.randomUUID();
    return { userId, todoId, jobId: await addJob(database, 'todo-completed', { todoId, userId }) };
  };
  const completeTodoOf = async (url: string) => completeTodo(await userWith(url));

  const outcome = (jobId: string, expected: string, withinMs = 15_000) =>
    eventually(async () => (await outcomeOf(database, jobId)) === expected, `the outcome "${expected}"`, withinMs);

  const failuresOf = (userId: string) =>
    withClient(database, async (client) => {
      const { rows } = await client.query<{ failures: number }>(
        'SELECT consecutive_failures AS failures FROM webhooks WHERE user_id = $1',
        [userId],
      );
      return rows[0]?.failures ?? 0;
    });

  interface LoggedAttempt {
    readonly attempt: number;
    readonly outcome: string;
    readonly status: number | null;
    readonly detail: string | null;
    readonly waits: number | null;
  }

  /** What is kept of a message's attempts, oldest first; `waits`: seconds until the next. */
  const attemptsOf = (jobId: string) =>
    withClient(database, async (client) => {
      const { rows } = await client.query<LoggedAttempt>(
        `SELECT attempt, outcome, status, detail, extract(epoch FROM next_attempt_at - attempted_at)::float AS waits
         FROM webhook_deliveries WHERE message_id = $1 ORDER BY id`,
        [jobId],
      );
      return rows;
    });
  const attempted = (jobId: string, count: number) =>
    eventually(async () => (await attemptsOf(jobId)).length === count, `attempt ${count}`, 20_000);

  it('tell the receiver what happened, signed with its secret', async () => {
    const { received, url } = await startReceiver(({ response }) => response.writeHead(204).end());
    await startWorker();
    const { todoId, jobId } = await completeTodoOf(url);
    await outcome(jobId, 'delivered');
    expect(received).toHaveLength(1);
    const { headers, body } = received[0] as Received;
    expect(JSON.parse(body)).toEqual({
      type: 'todo.completed',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: { id: todoId },
    });
    expect(headers['webhook-id']).toBe(jobId);
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
  });

  it('are tried again whatever else than 2xx comes, when it is time, with the same id and a new signature', async () => {
    const answers = [404, 401, 408, 302, 200];
    const { received, url } = await startReceiver(({ response }) =>
      response.writeHead(answers[received.length - 1] ?? 500, { location: 'http://127.0.0.1:1/' }).end(),
    );
    const worker = await startWorker();
    const { jobId } = await completeTodoOf(url);
    for (const [index, seconds] of webhookRetries.slice(0, 4).entries()) {
      await attempted(jobId, index + 1);
      await passTime(database, seconds * 1.1 + 1);
    }
    await outcome(jobId, 'delivered');
    expect(await attemptsOf(jobId)).toMatchObject(
      answers.map((status, index) => ({
        attempt: index + 1,
        status,
        outcome: status === 200 ? 'delivered' : 'refused',
        waits: status === 200 ? null : expect.toSatisfy((waits: number) => isAbout(waits, webhookRetries[index])),
      })),
    );
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([jobId]));
    for (const { headers, body } of received) {
      new Webhook(secret).verify(body, headers as Record<string, string>);
    }
    // A receiver's fault is not the operator's.
    expect(worker.logs.filter(({ level, outcome: found }) => found !== undefined && level !== 'info')).toEqual([]);
    expect(worker.logs.filter(({ outcome: found }) => found === 'postponed')).toHaveLength(4);
  }, 60_000);

  it('wait for as long as the receiver asks for', async () => {
    const { received, url } = await startReceiver(({ response }) =>
      response.writeHead(received.length === 1 ? 429 : 200, { 'retry-after': '1000' }).end(),
    );
    await startWorker();
    const { jobId } = await completeTodoOf(url);
    await attempted(jobId, 1);
    expect(await attemptsOf(jobId)).toMatchObject([{ status: 429, waits: expect.closeTo(1_000, 0) }]);
    await passTime(database, 1_001);
    await outcome(jobId, 'delivered');
  });

  it(`end after ${inWords(totalSeconds(webhookRetries))} without a success; the owner sees why, and can enable it again`, async () => {
    let answering = false;
    const { received, url } = await startReceiver(({ response }) => response.writeHead(answering ? 200 : 500).end());
    const [worker, app] = [await startWorker(), await RunningApp.start(database)];
    const { jobId, userId } = await completeTodoOf(url);
    const owner = new Client(app, accessTokenOf(userId));
    let passed = 0;
    for (const [index, seconds] of webhookRetries.entries()) {
      await attempted(jobId, index + 1);
      expect((await owner.send('GET', '/users/me/webhook')).body).toMatchObject({ url, disabled: null });
      await passTime(database, seconds * 1.1);
      passed += seconds;
    }
    await outcome(jobId, 'given up');
    expect([received.length, passed]).toEqual([10, totalSeconds(webhookRetries)]);
    expect((await owner.send('GET', '/users/me/webhook')).body).toMatchObject({
      url,
      failingSince: expect.any(String),
      disabled: { at: expect.any(String), reason: 'failing' },
    });
    const { body } = await owner.send('GET', '/users/me/webhook/deliveries');
    const items = Reflect.get(Object(body), 'items') as unknown[];
    expect(items).toHaveLength(10);
    expect(items[0]).toMatchObject({
      messageId: jobId,
      type: 'todo.completed',
      attempt: 10,
      outcome: 'refused',
      status: 500,
      detail: 'it answered 500',
      nextAttemptAt: null,
    });

    const skipped = await completeTodo(userId);
    await outcome(skipped.jobId, 'disabled');
    answering = true;
    expect(await owner.send('POST', '/users/me/webhook/enable')).toMatchObject({
      status: 200,
      body: { url, failingSince: null, disabled: null },
    });
    await outcome((await completeTodo(userId)).jobId, 'delivered');
    expect((await figuresOf(database)).dead).toBe(0);
    expect(worker.logs.filter(({ level }) => level === 'error')).toEqual([]);
  }, 120_000);

  it('go no more to a receiver that says that it is gone', async () => {
    const { url } = await startReceiver(({ response }) => response.writeHead(410).end());
    await startWorker();
    const { jobId, userId } = await completeTodoOf(url);
    await outcome(jobId, 'given up');
    expect(await attemptsOf(jobId)).toMatchObject([{ status: 410, waits: null }]);
    await outcome((await completeTodo(userId)).jobId, 'disabled');
  });

  it('of one user do not suffer from what another one of the same host does', async () => {
    const { received, url } = await startReceiver(({ path, response }) =>
      response.writeHead(path === '/failing' ? 500 : 200).end(),
    );
    const worker = await startWorker();
    const failing = await userWith(new URL('/failing', url).href);
    const toFailing: string[] = [];
    for (let count = 0; count < 20; count += 1) {
      toFailing.push((await completeTodo(failing)).jobId);
    }
    const isPaused = () =>
      withClient(database, async (client) => {
        const { rows } = await client.query(
          'SELECT FROM webhooks WHERE user_id = $1 AND paused_until > now() AND consecutive_failures >= 5',
          [failing],
        );
        return rows.length === 1;
      });
    await eventually(isPaused, 'the failing one to be paused', 40_000);
    const sound = await userWith(new URL('/sound', url).href);
    const toSound = await Promise.all([1, 2, 3, 4, 5].map(async () => (await completeTodo(sound)).jobId));
    for (const jobId of toSound) {
      await outcome(jobId, 'delivered');
    }
    // What was held back used up no attempt: there are as many as requests.
    const attempts = await withClient(database, async (client) => {
      const { rows } = await client.query<{ sum: number }>(
        'SELECT sum(attempts)::int AS sum FROM outbox WHERE id = ANY($1)',
        [toFailing],
      );
      return rows[0]?.sum;
    });
    expect(attempts).toBe(received.filter(({ path }) => path === '/failing').length);
    expect(attempts).toBeLessThan(10);
    expect((await figuresOf(database)).dead).toBe(0);
    expect(worker.logs.filter(({ level, outcome: found }) => found !== undefined && level !== 'info')).toEqual([]);
    await withClient(database, (client) => client.query('DELETE FROM outbox WHERE processed_at IS NULL'));
  }, 120_000);

  it('to receivers that hang leave slots to those that answer', async () => {
    const sound = await startReceiver(({ response }) => response.end());
    const hanging = await startReceiver(() => undefined);
    await startWorker();
    const { userId, jobId } = await completeTodoOf(sound.url);
    await outcome(jobId, 'delivered');
    for (let count = 0; count < 12; count += 1) {
      await completeTodoOf(hanging.url);
    }
    await eventually(() => hanging.received.length === 2, 'two of them to hang');
    const startedAt = performance.now();
    await outcome((await completeTodo(userId)).jobId, 'delivered', 5_000);
    // Had they every slot it would wait for a timeout of ten seconds.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(hanging.received).toHaveLength(2);
    await withClient(database, (client) => client.query('DELETE FROM outbox WHERE processed_at IS NULL'));
  }, 60_000);

  it('to a receiver that was sound and hangs now take no slot of others, though it answers in between', async () => {
    const sound = await startReceiver(({ response }) => response.end());
    let hangs = false;
    const turned = await startReceiver(({ response }) => (hangs ? undefined : response.end()));
    await startWorker();
    const [honest, other] = [await completeTodoOf(sound.url), await completeTodoOf(turned.url)];
    await Promise.all([outcome(honest.jobId, 'delivered'), outcome(other.jobId, 'delivered')]);

    const burst = async () => {
      await Promise.all(Array.from({ length: 8 }, () => completeTodo(other.userId)));
    };
    hangs = true;
    const before = turned.received.length;
    await burst();
    await eventually(() => turned.received.length > before, 'some to hang');
    const deliver = async () => {
      const startedAt = performance.now();
      await outcome((await completeTodo(honest.userId)).jobId, 'delivered', 8_000);
      return performance.now() - startedAt;
    };
    // Had they every slot, it would wait for a timeout of ten seconds.
    expect(await deliver()).toBeLessThan(6_000);
    expect(turned.received.length - before).toBe(2);

    // As if it had answered one in between.
    await eventually(async () => (await failuresOf(other.userId)) > 0, 'its failures to be recorded', 20_000);
    await withClient(database, (client) =>
      client.query(`UPDATE webhooks SET consecutive_failures = 0, last_delivered_at = now() WHERE user_id = $1`, [
        other.userId,
      ]),
    );
    const again = turned.received.length;
    await burst();
    await eventually(() => turned.received.length > again, 'one to hang');
    expect(await deliver()).toBeLessThan(6_000);
    expect(turned.received.length - again).toBe(1);
    await withClient(database, (client) => client.query('DELETE FROM outbox WHERE processed_at IS NULL'));
  }, 90_000);

  it('never reach the private network, by whatever name', async () => {
    const target = await startReceiver(({ response }) => response.end());
    await startWorker({ WEBHOOK_TARGETS: 'public' });
    const { port } = new URL(target.url);
    for (const url of [target.url, `https://127.0.0.1:${port}/`, `https://localhost:${port}/`]) {
      const { jobId } = await completeTodoOf(url);
      await attempted(jobId, 1);
      expect(await attemptsOf(jobId)).toMatchObject([{ outcome: 'forbidden', status: null }]);
    }
    expect(target.received).toEqual([]);
    await withClient(database, (client) => client.query('DELETE FROM outbox WHERE processed_at IS NULL'));
  });

  it('are recorded a hundred times, and no more', async () => {
    const { url } = await startReceiver(({ response }) => response.end());
    await startWorker();
    const userId = await userWith(url);
    await withClient(database, (client) =>
      client.query(
        `INSERT INTO webhook_deliveries (user_id, message_id, type, attempt, outcome, duration_ms)
         SELECT $1, gen_random_uuid(), 'todo.completed', 1, 'delivered', n FROM generate_series(1, 150) AS n`,
        [userId],
      ),
    );
    const { jobId } = await completeTodo(userId);
    await outcome(jobId, 'delivered');
    const kept = await withClient(database, async (client) => {
      const { rows } = await client.query<{ count: number; oldest: number }>(
        `SELECT count(*)::int AS count, min(duration_ms) FILTER (WHERE message_id <> $2) AS oldest
         FROM webhook_deliveries WHERE user_id = $1`,
        [userId, jobId],
      );
      return rows[0];
    });
    expect(kept).toEqual({ count: 100, oldest: 52 });
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
    expect(await outcomeOf(database, jobId)).toBe('delivered');
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
    await outcome(jobId, 'delivered', 8_000);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([jobId]));
  });
});

/** Chance adds up to a tenth. */
function isAbout(seconds: number, planned = 0): boolean {
  return seconds >= planned - 0.01 && seconds <= planned * 1.1 + 0.01;
}
