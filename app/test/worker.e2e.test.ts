import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { PostgresServer } from '../dev/postgres-server.ts';
import { inWords, ownRetries, totalSeconds } from '../src/queue/retry-schedule.ts';
import { addJob, addUser, addWelcomeMails, figuresOf, outcomeOf, passTime } from './support/jobs-in-database.ts';
import { createDatabase, eventually, RunningApp, run, type Variables, withClient } from './support/running-app.ts';
import { describeWithValkey, ValkeyServer } from './support/valkey-server.ts';

const settings: Variables = { SERVICE_NAME: 'worker', WORKER_CONCURRENCY: '10', WEBHOOK_TARGETS: 'any' };

describeWithValkey('the worker', () => {
  let valkey: ValkeyServer;
  let database: Variables;

  const startWorker = async (change: Variables = {}) => {
    const worker = await RunningApp.spawn({ ...database, ...valkey.variables, ...settings, ...change }, 'worker.js');
    onTestFinished(() => worker.kill());
    return worker;
  };

  beforeAll(async () => {
    valkey = await ValkeyServer.start();
  });
  afterAll(() => valkey?.remove());

  const freshDatabase = async () => {
    // The queue belongs to one database: what is left in it from another would be done on this one.
    await valkey.kill();
    await valkey.start();
    database = await createDatabase({ migrated: true });
  };

  it('does each of 1,000 jobs exactly once in effect, though it is killed in the middle', async () => {
    await freshDatabase();
    await addWelcomeMails(database, 1_000);
    const first = await startWorker();
    await eventually(async () => (await figuresOf(database)).delivered >= 300, 'three hundred jobs to be done', 30_000);
    await first.kill();
    const atDeath = await figuresOf(database);
    expect(atDeath.open).toBeGreaterThan(0);

    await startWorker();
    await eventually(async () => (await figuresOf(database)).open === 0, 'the rest to be done', 60_000);
    expect(await figuresOf(database)).toEqual({ deliveries: 1_000, delivered: 1_000, open: 0, dead: 0 });
  }, 120_000);

  it('is not healthy before it reached the database and the queue, and stays healthy when they go', async () => {
    await freshDatabase();
    await valkey.kill();
    const worker = await startWorker();
    await worker.becomes(503, '/health');
    await valkey.start();
    await worker.becomes(200, '/health');
    expect((await run('healthcheck.js', { PORT: String(worker.port) })).code).toBe(0);

    await valkey.kill();
    const id = await addJob(database, 'welcome-mail', { userId: await addUser(database) });
    expect(await worker.statusOf('/health')).toBe(200);
    await valkey.start();
    await eventually(async () => (await outcomeOf(database, id)) === 'logged', 'the job to be done after all', 30_000);
  });

  it('starts without a warning, and is healthy for the first who asks, where all that it needs is there', async () => {
    await freshDatabase();
    const worker = await startWorker();
    let first = 0;
    await eventually(async () => {
      first = await worker.statusOf('/health');
      return first !== 0;
    }, 'it to listen');
    expect(first).toBe(200);
    const id = await addJob(database, 'welcome-mail', { userId: await addUser(database) });
    await eventually(async () => (await outcomeOf(database, id)) !== undefined, 'a job to be done');
    expect(worker.logs.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('does again what the queue lost with its memory, and nothing that was done', async () => {
    await freshDatabase();
    const worker = await startWorker();
    const done = await addJob(database, 'welcome-mail', { userId: await addUser(database) });
    await eventually(async () => (await outcomeOf(database, done)) !== undefined, 'the first job');
    await worker.kill();
    await addWelcomeMails(database, 20);
    await withClient(database, (client) => client.query('UPDATE outbox SET sent_at = now() WHERE sent_at IS NULL'));
    await valkey.kill();
    await valkey.start();
    await startWorker();
    await eventually(async () => (await figuresOf(database)).open === 0, 'the lost jobs');
    expect(await figuresOf(database)).toMatchObject({ deliveries: 21, delivered: 21 });
  });

  it('keeps a job that can not be done where a person sees it, and does it when told so', async () => {
    await freshDatabase();
    const worker = await startWorker();
    const userId = await addUser(database);
    const id = await addJob(database, 'welcome-mail', { userId: 'no id at all' });
    await eventually(async () => (await figuresOf(database)).dead === 1, 'the job to be given up');
    expect(worker.logs.find(({ level }) => level === 'error')).toMatchObject({
      operation: 'job welcome-mail',
      jobId: id,
      correlationId: `asked-for-${id}`,
      msg: 'the job is given up',
    });

    const everything = { ...database, ...valkey.variables, ...settings };
    const listed = await run('worker.js', everything, ['--dead']);
    expect(
      listed.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ id, name: 'welcome-mail' }]);

    await withClient(database, (client) =>
      client.query('UPDATE outbox SET payload = $2 WHERE id = $1', [id, JSON.stringify({ userId })]),
    );
    expect(await run('worker.js', everything, ['--retry', id])).toMatchObject({ code: 0, stdout: '{"retried":1}\n' });
    await eventually(async () => (await outcomeOf(database, id)) === 'logged', 'the job to be done');
    expect((await figuresOf(database)).dead).toBe(0);
    expect(await run('worker.js', everything, ['--bury'])).toMatchObject({ code: 2 });
  });

  it(`gives up what fails through a fault of ours after ${inWords(totalSeconds(ownRetries))}, and not before`, async () => {
    await freshDatabase();
    const worker = await startWorker();
    const id = await addJob(database, 'of-a-newer-release', {});
    const failures = () => worker.logs.filter(({ outcome }) => outcome === 'failed').length;
    for (const [index, seconds] of ownRetries.entries()) {
      await eventually(() => failures() === index + 1, `failure ${index + 1}`);
      expect((await figuresOf(database)).dead).toBe(0);
      await eventually(async () => (await attemptsOf(id)) === index + 1, 'it to be written down');
      await passTime(database, seconds * 1.1);
    }
    await eventually(async () => (await figuresOf(database)).dead === 1, 'the job to be given up');
    expect(failures()).toBe(ownRetries.length + 1);
  }, 90_000);

  const attemptsOf = (id: string) =>
    withClient(database, async (client) => {
      const { rows } = await client.query<{ attempts: number }>('SELECT attempts FROM outbox WHERE id = $1', [id]);
      return rows[0]?.attempts;
    });

  it('deletes what nobody needs any more, and nothing else', async () => {
    await freshDatabase();
    const userId = await addUser(database);
    await withClient(database, async (client) => {
      await client.query(`INSERT INTO webhooks (user_id, url, secret) VALUES ($1, 'http://127.0.0.1:1/', 'none')`, [
        userId,
      ]);
      for (const days of [0, 8, 31]) {
        await client.query(
          `WITH moment AS (SELECT now() - $1 * interval '1 day' AS was),
           job AS (INSERT INTO outbox (id, name, payload, sent_at, processed_at)
             SELECT gen_random_uuid(), 'welcome-mail', '{}', was, was FROM moment),
           effect AS (INSERT INTO deliveries (job_id, channel, outcome, delivered_at)
             SELECT gen_random_uuid(), 'mail', 'sent', was FROM moment),
           attempt AS (INSERT INTO webhook_deliveries (user_id, message_id, type, attempt, outcome, duration_ms, attempted_at)
             SELECT $2, gen_random_uuid(), 'todo.completed', 1, 'delivered', 1, was FROM moment),
           code AS (INSERT INTO email_verifications (token_hash, user_id, expires_at)
             SELECT decode(md5($1::text), 'hex'), $2, was + interval '1 hour' FROM moment)
           INSERT INTO mail_counts (counted, day, count)
             SELECT decode(md5($1::text), 'hex'), (was AT TIME ZONE 'UTC')::date, 1 FROM moment`,
          [days, userId],
        );
      }
    });
    await startWorker();
    const counts = () =>
      withClient(database, async (client) => {
        const { rows } = await client.query(`
          SELECT (SELECT count(*)::int FROM outbox) AS outbox, (SELECT count(*)::int FROM deliveries) AS deliveries,
            (SELECT count(*)::int FROM webhook_deliveries) AS "webhookDeliveries",
            (SELECT count(*)::int FROM email_verifications) AS codes, (SELECT count(*)::int FROM mail_counts) AS "mailCounts"`);
        return rows[0];
      });
    const expected = { outbox: 1, deliveries: 2, webhookDeliveries: 2, codes: 1, mailCounts: 1 };
    await eventually(async () => JSON.stringify(await counts()) === JSON.stringify(expected), 'the old rows to go');
  });

  it('continues where it was when the database comes back', async () => {
    await freshDatabase();
    const server = await PostgresServer.start();
    onTestFinished(() => server.remove());
    database = await createDatabase({ migrated: true }, server.address);
    await addWelcomeMails(database, 200);
    const worker = await startWorker();
    await eventually(async () => (await figuresOf(database)).delivered >= 50, 'some jobs to be done', 30_000);
    await server.stop();
    expect(await worker.statusOf('/health')).toBe(200);
    await eventually(() => worker.logs.some(({ outcome }) => outcome === 'failed'), 'a job to miss the database');
    await server.start();
    await eventually(async () => (await figuresOf(database)).open === 0, 'all jobs to be done', 60_000);
    expect(await figuresOf(database)).toEqual({ deliveries: 200, delivered: 200, open: 0, dead: 0 });
    expect(worker.logs.filter(({ msg }) => msg === 'taking jobs')).toHaveLength(1);
  }, 120_000);

  it('reminds of each todo that is due, once, however many workers there are', async () => {
    await freshDatabase();
    const userId = await addUser(database);
    await withClient(database, (client) =>
      client.query(
        `INSERT INTO todos (id, title, description, owner_id, remind_at, completed, completed_at)
         SELECT gen_random_uuid(), 'Todo ' || n, '', $1, now() + (n - 6) * interval '1 hour', n = 1,
           CASE WHEN n = 1 THEN now() END
         FROM generate_series(1, 10) AS n`,
        [userId],
      ),
    );
    await Promise.all([startWorker(), startWorker()]);
    // Of six that are due one is completed.
    await eventually(async () => (await figuresOf(database)).delivered === 5, 'the reminders');
    await eventually(async () => (await figuresOf(database)).open === 0, 'the queue to be empty');
    expect(await figuresOf(database)).toMatchObject({ deliveries: 5, delivered: 5 });
  });
});
