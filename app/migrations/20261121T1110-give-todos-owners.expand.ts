import type { MigrationConnection } from '../src/migrate/migration.ts';

/**
 * The release before knows no users: its todos belong to nobody, and so does what it writes while both run, or after a
 * rollback. They stay, since that release shows them; this one shows a todo to its owner only, hence these to nobody.
 * Once that release can no longer be restored, a contract migration deletes them and makes the owner NOT NULL.
 */
export async function up(connection: MigrationConnection): Promise<void> {
  // The constraint is checked in a migration of its own: here it would lock out writers of todos and users for as long as
  // it reads every row.
  await connection.query(`
    ALTER TABLE todos
      ADD COLUMN owner_id uuid,
      ADD COLUMN due_at timestamptz(3),
      ADD COLUMN remind_at timestamptz(3),
      ADD COLUMN reminded_for timestamptz(3),
      ADD COLUMN completed_at timestamptz(3),
      ADD COLUMN version integer NOT NULL DEFAULT 1,
      ADD CONSTRAINT todos_owner FOREIGN KEY (owner_id) REFERENCES users ON DELETE CASCADE NOT VALID
  `);
}
