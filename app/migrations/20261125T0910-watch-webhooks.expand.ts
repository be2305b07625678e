import type { MigrationConnection } from '../src/migrate/migration.ts';

export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query(`
    ALTER TABLE webhooks
      ADD COLUMN consecutive_failures integer NOT NULL DEFAULT 0,
      ADD COLUMN failing_since timestamptz(3),
      ADD COLUMN last_delivered_at timestamptz(3),
      ADD COLUMN paused_until timestamptz(3),
      ADD COLUMN disabled_at timestamptz(3),
      ADD COLUMN disabled_reason text CHECK (disabled_reason IN ('gone', 'failing'))
  `);
  // What the owner is shown: one row an attempt. It belongs to the webhook, and goes with it.
  await connection.query(`
    CREATE TABLE webhook_deliveries (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
      message_id uuid NOT NULL,
      type text NOT NULL,
      attempt integer NOT NULL,
      outcome text NOT NULL CHECK (outcome IN ('delivered', 'refused', 'no-answer', 'forbidden')),
      status integer,
      detail text,
      duration_ms integer NOT NULL,
      attempted_at timestamptz(3) NOT NULL DEFAULT now(),
      next_attempt_at timestamptz(3)
    )
  `);
  await connection.query('CREATE INDEX webhook_deliveries_of_user ON webhook_deliveries (user_id, id DESC)');
  await connection.query('CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (attempted_at)');
}
