import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresServer } from '../../../app/dev/postgres-server.ts';
import { createCertificates, hasOpenssl } from '../../../app/test/support/certificates.ts';

type Variables = Readonly<Record<string, string>>;

const script = join(import.meta.dirname, 'with-roles.cjs');

/** As ECS runs it, with a release command that is one line of JavaScript. */
function run(variables: Variables, release: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['-e', `require(${JSON.stringify(script)})`, process.execPath, '-e', release],
      { env: { PATH: '/usr/bin:/bin', ...variables } },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` }),
    );
  });
}

describe.skipIf(!hasOpenssl)('setting up the roles (needs openssl on this machine)', () => {
  const authority = hasOpenssl ? createCertificates('DNS:localhost') : undefined;
  let server: PostgresServer;
  let variables: Variables;

  beforeAll(async () => {
    server = await PostgresServer.start(
      ['ssl=on', 'ssl_cert_file=server.crt', 'ssl_key_file=server.key', 'log_statement=all'],
      {
        'server.crt': authority?.serverCertificate ?? '',
        'server.key': authority?.serverKey ?? '',
        'pg_hba.conf': 'hostssl all all all scram-sha-256\n',
      },
    );
    const { port, user, password } = server.address;
    variables = {
      STACK_ROLES_HOST: 'localhost',
      STACK_ROLES_PORT: String(port),
      STACK_ROLES_NAME: 'postgres',
      STACK_ROLES_CA: authority?.certificate ?? '',
      STACK_ROLES_OWNER: user,
      STACK_ROLES_OWNER_PASSWORD: password,
      STACK_ROLES_TABLES: 'app_owner',
      STACK_ROLES_TABLES_PASSWORD: 'tables-secret',
      STACK_ROLES_ROWS: 'app',
      STACK_ROLES_ROWS_PASSWORD: 'rows-secret',
    };
  });
  afterAll(() => server?.remove());

  async function as(user: string, password: string, ...statements: readonly string[]): Promise<unknown> {
    return inDatabase('postgres', user, password, ...statements);
  }
  async function inDatabase(
    database: string,
    user: string,
    password: string,
    ...statements: readonly string[]
  ): Promise<unknown> {
    const client = new Client({
      host: 'localhost',
      port: server.address.port,
      database,
      user,
      password,
      ssl: { ca: authority?.certificate },
    });
    await client.connect();
    try {
      let rows: unknown;
      for (const sql of statements) ({ rows } = await client.query(sql));
      return rows;
    } finally {
      await client.end();
    }
  }
  const tables = (...sql: readonly string[]) => as('app_owner', 'tables-secret', ...sql);
  const rows = (...sql: readonly string[]) => as('app', 'rows-secret', ...sql);

  it('lets the release command own tables, and the processes read and write their rows', async () => {
    expect(await run(variables, '')).toMatchObject({ code: 0 });
    await tables(
      'CREATE TABLE notes (id serial PRIMARY KEY, text text)',
      'CREATE SCHEMA other',
      'CREATE TABLE other.t (id int)',
    );

    expect(
      await rows(
        "INSERT INTO notes (text) VALUES ('kept')",
        'INSERT INTO other.t VALUES (1)',
        'SELECT text FROM notes',
      ),
    ).toEqual([{ text: 'kept' }]);
    await expect(rows('DROP TABLE notes')).rejects.toThrow('must be owner of table notes');
    await expect(rows('CREATE TABLE mine (id int)')).rejects.toThrow('permission denied for schema public');
  });

  it('finds nothing to do the second time, and takes another password', async () => {
    const changed = { ...variables, STACK_ROLES_ROWS_PASSWORD: "it's new" };
    expect(await run(changed, '')).toMatchObject({ code: 0 });
    await expect(rows('SELECT 1')).rejects.toThrow('password authentication failed');
    expect(await as('app', "it's new", 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await run(variables, '')).toMatchObject({ code: 0 });
  });

  it('reaches tables of a time with one role, and leaves those of others alone', async () => {
    const one = { ...variables, STACK_ROLES_TABLES: 'solo' };
    const alone = Object.fromEntries(Object.entries(one).filter(([name]) => !name.startsWith('STACK_ROLES_ROWS')));
    expect(await run(alone, '')).toMatchObject({ code: 0 });
    await as('solo', 'tables-secret', 'CREATE TABLE "Old" (id serial)');
    expect(await run(one, '')).toMatchObject({ code: 0 });

    expect(await rows('INSERT INTO "Old" DEFAULT VALUES RETURNING id')).toEqual([{ id: 1 }]);
  });

  it('is done by two at once without a conflict', async () => {
    const fresh = { ...variables, STACK_ROLES_TABLES: 'second_owner', STACK_ROLES_ROWS: 'second' };
    const both = await Promise.all([run(fresh, ''), run(fresh, '')]);
    expect(both.map(({ code, output }) => [code, output.includes('cannot')])).toEqual([
      [0, false],
      [0, false],
    ]);
  });

  it('ends with the exit code of the release command, which knows no password of the owner', async () => {
    const { code, output } = await run(
      { ...variables, MINE: 'kept' },
      "console.log(process.env.MINE, Object.keys(process.env).filter((n) => n.startsWith('STACK')).length); process.exit(7)",
    );
    expect(code).toBe(7);
    expect(output).toContain('kept 0');
  });

  describe('on a server with databases of others', () => {
    const shared = () => ({
      ...variables,
      STACK_ROLES_NAME: 'orders',
      STACK_ROLES_TABLES: 'orders_owner',
      STACK_ROLES_ROWS: 'orders_app',
      STACK_ROLES_MARK: 'Of nest-fargate-staging',
      STACK_ROLES_MAX_CONNECTIONS: '100',
    });

    it('creates the database, and finds it the second time', async () => {
      expect(await run(shared(), '')).toMatchObject({ code: 0 });
      await inDatabase('orders', 'orders_owner', 'tables-secret', 'CREATE TABLE orders (id serial)');
      expect(await run(shared(), '')).toMatchObject({ code: 0 });

      expect(
        await inDatabase('orders', 'orders_app', 'rows-secret', 'INSERT INTO orders DEFAULT VALUES RETURNING id'),
      ).toEqual([{ id: 1 }]);
    });

    it('lets roles of others in as little as ours into theirs', async () => {
      expect(await run(variables, '')).toMatchObject({ code: 0 });
      expect(await run(shared(), '')).toMatchObject({ code: 0 });

      await expect(inDatabase('orders', 'app', 'rows-secret', 'SELECT 1')).rejects.toThrow(
        'permission denied for database',
      );
    });

    it('refuses a database of another environment, and one of nobody, and runs nothing', async () => {
      expect(await run(shared(), '')).toMatchObject({ code: 0 });
      const other = await run({ ...shared(), STACK_ROLES_MARK: 'Of nest-fargate-prod' }, "console.log('released')");
      const nobodys = await run({ ...shared(), STACK_ROLES_NAME: 'template1' }, "console.log('released')");

      expect(other.code).toBe(1);
      expect(other.output).toContain('the database orders exists and is not of this environment');
      expect(other.output).toContain('Of nest-fargate-staging');
      expect(nobodys.code).toBe(1);
      expect(nobodys.output).toContain('the database template1 exists and is not of this environment');
      expect(other.output + nobodys.output).not.toContain('released');
    });

    it('refuses a server with fewer connections than the pools are sized by', async () => {
      const { code, output } = await run(
        { ...shared(), STACK_ROLES_MAX_CONNECTIONS: '5000' },
        "console.log('released')",
      );

      expect(code).toBe(1);
      expect(output).toMatch(/the server allows \d+ connections, and databaseMaxConnections says 5000/);
      expect(output).not.toContain('released');
    });

    it('creates the database alone for an app that sets up its roles itself', async () => {
      const alone = Object.fromEntries(
        Object.entries({ ...shared(), STACK_ROLES_NAME: 'alone' }).filter(([name]) => !/_(TABLES|ROWS)/.test(name)),
      );
      expect(await run(alone, '')).toMatchObject({ code: 0 });
      const { user, password } = server.address;
      expect(await inDatabase('alone', user, password, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    it('is created once by two at a time', async () => {
      const fresh = { ...shared(), STACK_ROLES_NAME: 'both' };
      const both = await Promise.all([run(fresh, ''), run(fresh, '')]);

      expect(both.map(({ code }) => code)).toEqual([0, 0]);
    });
  });

  it.each([
    [
      'a certificate of another authority',
      { STACK_ROLES_CA: hasOpenssl ? createCertificates('DNS:localhost').certificate : '' },
      'certificate',
    ],
    ['a wrong password', { STACK_ROLES_OWNER_PASSWORD: 'wrong' }, 'password authentication failed'],
    ['a server that is not there', { STACK_ROLES_PORT: '1' }, 'ECONNREFUSED'],
  ])('refuses %s, and runs nothing', async (_what, change, reason) => {
    const { code, output } = await run({ ...variables, ...change }, "console.log('released')");
    expect(code).toBe(1);
    expect(output).toContain('The database roles of the app cannot be set up');
    expect(output).toContain(reason);
    expect(output).not.toContain('released');
    expect(output).not.toContain('secret');
  });
});
