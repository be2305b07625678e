import type { MigrationConnection } from '../src/migrate/migration.ts';

export async function up(connection: MigrationConnection): Promise<void> {
  // Addresses are stored in lower case: two that differ in case alone are one account.
  await connection.query(`
    CREATE TABLE users (
      id uuid PRIMARY KEY,
      email text NOT NULL UNIQUE CHECK (char_length(email) <= 254 AND email = lower(email)),
      password_hash text NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT now()
    )
  `);
  // One row a login: all refresh tokens that follow from it are one family, of which the newest alone is valid.
  await connection.query(`
    CREATE TABLE sessions (
      id uuid PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      token_hash bytea NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      expires_at timestamptz(3) NOT NULL
    )
  `);
  await connection.query('CREATE INDEX sessions_of_user ON sessions (user_id, expires_at)');
  await connection.query(`
    CREATE TABLE idempotency_keys (
      user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
      key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
      request_hash bytea NOT NULL,
      answer jsonb NOT NULL,
      expires_at timestamptz(3) NOT NULL,
      PRIMARY KEY (user_id, key)
    )
  `);
}
