import { randomUUID } from 'node:crypto';
import { neverLogged } from './never-logged.ts';
import { type Variables, withClient } from './running-app.ts';

/** Users whose mails go nowhere, each with a job that welcomes it: as `register` writes them. */
export async function addWelcomeMails(database: Variables, count: number): Promise<void> {
  await withClient(database, async (client) => {
    await client.query(
      `WITH added AS (
         INSERT INTO users (id, email, password_hash)
         SELECT gen_random_uuid(), 'user-' || n || '-' || gen_random_uuid() || '@jobs.invalid', 'none'
         FROM generate_series(1, $1) AS n RETURNING id
       )
       INSERT INTO outbox (id, name, payload)
       SELECT gen_random_uuid(), 'welcome-mail', jsonb_build_object('userId', id) FROM added`,
      [count],
    );
  });
}

/** A user, and what belongs to it. */
export async function addUser(database: Variables): Promise<string> {
  const id = randomUUID();
  await withClient(database, (client) =>
    client.query('INSERT INTO users (id, email, password_hash) VALUES ($1, $2, $3)', [
      id,
      neverLogged(`someone-${id}@jobs.invalid`),
      'none',
    ]),
  );
  return id;
}

export async function addJob(database: Variables, name: string, payload: unknown): Promise<string> {
  const id = randomUUID();
  await withClient(database, (client) =>
    client.query('INSERT INTO outbox (id, name, payload, correlation_id) VALUES ($1, $2, $3, $4)', [
      id,
      name,
      JSON.stringify(payload),
      `asked-for-${id}`,
    ]),
  );
  return id;
}

/** Makes it so many seconds later for jobs and webhooks: all that was written of them was written so much earlier. */
export async function passTime(database: Variables, seconds: number): Promise<void> {
  const moments = {
    outbox: ['created_at', 'due_at'],
    webhooks: ['failing_since', 'last_delivered_at', 'paused_until', 'disabled_at'],
    webhook_deliveries: ['attempted_at', 'next_attempt_at'],
  };
  await withClient(database, async (client) => {
    for (const [table, columns] of Object.entries(moments)) {
      const set = columns.map((column) => `${column} = ${column} - $1 * interval '1 second'`).join(', ');
      await client.query(`UPDATE ${table} SET ${set}`, [seconds]);
    }
  });
}

interface Figures {
  /** Effects, however many a job had. */
  readonly deliveries: number;
  /** Jobs that had an effect. */
  readonly delivered: number;
  readonly open: number;
  readonly dead: number;
}

export async function figuresOf(database: Variables): Promise<Figures> {
  return withClient(database, async (client) => {
    const { rows } = await client.query<Figures>(`
      SELECT
        (SELECT count(*)::int FROM deliveries) AS deliveries,
        (SELECT count(DISTINCT job_id)::int FROM deliveries) AS delivered,
        (SELECT count(*)::int FROM outbox WHERE processed_at IS NULL AND dead_at IS NULL) AS open,
        (SELECT count(*)::int FROM outbox WHERE dead_at IS NOT NULL) AS dead
    `);
    const [figures] = rows;
    if (figures === undefined) {
      throw new Error('the database gave no figures');
    }
    return figures;
  });
}

export async function outcomeOf(database: Variables, jobId: string): Promise<string | undefined> {
  return withClient(database, async (client) => {
    const { rows } = await client.query<{ outcome: string }>('SELECT outcome FROM deliveries WHERE job_id = $1', [
      jobId,
    ]);
    return rows.map(({ outcome }) => outcome).join(', ') || undefined;
  });
}
