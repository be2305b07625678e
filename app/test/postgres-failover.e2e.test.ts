import { describe, expect, it, onTestFinished } from 'vitest';
import { PostgresServer } from '../dev/postgres-server.ts';
import { type Client, register } from './support/client.ts';
import { Endpoint } from './support/endpoint.ts';
import { addJob, addUser, outcomeOf } from './support/jobs-in-database.ts';
import { keepAsking } from './support/load.ts';
import { createDatabase, eventually, RunningApp, type Variables, withClient } from './support/running-app.ts';
import { describeWithValkey, ValkeyServer } from './support/valkey-server.ts';

const withinMs = 5_000;

/** A primary with a migrated database, a standby that streams from it, and the address by which the app knows them. */
async function startPair() {
  const primary = await PostgresServer.start();
  onTestFinished(() => primary.remove());
  const database = await createDatabase({ migrated: true }, primary.address);
  await primary.stop();
  const standby = await primary.copy();
  onTestFinished(() => standby.remove());
  await primary.start();
  standby.follow(primary);
  await standby.start();
  const endpoint = await Endpoint.to(primary.address.port);
  onTestFinished(() => endpoint.close());
  return { primary, standby, endpoint, database, asSeen: portOf(database, endpoint.port) };
}

const portOf = (database: Variables, port: number): Variables => ({ ...database, DATABASE_PORT: String(port) });

/** What Patroni does for a switchover, and RDS for its: the standby takes over, and the primary becomes its standby. */
async function switchOver(database: Variables, primary: PostgresServer, standby: PostgresServer): Promise<void> {
  await primary.stop();
  await ask(portOf(database, standby.address.port), 'SELECT pg_promote()');
  primary.follow(standby);
  await primary.start();
}

async function ask(database: Variables, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return withClient(database, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
}

/** As RDS leaves the old primary of a blue/green deployment: its connections stay open. */
async function makeReadOnly(database: Variables): Promise<void> {
  await ask(database, 'ALTER SYSTEM SET default_transaction_read_only = on');
  await ask(database, 'SELECT pg_reload_conf()');
}

const connectionsOn = async (database: Variables, ...names: readonly string[]): Promise<number> =>
  (
    await ask(
      database,
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name IN ('${names.join("', '")}')`,
    )
  ).length;

interface Report {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly reason?: string }>>;
}

const reportOf = async (app: RunningApp) => (await (await fetch(`${app.url}/ready`)).json()) as Report;
const create = (client: Client) => client.send('POST', '/todos', { body: { title: 'Written' } });
const seriousIn = (app: RunningApp) => app.logs.filter(({ level }) => level === 'error' || level === 'fatal');

describe('a failover of Postgres', () => {
  it('that leads the app to a standby makes it not ready, until it leads to the primary', async () => {
    const { primary, standby, endpoint, database, asSeen } = await startPair();
    const app = await RunningApp.start(asSeen);
    const { client } = await register(app);
    expect((await create(client)).status).toBe(201);

    await switchOver(database, primary, standby);
    await eventually(
      async () => (await reportOf(app)).checks['database']?.reason === 'DATABASE_READ_ONLY',
      '/ready to say that the server is a standby',
    );
    expect(await app.statusOf('/ready')).toBe(503);
    expect(await create(client)).toMatchObject({ status: 503, body: { code: 'DATABASE_READ_ONLY' } });

    endpoint.pointTo(standby.address.port);
    await app.becomes(200, '/ready', withinMs);
    expect((await create(client)).status).toBe(201);
    const written = await ask(portOf(database, standby.address.port), 'SELECT 1 FROM todos');
    expect([written.length, seriousIn(app)]).toEqual([2, []]);
  });

  it('that leaves connections open to a server which takes no writes any more has them replaced', async () => {
    const { primary, standby, endpoint, database, asSeen } = await startPair();
    const app = await RunningApp.start(asSeen);
    const { client } = await register(app);
    const statuses = new Map<number, number>();
    const writing = keepAsking(4, async () => {
      const { status } = await create(client);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      return true;
    });
    await writing.asked(50);

    await makeReadOnly(database);
    await ask(portOf(database, standby.address.port), 'SELECT pg_promote()');
    endpoint.pointTo(standby.address.port);
    const writtenBefore = statuses.get(201) ?? 0;
    await eventually(() => (statuses.get(201) ?? 0) > writtenBefore + 50, 'writes to continue', withinMs);
    await writing.stop();
    await app.becomes(200, '/ready', withinMs);
    await eventually(
      async () => (await connectionsOn(portOf(database, primary.address.port), 'api', 'readiness')) === 0,
      'connections to be closed',
    );
    expect([[...statuses.keys()].filter((status) => status !== 201 && status !== 503), seriousIn(app)]).toEqual([
      [],
      [],
    ]);
  });

  it('is noticed by an app that only reads', async () => {
    const { primary, standby, endpoint, database, asSeen } = await startPair();
    const app = await RunningApp.start(asSeen);
    const reading = keepAsking(4, async () => (await app.statusOf('/todos')) === 200);
    await reading.asked(50);
    expect(await connectionsOn(portOf(database, primary.address.port), 'api')).toBeGreaterThan(1);

    await ask(portOf(database, standby.address.port), 'SELECT pg_promote()');
    endpoint.pointTo(standby.address.port);
    await makeReadOnly(database);
    await app.becomes(503, '/ready');
    await eventually(
      async () => (await connectionsOn(portOf(database, primary.address.port), 'api', 'readiness')) === 0,
      'connections to be closed',
    );
    await app.becomes(200, '/ready', withinMs);
    // Those that were in use were not cut.
    expect(await reading.stop()).toMatchObject({ failed: 0 });
  });
});

describeWithValkey('a worker', () => {
  it('takes jobs again after it', async () => {
    const { standby, endpoint, database, asSeen } = await startPair();
    const valkey = await ValkeyServer.start();
    onTestFinished(() => valkey.remove());
    const variables = { ...asSeen, ...valkey.variables, SERVICE_NAME: 'worker', WORKER_CONCURRENCY: '4' };
    const worker = await RunningApp.spawn(variables, 'worker.js');
    onTestFinished(() => worker.kill());
    await worker.becomes(200, '/health');
    const promoted = portOf(database, standby.address.port);
    await ask(promoted, 'SELECT pg_promote()');
    endpoint.pointTo(standby.address.port);
    await makeReadOnly(database);
    const job = await addJob(promoted, 'welcome-mail', { userId: await addUser(promoted) });
    await eventually(async () => (await outcomeOf(promoted, job)) !== undefined, 'the job to be done', withinMs);
  });
});
