import type { MigrationConnection } from '../src/migrate/migration.ts';

export async function up(connection: MigrationConnection): Promise<void> {
  // Accounts from before have proven nothing: they get no mails until they do.
  await connection.query('ALTER TABLE users ADD COLUMN email_verified_at timestamptz(3)');
  await connection.query(`
    CREATE TABLE email_verifications (
      token_hash bytea PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      expires_at timestamptz(3) NOT NULL
    )
  `);
  await connection.query('CREATE INDEX email_verifications_of_user ON email_verifications (user_id)');
  await connection.query('CREATE INDEX email_verifications_by_expiry ON email_verifications (expires_at)');
  // It outlives accounts, so that one that is made again and again does not begin again; hence a hash, not an address.
  await connection.query(`
    CREATE TABLE mail_counts (
      counted bytea NOT NULL,
      day date NOT NULL,
      count integer NOT NULL,
      PRIMARY KEY (counted, day)
    )
  `);
  await connection.query('CREATE INDEX mail_counts_by_day ON mail_counts (day)');
}
