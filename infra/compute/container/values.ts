import { numbersOf, workerOf } from '../../contract/contract.ts';
import type { ServiceContract } from '../../contract/processes.ts';
import { metricsNamespace } from '../../foundation/naming.ts';
import type { SecretReference } from '../../foundation/secret-reference.ts';
import { listenerOf } from '../../manifest/app.ts';
import type { Source } from '../../manifest/sources.ts';
import { collectorEndpoint } from './collector.ts';
import type { ContainerInput } from './input.ts';

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
    'node.heap': heapFlags(numbersOf(contract, process)),
    ...(process === 'api' ? http(input) : {}),
    ...(process === 'worker' ? jobs(input) : {}),
    ...database(input),
    ...valkey(input),
    'metrics.port': text(contract.metricsPort),
    'metrics.namespace': metricsNamespace(settings),
    'traces.endpoint': settings.tracing === undefined ? undefined : collectorEndpoint,
    'mail.from': settings.mail?.from,
  };
}

/** As {@link plainValues}: references to what nobody may read in a task definition. */
export function secretValues<T>({
  process,
  database: { owner, app },
  valkey: cache,
}: ContainerInput<T>): Partial<Record<Source, SecretReference<T> | undefined>> {
  return {
    'database.password': process === 'migrate' ? owner.passwordFrom : app.passwordFrom,
    'database.app.password': app.passwordFrom,
    'valkey.password': cache?.passwordFrom,
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
    drainDelaySeconds: String(contract.drainDelaySeconds),
    shutdownTimeoutSeconds: String(contract.shutdownTimeoutSeconds),
  };
}

function jobs<T>({ contract }: ContainerInput<T>): Values<T> {
  const { concurrency, shutdownTimeoutSeconds } = workerOf(contract);
  return { jobConcurrency: String(concurrency), shutdownTimeoutSeconds: String(shutdownTimeoutSeconds) };
}

function database<T>({
  process,
  database: { app, owner, host, port, name, authorities },
  contract,
  settings,
}: ContainerInput<T>) {
  const { connectTimeoutMs, statementTimeoutMs, authentication } = settings.database;
  return {
    // Migrations use temporary tables and session locks, which pin a proxy connection.
    'database.host': process === 'migrate' ? host : (app.proxyHost ?? host),
    'database.port': String(port),
    'database.tls': 'verify-full',
    'database.ca': authorities,
    'database.name': name,
    'database.user': process === 'migrate' ? owner.name : app.name,
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
