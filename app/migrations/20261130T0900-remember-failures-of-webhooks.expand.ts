import type { MigrationConnection } from '../src/migrate/migration.ts';

/** A success does not wipe it out: whoever answers one message in ten is not as good as new with each. */
export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query('ALTER TABLE webhooks ADD COLUMN last_failed_at timestamptz(3)');
}
