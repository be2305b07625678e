import type { MigrationConnection } from '../src/migrate/migration.ts';

export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query(`
    CREATE TABLE todos (
      id uuid PRIMARY KEY,
      title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
      description text NOT NULL CHECK (char_length(description) <= 2000),
      completed boolean NOT NULL DEFAULT false,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      updated_at timestamptz(3) NOT NULL DEFAULT now()
    )
  `);
  // The order of the list, newest first; id decides among equal times.
  await connection.query('CREATE INDEX todos_newest_first ON todos (created_at DESC, id DESC)');
}
