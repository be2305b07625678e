import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresServer } from '../../../app/dev/postgres-server.ts';
import { rejection } from '../../release/testing/rejection.ts';
import { namesOf } from '../names.ts';
import { reachableTask as task } from '../testing/reachable-task.ts';
import { startWireServer } from '../testing/wire-server.ts';
import { assertReadable, readTables } from './read-back.ts';

const names = namesOf('prod');
const restored = 'nest-fargate-prod-copy-20261121t090000z';
const { stdout: psqlPath } = await execa('which', ['psql'], { reject: false });
const skipped = psqlPath === '' ? 'psql is not on the PATH' : undefined;

/** Programs on a PATH of their own. */
function programs(scripts: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'programs-'));
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** Leads from the port that the session asks for to a server of this machine, as the real plugin does through AWS. */
const pluginTo = (port: number) => `#!${process.execPath}
if (process.argv[2] === '--version') { console.log('1.2.707.0'); process.exit(); }
const { createServer, connect } = require('node:net');
const { Parameters } = JSON.parse(process.argv[6]);
createServer((near) => {
  const far = connect(${port}, '127.0.0.1');
  for (const end of [near, far]) end.on('error', () => undefined);
  near.pipe(far).pipe(near);
}).listen(Number(Parameters.localPortNumber[0]), '127.0.0.1', () => console.log('Waiting for connections...'));
`;
/** The server of the test has no certificate of RDS; connect.test.ts checks that it is asked for. */
const psql = `#!/bin/sh\nPGSSLMODE=disable exec ${psqlPath} "$@"\n`;

async function cloud(password: string, tasks: readonly object[] = [task]) {
  const asked: unknown[] = [];
  const aws = await startWireServer({
    DescribeClusters: () => ({ body: { clusters: [{ status: 'ACTIVE' }] } }),
    ListServices: () => ({ body: { serviceArns: ['arn:api'] } }),
    DescribeServices: () => ({ body: { services: [{ serviceName: 'nest-fargate-prod-api', status: 'ACTIVE' }] } }),
    ListTasks: () => ({ body: { taskArns: [task.taskArn] } }),
    DescribeTasks: () => ({ body: { tasks } }),
    GetSecretValue: () => ({ body: { SecretString: JSON.stringify({ username: 'postgres', password }) } }),
    StartSession: () => ({ body: { SessionId: 's', StreamUrl: 'wss://x', TokenValue: 'the-token' } }),
  });
  aws.clients.rds.middlewareStack.add(
    () =>
      async ({ input }) => {
        asked.push(input);
        const Endpoint = { Address: 'copy.example.rds.amazonaws.com', Port: 5432 };
        const DBInstances = [{ Endpoint, DBName: 'app', MasterUserSecret: { SecretArn: 'arn:secret' } }];
        return { output: { $metadata: {}, DBInstances }, response: {} };
      },
    { step: 'initialize' },
  );
  return { aws, asked };
}

const { signal } = new AbortController();

describe.skipIf(skipped)(`a restored instance${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  let server: PostgresServer;
  let client: pg.Client;
  beforeAll(async () => {
    server = await PostgresServer.start();
    const admin = new pg.Client({ ...server.address, database: 'postgres' });
    await admin.connect();
    await admin.query('CREATE DATABASE app');
    await admin.end();
    client = new pg.Client({ ...server.address, database: 'app' });
    await client.connect();
    await client.query(`
      CREATE TABLE todos AS SELECT generate_series(1, 7) AS id;
      CREATE TABLE "My ""table" (id int);
      CREATE SCHEMA other; CREATE TABLE other.empty ();
      CREATE MATERIALIZED VIEW never AS SELECT 1 AS n WITH NO DATA;
    `);
  });
  afterAll(async () => {
    await client?.end();
    await server?.remove();
  });
  const contextOf = (aws: Awaited<ReturnType<typeof cloud>>['aws'], found: Readonly<Record<string, string>>) => ({
    ...{ clients: aws.clients, names },
    variables: { PATH: programs(found) },
  });

  test('is read row by row, whatever its tables are called', async () => {
    const { aws, asked } = await cloud(server.address.password);
    await using _ = aws;
    const context = contextOf(aws, { psql, 'session-manager-plugin': pluginTo(server.address.port) });

    await assertReadable(context);
    expect(await readTables(context, restored, signal)).toEqual([
      { name: 'other.empty', rows: 0 },
      { name: 'public."My ""table"', rows: 0 },
      { name: 'public.todos', rows: 7 },
    ]);
    expect(asked).toEqual([{ DBInstanceIdentifier: restored }]);
  });

  test('is not called read where one table cannot be', async () => {
    await client.query("CREATE ROLE reader LOGIN PASSWORD 'x'");
    const { aws } = await cloud('x');
    await using _ = aws;
    const asOther = psql.replace('exec', 'PGUSER=reader PGPASSWORD=x exec');
    const context = contextOf(aws, { psql: asOther, 'session-manager-plugin': pluginTo(server.address.port) });

    expect(await rejection(readTables(context, restored, signal))).toMatchObject({
      code: 'READ_BACK_FAILED',
      details: expect.stringContaining('permission denied'),
    });
  });
});

test.each([
  ['psql', {}, [task], 'PSQL_MISSING'],
  ['the plugin', { psql: '#!/bin/sh\n' }, [task], 'SESSION_PLUGIN_MISSING'],
  ['a task that lets a session in', { psql: '#!/bin/sh\n' }, [{ ...task, enableExecuteCommand: false }], 'EXEC_OFF'],
])('without %s it is said before anything is restored', async (_what, found, tasks, code) => {
  const { aws } = await cloud('', tasks);
  await using _ = aws;
  const context = { clients: aws.clients, names, variables: { PATH: programs(found) } };
  expect(await rejection(assertReadable(context))).toMatchObject({ code });
});
