import type { ClientBase, Pool } from 'pg';
import type { Migration } from './migration.ts';

/** Which migrations the database has, when each was applied and by which release. */
export async function createMigrationsTable(client: ClientBase): Promise<void> {
  await client.query(`
    CREATE TABLE IF NOT EXISTS schema_migrations (
      name text PRIMARY KEY,
      kind text NOT NULL,
      release_version text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )
  `);
}

export async function appliedMigrations(client: Pick<ClientBase | Pool, 'query'>): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY name');
  return rows.map(({ name }) => name);
}

export async function recordMigration(client: ClientBase, migration: Migration, releaseVersion: string): Promise<void> {
  await client.query('INSERT INTO schema_migrations (name, kind, release_version) VALUES ($1, $2, $3)', [
    migration.name,
    migration.kind,
    releaseVersion,
  ]);
}
