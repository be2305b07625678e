import type { MigrationConnection } from '../src/migrate/migration.ts';

export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query(`
    CREATE TABLE outbox (
      id uuid PRIMARY KEY,
      position bigint GENERATED ALWAYS AS IDENTITY,
      name text NOT NULL,
      payload jsonb NOT NULL,
      correlation_id text,
      trace_parent text,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      sent_at timestamptz(3),
      processed_at timestamptz(3),
      dead_at timestamptz(3),
      error text
    )
  `);
  // Each holds only the rows that are looked for: the table is mostly jobs that are done with.
  await connection.query('CREATE INDEX outbox_unsent ON outbox (position) WHERE sent_at IS NULL');
  await connection.query(
    'CREATE INDEX outbox_open ON outbox (position) WHERE processed_at IS NULL AND dead_at IS NULL',
  );
  await connection.query('CREATE INDEX outbox_dead ON outbox (dead_at) WHERE dead_at IS NOT NULL');
  await connection.query('CREATE INDEX outbox_processed ON outbox (processed_at) WHERE processed_at IS NOT NULL');
  // What jobs did in the world. One row an effect: none is unique by job, so that a job done twice would show.
  await connection.query(`
    CREATE TABLE deliveries (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      job_id uuid NOT NULL,
      channel text NOT NULL CHECK (channel IN ('mail', 'webhook')),
      outcome text NOT NULL,
      delivered_at timestamptz(3) NOT NULL DEFAULT now()
    )
  `);
}
