import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../release/testing/rejection.ts';
import { namesOf } from '../names.ts';
import { reachableTask as task } from '../testing/reachable-task.ts';
import { startWireServer } from '../testing/wire-server.ts';
import { connectToDatabase } from './connect.ts';
import { forwardToTask } from './forward.ts';

const names = namesOf('prod');

/** Programs on a PATH of their own, each a shell script. */
function programs(scripts: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'programs-'));
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

const version = '[ "$1" = --version ] && echo 1.2.707.0 && exit';
/** Listens until it is told to end. */
const plugin = `${version}\necho 'Waiting for connections...'\nexec /bin/sleep 600`;
const psql = '[ "$1" = --version ] && exit\nenv | sort';

async function cloud() {
  const asked: Record<string, unknown>[] = [];
  const aws = await startWireServer({
    DescribeClusters: () => ({ body: { clusters: [{ status: 'ACTIVE' }] } }),
    ListServices: () => ({ body: { serviceArns: ['arn:api'] } }),
    DescribeServices: () => ({ body: { services: [{ serviceName: 'nest-fargate-prod-api', status: 'ACTIVE' }] } }),
    ListTasks: () => ({ body: { taskArns: [task.taskArn] } }),
    DescribeTasks: () => ({ body: { tasks: [task] } }),
    GetSecretValue: () => ({ body: { SecretString: '{"username":"postgres","password":"the-password"}' } }),
    StartSession: (input) => {
      asked.push(input);
      return { body: { SessionId: 's', StreamUrl: 'wss://x', TokenValue: 'the-token' } };
    },
  });
  aws.clients.rds.middlewareStack.add(
    () => async () => ({
      output: {
        $metadata: {},
        DBInstances: [
          {
            Endpoint: { Address: 'db.example.rds.amazonaws.com', Port: 5432 },
            DBName: 'app',
            MasterUserSecret: { SecretArn: 'arn:secret' },
          },
        ],
      },
      response: {},
    }),
    { step: 'initialize' },
  );
  return { aws, asked };
}

describe('psql on the private database', () => {
  test('goes through a task, verifies the certificate, is read-only, and shows no secret in an argument', async () => {
    const { aws, asked } = await cloud();
    await using _ = aws;
    const variables = { PATH: programs({ 'session-manager-plugin': plugin, psql }) };
    const context = { clients: aws.clients, names, variables };

    const { invocation, close } = await connectToDatabase(context, { write: false, args: ['-l'], interactive: false });
    const bundle = invocation.variables['PGSSLROOTCERT'] ?? '';
    const port = invocation.variables['PGPORT'];

    expect(asked).toEqual([
      {
        Target: 'ecs:nest-fargate-prod_1111_runtime',
        DocumentName: 'AWS-StartPortForwardingSessionToRemoteHost',
        Parameters: { host: ['db.example.rds.amazonaws.com'], portNumber: ['5432'], localPortNumber: [port] },
      },
    ]);
    expect(invocation).toMatchObject({
      executable: 'psql',
      args: ['-l'],
      variables: {
        PGHOST: 'db.example.rds.amazonaws.com',
        PGHOSTADDR: '127.0.0.1',
        PGDATABASE: 'app',
        PGUSER: 'postgres',
        PGPASSWORD: 'the-password',
        PGSSLMODE: 'verify-full',
        PGOPTIONS: '-c default_transaction_read_only=on',
      },
    });
    expect(readFileSync(bundle, 'utf8')).toContain('BEGIN CERTIFICATE');
    await close();
    expect(existsSync(bundle)).toBe(false);
  });

  test('may write when it is asked to', async () => {
    const { aws } = await cloud();
    await using _ = aws;
    const variables = { PATH: programs({ 'session-manager-plugin': plugin, psql }) };
    const context = { clients: aws.clients, names, variables };

    const { invocation, close } = await connectToDatabase(context, { write: true, args: [], interactive: false });
    await close();

    expect(invocation.variables).not.toHaveProperty('PGOPTIONS');
  });

  test.each([
    ['psql', { 'session-manager-plugin': plugin }, 'PSQL_MISSING'],
    ['the plugin', { psql }, 'SESSION_PLUGIN_MISSING'],
  ])('needs %s on this machine, and opens no session without it', async (_name, found, code) => {
    const { aws, asked } = await cloud();
    await using _ = aws;
    const context = { clients: aws.clients, names, variables: { PATH: programs(found) } };

    const connecting = connectToDatabase(context, { write: false, args: [], interactive: false });

    expect(await rejection(connecting)).toMatchObject({ code });
    expect(asked).toEqual([]);
  });
});

describe('a forwarded port', () => {
  test('ends its session when it is closed', async () => {
    const { aws, asked } = await cloud();
    await using _ = aws;
    const folder = programs({ 'session-manager-plugin': `${version}\necho $$ > "$0.pid"\n${plugin}` });
    const context = { clients: aws.clients, names, variables: { PATH: folder } };

    const tunnel = await forwardToTask(context, { port: 9464, localPort: 19_464 });
    const pid = readFileSync(join(folder, 'session-manager-plugin.pid'), 'utf8').trim();
    await tunnel.close();

    expect(asked).toMatchObject([
      {
        DocumentName: 'AWS-StartPortForwardingSession',
        Parameters: { portNumber: ['9464'], localPortNumber: ['19464'] },
      },
    ]);
    const { exitCode } = await execa('kill', ['-0', pid], { reject: false });
    expect(exitCode).not.toBe(0);
  });

  test('says what the plugin said when it does not open', async () => {
    const { aws } = await cloud();
    await using _ = aws;
    const folder = programs({ 'session-manager-plugin': `${version}\necho 'TargetNotConnected' >&2\nexit 255` });
    const context = { clients: aws.clients, names, variables: { PATH: folder } };

    expect(await rejection(forwardToTask(context, { port: 1, localPort: 19_465 }))).toMatchObject({
      code: 'SESSION_FAILED',
      details: 'TargetNotConnected',
    });
  });
});
