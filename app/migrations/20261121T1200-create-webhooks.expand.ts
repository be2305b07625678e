import type { MigrationConnection } from '../src/migrate/migration.ts';

export async function up(connection: MigrationConnection): Promise<void> {
  // The secret signs what is sent, so it can't be stored as a hash.
  await connection.query(`
    CREATE TABLE webhooks (
      user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
      url text NOT NULL CHECK (char_length(url) <= 2000),
      secret text NOT NULL,
      updated_at timestamptz(3) NOT NULL DEFAULT now()
    )
  `);
}
