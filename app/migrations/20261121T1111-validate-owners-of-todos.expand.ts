import type { MigrationConnection } from '../src/migrate/migration.ts';

export async function up(connection: MigrationConnection): Promise<void> {
  await connection.query('ALTER TABLE todos VALIDATE CONSTRAINT todos_owner');
}
