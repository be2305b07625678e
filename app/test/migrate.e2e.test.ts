import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { migrationThatRuns, releaseWith as release } from './support/releases.ts';
import { createDatabase, eventually, type LogLine, run, type Variables, withClient } from './support/running-app.ts';

const migrate = async (variables: Variables, dist = inject('dist')) => {
  const { code, stdout, stderr } = await run('migrate.js', { SERVICE_NAME: 'migrate', ...variables }, [], dist);
  const lines: LogLine[] = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { code, lines, last: lines.at(-1), stderr };
};

/** A release that has these statements as migrations besides ours. */
const releaseWith = (statements: Readonly<Record<string, string>>, keep?: (file: string) => boolean) =>
  release(
    Object.fromEntries(Object.entries(statements).map(([name, statement]) => [name, migrationThatRuns(statement)])),
    keep,
  );

const ours = () => readdirSync(join(inject('dist'), 'migrations')).toSorted();
const nameOf = (file: string) => file.split('.')[0];

async function applied(database: Variables): Promise<readonly string[]> {
  return withClient(database, async (client) => {
    const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations ORDER BY applied_at');
    return rows.map(({ name }) => name);
  });
}

const tablesOf = (database: Variables) =>
  withClient(database, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  });

describe('migrate', () => {
  it('brings an empty database to this release, says each step, and does nothing the second time', async () => {
    const database = await createDatabase({ migrated: false });
    const first = await migrate(database);
    expect(first.code).toBe(0);
    expect(first.lines.filter(({ migration }) => migration).map(({ migration }) => migration)).toEqual(
      ours().map(nameOf),
    );
    expect(first.lines[0]).toMatchObject({
      level: 'info',
      service: 'migrate',
      operation: 'migrate',
      kind: 'expand',
      durationMs: expect.any(Number),
    });
    expect(first.last).toMatchObject({
      applied: ours().map(nameOf),
      alreadyApplied: 0,
      msg: `applied ${ours().length} of ${ours().length}`,
    });
    expect(await tablesOf(database)).toEqual(expect.arrayContaining(['schema_migrations', 'todos']));

    const second = await migrate(database);
    expect(second).toMatchObject({
      code: 0,
      last: { applied: [], alreadyApplied: ours().length, msg: 'nothing to apply' },
    });
  });

  it('brings the schema of the release before to this one', async () => {
    const database = await createDatabase({ migrated: false });
    const last = ours().at(-1);
    expect(
      await migrate(
        database,
        releaseWith({}, (file) => file !== last),
      ),
    ).toMatchObject({ code: 0 });
    expect(await migrate(database)).toMatchObject({ code: 0, last: { applied: [nameOf(last ?? '')] } });
  });

  it('stops at a failing migration with its own error, keeping what came before and nothing of it', async () => {
    const database = await createDatabase({ migrated: true });
    const tables = await tablesOf(database);
    const release = releaseWith({
      '20990101T0000-add-colour.expand': 'ALTER TABLE todos ADD COLUMN colour text',
      '20990102T0000-broken.expand': 'CREATE TABLE half_done (id int); SELECT no_such_function()',
      '20990103T0000-never-reached.expand': 'CREATE TABLE never_reached (id int)',
    });
    const failed = await migrate(database, release);
    expect(failed.code).toBe(1);
    expect(failed.last).toMatchObject({
      level: 'fatal',
      msg: 'migration 20990102T0000-broken failed: function no_such_function() does not exist',
      err: { type: 'MigrationFailed', cause: { code: '42883' } },
    });
    expect(await applied(database)).toEqual([...ours().map(nameOf), '20990101T0000-add-colour']);
    expect(await tablesOf(database)).toEqual(tables);

    const corrected = releaseWith({
      '20990101T0000-add-colour.expand': 'ALTER TABLE todos ADD COLUMN colour text',
      '20990102T0000-broken.expand': 'CREATE TABLE half_done (id int)',
    });
    expect(await migrate(database, corrected)).toMatchObject({ code: 0, last: { applied: ['20990102T0000-broken'] } });
  });

  it('of an older release leaves a newer schema as it is, succeeds and says so', async () => {
    const database = await createDatabase({ migrated: false });
    await migrate(database, releaseWith({ '20990101T0000-newer.expand': 'CREATE TABLE newer (id int)' }));
    const older = await migrate(database);
    expect(older).toMatchObject({ code: 0, last: { applied: [], msg: 'nothing to apply' } });
    expect(older.lines[0]).toMatchObject({ level: 'warn', newer: ['20990101T0000-newer'] });
    expect(await tablesOf(database)).toContain('newer');
  });

  it('runs once when two start at the same time', async () => {
    const database = await createDatabase({ migrated: true });
    const release = releaseWith({ '20990101T0000-slow.expand': 'SELECT pg_sleep(0.5); CREATE TABLE slow (id int)' });
    const runs = await Promise.all([migrate(database, release), migrate(database, release)]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(runs.map(({ last }) => last?.['msg']).toSorted()).toEqual([
      `applied 1 of ${ours().length + 1}`,
      'nothing to apply',
    ]);
  });

  it('leaves nothing of a migration that is interrupted', async () => {
    const database = await createDatabase({ migrated: true });
    const tables = await tablesOf(database);
    const release = releaseWith({ '20990101T0000-long.expand': 'CREATE TABLE long (id int); SELECT pg_sleep(60)' });
    const running = run('migrate.js', database, [], release, (child) =>
      eventually(
        () =>
          withClient(database, async (client) => {
            const { rows } = await client.query(
              `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`,
            );
            return rows.length === 1;
          }),
        'the migration to run',
      ).then(() => void child.kill('SIGTERM')),
    );
    expect((await running).code).toBe(143);
    await eventually(async () => (await tablesOf(database)).length === tables.length, 'the server to roll back');
    expect(await tablesOf(database)).toEqual(tables);
  });

  it('gives up on a table that requests hold, rather than make all others wait behind it', async () => {
    const database = await createDatabase({ migrated: true });
    const release = releaseWith({
      '20990101T0000-alter.expand': `SET LOCAL lock_timeout = '200ms'; ALTER TABLE todos ADD COLUMN x int`,
    });
    await withClient(database, async (client) => {
      await client.query('BEGIN; SELECT * FROM todos');
      const failed = await migrate(database, release);
      expect(failed).toMatchObject({
        code: 1,
        last: { msg: expect.stringContaining('canceling statement due to lock timeout') },
      });
    });
  });

  it('says what is wrong when the database is unreachable', async () => {
    const away = { ...(await createDatabase({ migrated: false })), DATABASE_PORT: '1' };
    const failed = await migrate(away);
    expect(failed).toMatchObject({ code: 1, last: { level: 'fatal', err: { code: 'ECONNREFUSED' } } });
  });

  it('lists what the release contains, without a database', async () => {
    const { code, stdout } = await run('migrate.js', {}, ['--list']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(ours().map((file) => ({ name: nameOf(file), kind: file.split('.')[1] })));
  });
});
