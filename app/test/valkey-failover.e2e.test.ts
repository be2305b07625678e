import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { register } from './support/client.ts';
import { addJob, addUser, addWelcomeMails, figuresOf, outcomeOf } from './support/jobs-in-database.ts';
import { createDatabase, eventually, RunningApp, type Variables, withClient } from './support/running-app.ts';
import { ValkeyEndpoint } from './support/valkey-endpoint.ts';
import { describeWithValkey, ValkeyServer } from './support/valkey-server.ts';

const withinMs = 5_000;

/** A primary and a copy of it behind one address. */
async function startPair() {
  const [primary, replica] = [await ValkeyServer.start(), await ValkeyServer.start()];
  const endpoint = await ValkeyEndpoint.start(primary);
  onTestFinished(async () => {
    endpoint.close();
    await Promise.all([primary.remove(), replica.remove()]);
  });
  await replica.follow(primary);
  return { primary, replica, endpoint };
}

describeWithValkey('a failover of Valkey that leaves connections open', () => {
  let database: Variables;

  beforeEach(async () => {
    database = await createDatabase({ migrated: true });
  });

  const startWorker = async (endpoint: ValkeyEndpoint) => {
    const variables = { ...database, ...endpoint.variables, SERVICE_NAME: 'worker', WORKER_CONCURRENCY: '4' };
    const worker = await RunningApp.spawn({ ...variables, WEBHOOK_TARGETS: 'any' }, 'worker.js');
    onTestFinished(() => worker.kill());
    await worker.becomes(200, '/health');
    return worker;
  };

  const addWelcomeMail = async () => addJob(database, 'welcome-mail', { userId: await addUser(database) });
  const isDone = (id: string, within: number) =>
    eventually(async () => (await outcomeOf(database, id)) !== undefined, 'the job to be done', within);

  it('holds jobs up for five seconds at most, twice', async () => {
    const { primary, replica, endpoint } = await startPair();
    const worker = await startWorker(endpoint);
    await isDone(await addWelcomeMail(), 10_000);
    for (const next of [replica, primary]) {
      await endpoint.failOver(next);
      await isDone(await addWelcomeMail(), withinMs);
    }
    expect(worker.logs.filter(({ msg }) => msg === 'taking jobs')).toHaveLength(1);
  });

  it('loses no job of many in progress, and does none twice', async () => {
    const { replica, endpoint } = await startPair();
    await startWorker(endpoint);
    const before = await figuresOf(database);
    await addWelcomeMails(database, 500);
    await eventually(async () => (await figuresOf(database)).delivered >= before.delivered + 100, 'some to be done');
    await endpoint.failOver(replica);
    await eventually(async () => (await figuresOf(database)).open === 0, 'the rest to be done', 30_000);
    const after = await figuresOf(database);
    expect([after.delivered - before.delivered, after.deliveries - before.deliveries]).toEqual([500, 500]);
  });

  it('sends again what the new primary had not received', async () => {
    const { replica, endpoint } = await startPair();
    await startWorker(endpoint);
    await isDone(await addWelcomeMail(), 10_000);
    const lost = randomUUID();
    // As a primary leaves it that failed before it had passed it on.
    const payload = { userId: await addUser(database) };
    await withClient(database, (client) =>
      client.query(`INSERT INTO outbox (id, name, payload, sent_at) VALUES ($1, 'welcome-mail', $2, now())`, [
        lost,
        payload,
      ]),
    );
    await endpoint.failOver(replica);
    await isDone(lost, withinMs);
  });

  it('is seen by /ready, which asks by what is used, and over for requests as soon', async () => {
    const { primary, replica, endpoint } = await startPair();
    const app = await RunningApp.start({ ...database, ...endpoint.variables });
    const { client } = await register(app);
    const report = async () => (await (await fetch(`${app.url}/ready`)).json()) as { status: string };
    await eventually(async () => (await report()).status === 'ready', 'to be ready');
    expect((await client.send('GET', '/todos/summary')).status).toBe(200);

    const reasons: string[] = [];
    await replica.promote();
    // The endpoint still leads to the old one: to connect again does not help yet.
    await primary.follow(replica);
    await eventually(async () => {
      const text = JSON.stringify(await report());
      reasons.push(text);
      return text.includes('"status":"degraded"');
    }, '/ready to say that it is degraded');
    expect(reasons.at(-1)).toMatch(/READONLY|not connected/);
    endpoint.pointTo(replica);
    await eventually(async () => (await report()).status === 'ready', 'to be ready again', withinMs);
    expect((await client.send('GET', '/todos/summary')).status).toBe(200);
  });
});
