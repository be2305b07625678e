import type { MigrationConnection } from '../src/migrate/migration.ts';

/** The release before sends a job that is not due at once: it is then tried too early, and not lost. */
export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query(`
    ALTER TABLE outbox
      ADD COLUMN due_at timestamptz(3) NOT NULL DEFAULT now(),
      ADD COLUMN attempts integer NOT NULL DEFAULT 0,
      ADD COLUMN postponements integer NOT NULL DEFAULT 0
  `);
}
