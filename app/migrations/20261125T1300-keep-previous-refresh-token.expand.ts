import type { MigrationConnection } from '../src/migrate/migration.ts';

/** For the seconds in which a refresh token that was just replaced is no sign of theft; the release before leaves them NULL. */
export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query(`
    ALTER TABLE sessions
      ADD COLUMN previous_token_hash bytea,
      ADD COLUMN rotated_at timestamptz(3),
      ADD COLUMN rotated_by bytea
  `);
}
