import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { rdsAuthorities } from '../../../infra/data/authorities.ts';
import { assertPsql } from '../../messages/psql.ts';
import { UserError } from '../../messages/user-error.ts';
import { type Connection, type ConnectRequest, readOnlyOption } from '../../release/operations.ts';
import { talkToAws } from '../aws-errors.ts';
import type { AwsClients } from '../clients.ts';
import { type ForwardContext, forwardToTask } from './forward.ts';

export interface ConnectContext extends ForwardContext {
  readonly clients: ForwardContext['clients'] & Pick<AwsClients, 'rds' | 'config'>;
}

const owner = z.object({ username: z.string(), password: z.string() });

/**
 * psql of this machine through a running task to the private database, as its owner. The certificate of the database is
 * verified as the app verifies it: only the address is another one.
 *
 * @param instance an RDS instance of the environment; absent: the one that serves
 */
export async function connectToDatabase(
  context: ConnectContext,
  { write, args }: ConnectRequest,
  instance: string = context.names.database,
): Promise<Connection> {
  const { names, clients, variables } = context;
  await assertPsql(variables);
  const { host, port, name, secret } = await readDatabase(context, instance);
  const { username, password } = await readOwner(context, secret);
  const tunnel = await forwardToTask(context, { port, localPort: await freePort() }, host);
  const directory = await mkdtemp(join(tmpdir(), `${names.cluster}-`));
  const authorities = rdsAuthorities(clients.region);
  const bundle = join(directory, 'authorities.pem');
  if (authorities !== undefined) await writeFile(bundle, authorities, { mode: 0o600 });
  return {
    invocation: {
      executable: 'psql',
      args,
      variables: {
        PGHOST: host,
        PGHOSTADDR: '127.0.0.1',
        PGPORT: String(tunnel.localPort),
        PGDATABASE: name,
        PGUSER: username,
        PGPASSWORD: password,
        PGSSLMODE: 'verify-full',
        // Where the package has no authorities of a region, those that the machine trusts (Postgres 16).
        PGSSLROOTCERT: authorities === undefined ? 'system' : bundle,
        PGAPPNAME: 'stack connect',
        ...(write ? {} : { PGOPTIONS: readOnlyOption }),
      },
      reportsExitCode: true,
    },
    close: async () => {
      await tunnel.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function readDatabase({ clients, names }: ConnectContext, instance: string) {
  return talkToAws(async () => {
    const { DBInstances = [] } = await clients.rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: instance }),
    );
    const { Endpoint, DBName, MasterUserSecret } = DBInstances[0] ?? {};
    const secret = names.sharedDatabase?.ownerSecretArn ?? MasterUserSecret?.SecretArn;
    if (Endpoint?.Address === undefined || secret === undefined) {
      throw new UserError({
        code: 'DATABASE_UNKNOWN',
        message: `RDS has no database ${instance} with an address and a secret of its owner.`,
        remedy: 'A database that is being created has neither yet.',
      });
    }
    return {
      host: Endpoint.Address,
      port: Endpoint.Port ?? 5432,
      name: names.sharedDatabase?.name ?? DBName ?? 'postgres',
      secret,
    };
  });
}

async function readOwner({ clients }: ConnectContext, SecretId: string): Promise<z.output<typeof owner>> {
  const secrets = new SecretsManagerClient(clients.config);
  const { SecretString = '{}' } = await talkToAws(() => secrets.send(new GetSecretValueCommand({ SecretId })));
  return owner.parse(JSON.parse(SecretString));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The machine gave no free port.');
  return address.port;
}
