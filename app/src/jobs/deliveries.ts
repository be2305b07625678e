import type { EntityManager } from 'typeorm';

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
