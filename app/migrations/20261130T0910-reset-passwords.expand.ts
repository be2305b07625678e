import type { MigrationConnection } from '../src/migrate/migration.ts';

export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query(`
    CREATE TABLE password_resets (
      token_hash bytea PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      expires_at timestamptz(3) NOT NULL
    )
  `);
  await connection.query('CREATE INDEX password_resets_of_user ON password_resets (user_id)');
  await connection.query('CREATE INDEX password_resets_by_expiry ON password_resets (expires_at)');
}
