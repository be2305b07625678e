import { instanceClasses, instanceMemoryMiB } from '../../../infra/catalog/rds-instance-classes.ts';
import type { ProgramGraph } from '../../../infra/graph/query.ts';
import { archiveSettings, beginLineage } from './backups.ts';
import { dataServer, type ServerBinding } from './data-server.ts';
import { expectText, notUnderstood, onlyResource } from './expectations.ts';
import { gatingCheck } from './health-check.ts';
import { parametersOf } from './parameter-group.ts';
import { literal, type SwarmService } from './stack-document.ts';

export const databaseType = 'aws:rds/instance:Instance';

/** What the local target understands of an RDS instance. */
export interface Database {
  readonly name: string;
  readonly engineVersion: string;
  readonly databaseName: string;
  readonly user: string;
  readonly port: number;
  readonly memoryMiB: number;
  /** How far back a restore must reach. */
  readonly backupRetentionDays: number;
  /** Clients without TLS are refused. */
  readonly forcesTls: boolean;
  /** Server settings, as the parameter group has them. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads the recorded RDS instance with its parameter group; `undefined` when the program has none. */
export function parseDatabase(graph: ProgramGraph): Database | undefined {
  const instance = onlyResource(graph, databaseType, 'one database');
  if (instance === undefined) return undefined;
  const where = `database ${instance.name}`;
  const { engine, engineVersion, dbName, username, port, instanceClass, backupRetentionPeriod } = instance.inputs;
  if (engine !== 'postgres') throw notUnderstood(`${where}, engine`, engine, 'postgres');
  const knownClass = instanceClasses.find((name) => name === instanceClass);
  if (knownClass === undefined)
    throw notUnderstood(`${where}, instanceClass`, instanceClass, 'a class of infra/catalog/rds-instance-classes.ts');
  const parameters = parametersOf(graph, instance, where);
  return {
    name: instance.name,
    engineVersion: expectText(engineVersion, `${where}, engineVersion`),
    databaseName: expectText(dbName, `${where}, dbName`),
    user: expectText(username, `${where}, username`),
    port: typeof port === 'number' ? port : 5432,
    memoryMiB: instanceMemoryMiB(knownClass),
    backupRetentionDays: typeof backupRetentionPeriod === 'number' ? backupRetentionPeriod : 1,
    // Since version 15 RDS forces TLS unless told otherwise.
    forcesTls: parameters['rds.force_ssl'] !== '0',
    parameters: Object.fromEntries(Object.entries(parameters).filter(([name]) => !name.startsWith('rds.'))),
  };
}

export interface DatabaseBinding extends ServerBinding {
  readonly volume: string;
  /** Key of the Swarm config in the stack's document. */
  readonly start: string;
}

export const dataFolder = '/var/lib/postgresql/data';
const stopSeconds = 60;
/** A former server that is being stopped has ended by then. */
const lockSeconds = stopSeconds + 10;

/**
 * Postgres in place of RDS: data on a volume that outlives its containers, TLS with a certificate of the
 * environment's own authority, server settings of the parameter group, the instance class's memory as its limit.
 */
export function translateDatabase(database: Database, binding: DatabaseBinding): SwarmService {
  const { name, memoryMiB } = database;
  const server = { name, memoryMiB, title: `Postgres ${majorOf(database)}`, passwordFile: 'password' };
  return dataServer(server, binding, {
    entrypoint: ['/bin/sh', '/stack/start-postgres.sh'],
    command: serverSettings(database).map(literal),
    environment: {
      DATA: `${dataFolder}/${majorOf(database)}`,
      [serverVariables.database]: literal(database.databaseName),
      [serverVariables.user]: literal(database.user),
      CONNECTION_TYPE: database.forcesTls ? 'hostssl' : 'host',
    },
    volumes: [{ type: 'volume', source: binding.volume, target: dataFolder }],
    configs: [{ source: binding.start, target: '/stack/start-postgres.sh' }],
    stop_grace_period: `${stopSeconds}s`,
    // "Fast shutdown": ends sessions instead of waiting for them. https://www.postgresql.org/docs/current/server-shutdown.html
    stop_signal: 'SIGINT',
    // The server writes its state into line 8 of this file; pg_ctl reads it there, too.
    healthcheck: gatingCheck('sed -n 8p "$DATA/postmaster.pid" | grep -q ready', {
      timeoutSeconds: 5,
      intervalSeconds: 10,
      retries: 6,
      graceSeconds: 120,
    }),
  });
}

/** Variables of the server's container that name what a client logs in to. */
export const serverVariables = { database: 'DATABASE_NAME', user: 'DATABASE_USER' } as const;

export function majorOf({ engineVersion }: Database): string {
  return engineVersion.split('.')[0] ?? engineVersion;
}

function serverSettings({ parameters, port }: Database): string[] {
  const settings = {
    listen_addresses: '*',
    port: String(port),
    unix_socket_directories: '/tmp',
    password_encryption: 'scram-sha-256',
    ssl: 'on',
    ssl_cert_file: '/run/secrets/server.crt',
    ssl_key_file: '/run/secrets/server.key',
    // Containers have 64 MiB of shared memory; without this, parallel queries would look for more.
    dynamic_shared_memory_type: 'mmap',
    ...archiveSettings,
    ...parameters,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * Creates the data folder on the first start, crash-safe (under another name, then renamed), and sets password, database
 * and access rules on every start: they follow the stack's files, even if those were lost and generated again.
 *
 * Postgres itself notices no second server on its data folder from another container, as its lock is a process id. So a
 * file lock on the volume lets one container after the other in, and a container that somebody restarts ends at once:
 * Swarm has started another one in its place by then.
 */
export const startPostgres = `#!/bin/sh
set -eu
umask 077
if [ -e /tmp/started ]; then
  echo 'This container was restarted by hand. Swarm has started another one in its place.' >&2
  exit 1
fi
: > /tmp/started
exec 9> "${dataFolder}/lock"
if ! flock --timeout ${lockSeconds} 9; then
  echo 'Another Postgres has had the data folder for ${lockSeconds} s: stop its container.' >&2
  exit 1
fi
if [ ! -s "$DATA/PG_VERSION" ]; then
  rm -rf "$DATA.new"
  initdb --pgdata="$DATA.new" --username="$DATABASE_USER" --pwfile=/run/secrets/password \\
    --encoding=UTF8 --locale=C.UTF-8 --auth=scram-sha-256 --no-instructions
  mv "$DATA.new" "$DATA"
fi
${beginLineage}printf 'local all all trust\\n%s all all all scram-sha-256\\n' "$CONNECTION_TYPE" > "$DATA/pg_hba.conf"
password=$(cat /run/secrets/password)
{
  printf 'ALTER ROLE "%s" PASSWORD '"'%s'"';\\n' "$DATABASE_USER" "$password"
  [ "$DATABASE_NAME" = postgres ] || printf 'CREATE DATABASE "%s";\\n' "$DATABASE_NAME"
} | postgres --single -D "$DATA" -c archive_mode=on -c log_min_error_statement=panic postgres > /dev/null
exec postgres -D "$DATA" "$@"
`;
