import type { MigrationConnection } from '../src/migrate/migration.ts';

export const transaction = false;

/** What the relay looks for. In the order of `outbox_unsent` it would read every job that waits for its time. */
export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS outbox_due ON outbox (due_at) WHERE sent_at IS NULL');
}
