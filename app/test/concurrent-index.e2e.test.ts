import { describe, expect, it } from 'vitest';
import { releaseWith } from './support/releases.ts';
import { createDatabase, run, type Variables, withClient } from './support/running-app.ts';

const name = '20990101T0000-index.expand';
const withoutTransaction = (...statements: readonly string[]) => `
export const transaction = false;
export async function up(connection) {
  ${statements.map((statement) => `await connection.query(${JSON.stringify(statement)});`).join('\n')}
}`;

async function migrate(database: Variables, ...statements: readonly string[]) {
  const { code, stdout } = await run(
    'migrate.js',
    database,
    [],
    releaseWith({ [name]: withoutTransaction(...statements) }),
  );
  return { code, last: JSON.parse(stdout.trim().split('\n').at(-1) ?? '') };
}

const indexesOf = (database: Variables) =>
  withClient(database, async (client) => {
    const { rows } = await client.query(
      `SELECT relname AS name, indisvalid AS valid FROM pg_index JOIN pg_class c ON c.oid = indexrelid
       WHERE indrelid = 'todos'::regclass AND relname LIKE 'wanted%' ORDER BY 1`,
    );
    return rows;
  });

const statement = 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS wanted ON todos (title)';

describe('a migration without transaction', () => {
  it('builds an index without blocking writers', async () => {
    const database = await createDatabase({ migrated: true });
    expect(await migrate(database, statement)).toMatchObject({ code: 0 });
    expect(await indexesOf(database)).toEqual([{ name: 'wanted', valid: true }]);
  });

  it('leaves an invalid index when it fails, which the next run replaces', async () => {
    const database = await createDatabase({ migrated: true });
    const write = `INSERT INTO todos (id, title, description) VALUES (gen_random_uuid(), 'twice', '')`;
    await withClient(database, (client) => client.query(`${write}; ${write}`));
    expect(await migrate(database, statement)).toMatchObject({
      code: 1,
      last: { msg: expect.stringContaining('could not create unique index "wanted"') },
    });
    expect(await indexesOf(database)).toEqual([{ name: 'wanted', valid: false }]);

    await withClient(database, (client) => client.query('DELETE FROM todos'));
    expect(await migrate(database, statement)).toMatchObject({ code: 0 });
    expect(await indexesOf(database)).toEqual([{ name: 'wanted', valid: true }]);
  });

  it('may have been done already by a run that ended before it was recorded', async () => {
    const database = await createDatabase({ migrated: true });
    await withClient(database, (client) => client.query(statement));
    expect(await migrate(database, statement)).toMatchObject({ code: 0 });
  });

  it.each([
    ['two calls', ['CREATE INDEX wanted ON todos (title)', 'SELECT 1'], 'must be a single statement'],
    ['two in one text', ['CREATE INDEX wanted ON todos (title); SELECT 1'], 'cannot insert multiple commands'],
  ])('is refused with more than one statement, as %s', async (_name, statements, reason) => {
    const database = await createDatabase({ migrated: true });
    expect(await migrate(database, ...statements)).toMatchObject({
      code: 1,
      last: { msg: expect.stringContaining(reason) },
    });
  });
});
