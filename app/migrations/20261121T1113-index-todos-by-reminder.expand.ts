import type { MigrationConnection } from '../src/migrate/migration.ts';

export const transaction = false;

/** What the scheduler of reminders looks for; most todos have none. */
export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query(`
    CREATE INDEX CONCURRENTLY IF NOT EXISTS todos_to_remind ON todos (remind_at)
    WHERE remind_at IS NOT NULL AND completed_at IS NULL AND reminded_for IS DISTINCT FROM remind_at
  `);
}
