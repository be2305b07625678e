import { numbersOf } from '../../contract/contract.ts';
import type { ServiceContract } from '../../contract/processes.ts';
import { metricsNamespace } from '../../foundation/naming.ts';
import type { SecretReference } from '../../foundation/secret-reference.ts';
import { kindOf, listenerOf, releaseCommand } from '../../manifest/app.ts';
import type { Source } from '../../manifest/sources.ts';
import { collectorEndpoint } from './collector.ts';
import type { ContainerInput } from './input.ts';

/** Written when a process starts that wants it. */
export const authoritiesFile = '/tmp/stack-authorities.pem';

/** What the file has: one bundle per server. */
export function authoritiesOf<T>({ database, valkey: cache }: ContainerInput<T>): string {
  return [database.authorities, cache?.authorities].filter((pem) => pem !== undefined).join('\n');
}

type Values<T> = Partial<Record<Source, T | string | undefined>>;

/** What the names in a manifest stand for in one container; absent what its environment or process does not have. */
export function plainValues<T>(input: ContainerInput<T>): Values<T> {
  const { process, app, image, contract, settings } = input;
  return {
    environment: settings.environment,
    region: settings.region,
    process,
    logLevel: settings.logLevel,
    port: text(listenerOf(app, process)?.port),
    'release.image': image,
    'release.version': input.release.version,
    'release.commit': input.release.commit,
    'node.heap': heapFlags(numbersOf(contract, process)),
    ...(kindOf(app, process) === 'http' ? http(input) : {}),
    ...(['background', 'schedule', 'once'].includes(kindOf(app, process)) ? jobs(input) : {}),
    ...database(input),
    ...valkey(input),
    'authorities.file': authoritiesFile,
    'metrics.port': text(contract.metricsPort),
    'metrics.namespace': metricsNamespace(settings),
    'traces.endpoint': settings.tracing === undefined ? undefined : collectorEndpoint,
    'mail.from': settings.mail?.from,
  };
}

/** As {@link plainValues}: references to what nobody may read in a task definition. */
export function secretValues<T>(input: ContainerInput<T>): Partial<Record<Source, SecretReference<T> | undefined>> {
  return {
    'database.password': userOf(input).passwordFrom,
    'database.app.password': input.database.app.passwordFrom,
    'valkey.password': input.valkey?.passwordFrom,
  };
}

/** Whom a process logs in to the database as. */
function userOf<T>({ process, database: { owner, tables, app } }: ContainerInput<T>) {
  return process === releaseCommand ? (tables ?? owner) : app;
}

/** What `with-roles.cjs` reads, where the stack sets up the roles, or the database on a server of others. */
export function roleVariables<T>({ database }: ContainerInput<T>): Readonly<Record<string, T | string>> {
  const { host, port, name, authorities, owner, tables, app, sharesServer } = database;
  if (tables === undefined && sharesServer === undefined) return {};
  return {
    STACK_ROLES_HOST: host,
    STACK_ROLES_PORT: String(port),
    STACK_ROLES_NAME: name,
    ...(authorities === undefined ? {} : { STACK_ROLES_CA: authorities }),
    STACK_ROLES_OWNER: owner.name,
    ...(tables === undefined ? {} : { STACK_ROLES_TABLES: tables.name }),
    ...(tables === undefined || app.name === tables.name ? {} : { STACK_ROLES_ROWS: app.name }),
    ...(sharesServer === undefined
      ? {}
      : {
          STACK_ROLES_MARK: sharesServer.mark,
          STACK_ROLES_MAX_CONNECTIONS: String(sharesServer.maxConnections),
        }),
  };
}

export function roleSecrets<T>({ database }: ContainerInput<T>): Readonly<Record<string, SecretReference<T>>> {
  const { owner, tables, app, sharesServer } = database;
  if (tables === undefined) return sharesServer === undefined ? {} : { STACK_ROLES_OWNER_PASSWORD: owner.passwordFrom };
  return {
    STACK_ROLES_OWNER_PASSWORD: owner.passwordFrom,
    STACK_ROLES_TABLES_PASSWORD: tables.passwordFrom,
    ...(app.name === tables.name || app.passwordFrom === undefined
      ? {}
      : { STACK_ROLES_ROWS_PASSWORD: app.passwordFrom }),
  };
}

function text(number: number | undefined): string | undefined {
  return number === undefined ? undefined : String(number);
}

function heapFlags({ maxOldSpaceMiB, maxSemiSpaceMiB }: ServiceContract): string {
  return `--max-old-space-size=${maxOldSpaceMiB} --max-semi-space-size=${maxSemiSpaceMiB}`;
}

function http<T>({ contract }: ContainerInput<T>): Values<T> {
  return {
    keepAliveTimeoutSeconds: String(contract.keepAliveTimeoutSeconds),
    headersTimeoutSeconds: String(contract.headersTimeoutSeconds),
    requestTimeoutSeconds: String(contract.requestTimeoutSeconds),
    readyTimeoutMs: String(contract.readiness.dependencyTimeoutMs),
    readyGraceSeconds: String(contract.readiness.graceSeconds),
    drainDelaySeconds: String(contract.drainDelaySeconds),
    shutdownTimeoutSeconds: String(contract.shutdownTimeoutSeconds),
  };
}

function jobs<T>({ contract, process }: ContainerInput<T>): Values<T> {
  const { concurrency, shutdownTimeoutSeconds } = numbersOf(contract, process);
  return { jobConcurrency: text(concurrency), shutdownTimeoutSeconds: String(shutdownTimeoutSeconds) };
}

function database<T>(input: ContainerInput<T>) {
  const { process, contract, settings } = input;
  const { app, host, port, name, authorities } = input.database;
  const { connectTimeoutMs, statementTimeoutMs, authentication } = settings.database;
  return {
    // Migrations use temporary tables and session locks, which pin a proxy connection.
    'database.host': process === releaseCommand ? host : (app.proxyHost ?? host),
    'database.port': String(port),
    'database.tls': 'verify-full',
    'database.ca': authorities,
    'database.name': name,
    'database.user': userOf(input).name,
    'database.app.user': app.name,
    'database.authentication': authentication,
    'database.poolSize': String(numbersOf(contract, process).poolSize),
    'database.connectTimeoutMs': String(connectTimeoutMs),
    'database.statementTimeoutMs': String(statementTimeoutMs),
  } satisfies Values<T>;
}

function valkey<T>({ valkey: access }: ContainerInput<T>): Values<T> {
  if (access === undefined) return {};
  return {
    'valkey.host': access.host,
    'valkey.port': String(access.port),
    'valkey.user': 'default',
    'valkey.ca': access.authorities,
    'valkey.tls': 'verify-full',
  };
}
