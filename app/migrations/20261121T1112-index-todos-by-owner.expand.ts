import type { MigrationConnection } from '../src/migrate/migration.ts';

/** CONCURRENTLY: the previous release keeps writing todos meanwhile. */
export const transaction = false;

/** The order of a user's list, newest first; id decides among equal times. */
export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query(`
    CREATE INDEX CONCURRENTLY IF NOT EXISTS todos_of_owner_newest_first ON todos (owner_id, created_at DESC, id DESC)
  `);
}
