import { randomUUID } from 'node:crypto';
import pg, { type ClientBase } from 'pg';
import type { MigrationModule } from './migration.ts';

const { escapeIdentifier } = pg;

/** The name of the index that a statement builds without blocking writers. */
const concurrentIndex =
  /^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:"(?<quoted>[^"]+)"|(?<plain>[a-z_][a-z0-9_]*))\s+ON\b/i;

/**
 * Runs the one statement of a migration that can't be in a transaction. An index whose build was cut off remains, invalid:
 * every write pays for it and no query uses it, and IF NOT EXISTS would take it for the real one. So it is dropped first.
 * @throws Error when there is not exactly one statement
 */
export async function withoutTransaction(client: ClientBase, { up }: MigrationModule): Promise<void> {
  let statements = 0;
  await up({
    query: async (text, values) => {
      statements += 1;
      if (statements > 1) {
        throw new Error(
          'a migration without transaction must be a single statement: another would not be undone with it',
        );
      }
      await dropInvalidIndex(client, text);
      // As a prepared statement Postgres refuses several in one text; together they would be a transaction again.
      return client.query({ name: randomUUID(), text, values: values ?? [] });
    },
  });
}

async function dropInvalidIndex(client: ClientBase, statement: string): Promise<void> {
  const { quoted, plain } = concurrentIndex.exec(statement)?.groups ?? {};
  const name = quoted ?? plain?.toLowerCase();
  if (name === undefined) {
    return;
  }
  const { rowCount } = await client.query(
    'SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid',
    [escapeIdentifier(name)],
  );
  if (rowCount !== 0) {
    await client.query(`DROP INDEX CONCURRENTLY ${escapeIdentifier(name)}`);
  }
}
