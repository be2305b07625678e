import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database.ts';

export interface Delivery {
  readonly jobId: string;
  readonly channel: 'mail' | 'webhook';
  readonly outcome: string;
}

/** Notes what a job did in the world, in the transaction that notes that it is done. */
export async function recordDelivery(manager: EntityManager, { jobId, channel, outcome }: Delivery): Promise<void> {
  await manager.query('INSERT INTO deliveries (job_id, channel, outcome) VALUES ($1, $2, $3)', [
    jobId,
    channel,
    outcome,
  ]);
}

/** Deletes up to `limit` rows of each record that are older. Returns how many. */
export async function forgetDeliveries(
  database: Pick<Database, 'rows'>,
  limit: number,
  afterDays: number,
): Promise<number> {
  const effects = await database.rows(
    'forget-deliveries',
    `DELETE FROM deliveries WHERE id IN (
       SELECT id FROM deliveries WHERE delivered_at < now() - $2 * interval '1 day' ORDER BY delivered_at LIMIT $1
     ) RETURNING id`,
    [limit, afterDays],
  );
  const attempts = await database.rows(
    'forget-webhook-deliveries',
    `DELETE FROM webhook_deliveries WHERE id IN (
       SELECT id FROM webhook_deliveries WHERE attempted_at < now() - $2 * interval '1 day'
       ORDER BY attempted_at LIMIT $1
     ) RETURNING id`,
    [limit, afterDays],
  );
  return effects.length + attempts.length;
}
