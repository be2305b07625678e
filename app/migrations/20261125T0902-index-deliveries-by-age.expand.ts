import type { MigrationConnection } from '../src/migrate/migration.ts';

export const transaction = false;

/** Rows of jobs that are long done are deleted. */
export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS deliveries_by_age ON deliveries (delivered_at)');
}
