import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { PostgresServer } from '../dev/postgres-server.ts';
import { Client, type LoggedIn, register, type Sent } from './support/client.ts';
import { figuresOf } from './support/jobs-in-database.ts';
import { startReceiver } from './support/receiver.ts';
import { createDatabase, eventually, RunningApp, type Variables, withClient } from './support/running-app.ts';
import { describeWithValkey, ValkeyServer } from './support/valkey-server.ts';

const writers = 6;

const idIn = (body: string) => (JSON.parse(body) as { data: { id: string } }).data.id;

interface Failure {
  readonly at: number;
  readonly status: number;
}

/** As a balancer and a client that tries again do: each todo until it is written and until it is completed, by whichever API answers. */
class Writers {
  readonly acknowledged: string[] = [];
  /** Ids: each is owed a message to the webhook. */
  readonly completed: string[] = [];
  readonly failures: Failure[] = [];
  readonly #apis: readonly RunningApp[];
  readonly #token: string;
  #stopped = false;
  #all: Promise<unknown> = Promise.resolve();

  constructor(apis: readonly RunningApp[], user: LoggedIn) {
    this.#apis = apis;
    this.#token = user.session.accessToken;
  }

  start(): void {
    this.#all = Promise.all(Array.from({ length: writers }, () => this.#write()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#all;
  }

  async written(count: number): Promise<void> {
    const enough = this.completed.length + count;
    await eventually(() => this.completed.length >= enough, `${count} more writes`, 60_000);
  }

  async #write(): Promise<void> {
    while (!this.#stopped) {
      const title = `Written on a bad day ${randomUUID()}`;
      const headers = { 'idempotency-key': randomUUID() };
      const { id } = (await this.#untilDone('POST', '/todos', { body: { title }, headers })) as { id: string };
      this.acknowledged.push(title);
      // A second try of what was done changes nothing, and so tells the webhook nothing.
      await this.#untilDone('PATCH', `/todos/${id}`, { body: { completed: true }, headers: { 'if-match': '*' } });
      this.completed.push(id);
    }
  }

  async #untilDone(method: string, path: string, sent: Sent): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      const api = this.#apis[attempt % this.#apis.length] as RunningApp;
      const { status, body } = await new Client(api, this.#token)
        .send(method, path, sent)
        .catch(() => ({ status: 0, body: undefined }));
      if (status === 200 || status === 201) {
        return body;
      }
      this.failures.push({ at: performance.now(), status });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

describeWithValkey('a bad day', () => {
  it('loses no acknowledged write and no message about one, and doubles neither; tries fail at the API that is killed, and while the database is unreachable', async () => {
    const [postgres, valkey] = [await PostgresServer.start(), await ValkeyServer.start()];
    onTestFinished(async () => {
      await Promise.all([postgres.remove(), valkey.remove()]);
    });
    const database = await createDatabase({ migrated: true }, postgres.address);
    const everything: Variables = { ...database, ...valkey.variables };
    const startWorker = async () => {
      const settings = { SERVICE_NAME: 'worker', WORKER_CONCURRENCY: '4', WEBHOOK_TARGETS: 'any' };
      const worker = await RunningApp.spawn({ ...everything, ...settings }, 'worker.js');
      onTestFinished(() => worker.kill());
      return worker;
    };
    const apis = [await RunningApp.start(everything), await RunningApp.start(everything)];
    let worker = await startWorker();
    const user = await register(apis[0] as RunningApp);
    // Slower than the writers, so that jobs are wherever jobs can be when something is killed.
    const { received, url } = await startReceiver(({ response }) => setTimeout(() => response.end(), 50));
    const { id: userId } = (await user.client.send('GET', '/users/me')).body as { id: string };
    await withClient(database, (client) =>
      client.query(`INSERT INTO webhooks (user_id, url, secret) VALUES ($1, $2, 'whsec_bm9uZQ==')`, [userId, url]),
    );

    const load = new Writers(apis, user);
    load.start();
    await load.written(200);
    await valkey.kill();
    await load.written(200);
    await valkey.start();
    await load.written(100);

    const apiKilledAt = performance.now();
    await apis[1]?.kill();
    apis[1] = await RunningApp.start(everything);
    const apiBackAt = performance.now();
    await load.written(200);

    await worker.kill();
    worker = await startWorker();
    await load.written(200);

    const databaseAwayAt = performance.now();
    await postgres.stop();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await postgres.start();
    await load.written(300);
    const databaseBackAt = performance.now();
    const receivedBeforeEnd = received.length;
    await load.stop();

    const stoppedAt = performance.now();
    await eventually(async () => (await figuresOf(database)).open === 0, 'all jobs to be done', 180_000);
    const drainedSeconds = Math.round((performance.now() - stoppedAt) / 1_000);

    const titles = await withClient(database, async (client) => {
      const { rows } = await client.query<{ title: string }>('SELECT title FROM todos');
      return rows.map(({ title }) => title);
    });
    const stored = new Set(titles);
    const messages = new Map(received.map(({ headers, body }) => [headers['webhook-id'], idIn(body)]));
    const { deliveries, delivered, dead } = await figuresOf(database);
    const outside = load.failures.filter(
      ({ at, status }) =>
        !(at >= databaseAwayAt && at <= databaseBackAt) && !(status === 0 && at >= apiKilledAt && at <= apiBackAt),
    );
    process.stdout.write(
      `bad day: ${load.acknowledged.length} writes acknowledged, ${load.failures.length} tries failed, ` +
        `${load.completed.length} todos completed, ${received.length} webhooks received for ${messages.size} messages, ` +
        `${receivedBeforeEnd} of them before the last outage was over, the rest within ${drainedSeconds} s\n`,
    );
    expect(load.acknowledged.filter((title) => !stored.has(title))).toEqual([]);
    expect(titles.length - stored.size).toBe(0);
    expect(titles).toHaveLength(load.acknowledged.length);
    expect(outside).toEqual([]);
    expect(load.acknowledged.length).toBeGreaterThanOrEqual(1_200);
    // The welcome mail is the one job more.
    expect({ deliveries, delivered, dead }).toEqual({
      deliveries: titles.length + 1,
      delivered: titles.length + 1,
      dead: 0,
    });
    // Once each, whatever came twice: a receiver knows it by the id of its message.
    expect([...messages.values()].toSorted()).toEqual(load.completed.toSorted());
    // Some arrived between the outages; how many depends on how fast the machine is.
    expect(receivedBeforeEnd).toBeGreaterThan(0);
  }, 300_000);
});
