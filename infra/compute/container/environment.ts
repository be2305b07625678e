import { numbersOf, workerOf } from '../../contract/contract.ts';
import { metricsNamespace } from '../../foundation/naming.ts';
import { collectorEndpoint } from './collector.ts';
import type { ContainerInput } from './input.ts';

interface Variable<T> {
  readonly name: string;
  readonly value: T | string;
}

type Variables<T> = Readonly<Record<string, T | string>>;

/** Environment variables, sorted by name: another order would be a new task definition and a needless rollout. */
export function environmentOf<T>(input: ContainerInput<T>): readonly Variable<T>[] {
  return groupsOf(input)
    .flatMap((group) => Object.entries(group).map(([name, value]) => ({ name, value })))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function groupsOf<T>(input: ContainerInput<T>): readonly Variables<T>[] {
  const always = [identity(input), databaseAddress(input)];
  switch (input.process) {
    case 'api':
      return [
        ...always,
        appUser(input),
        databasePool(input),
        valkey(input),
        telemetry(input),
        http(input),
        limits(input),
        drain(input),
      ];
    case 'worker':
      return [...always, appUser(input), databasePool(input), valkey(input), telemetry(input), jobs(input)];
    case 'migrate':
      return [...always, owner(input)];
  }
}

function identity<T>({ process, image, contract, settings }: ContainerInput<T>): Variables<T> {
  const { maxOldSpaceMiB, maxSemiSpaceMiB } = numbersOf(contract, process);
  return {
    NODE_ENV: 'production',
    ENVIRONMENT: settings.environment,
    SERVICE_NAME: process,
    AWS_REGION: settings.region,
    LOG_LEVEL: settings.logLevel,
    RELEASE_IMAGE: image,
    NODE_OPTIONS: `--max-old-space-size=${maxOldSpaceMiB} --max-semi-space-size=${maxSemiSpaceMiB}`,
  };
}

function http<T>({ contract, settings }: ContainerInput<T>): Variables<T> {
  return {
    PORT: String(contract.port),
    KEEP_ALIVE_TIMEOUT_SECONDS: String(contract.keepAliveTimeoutSeconds),
    HEADERS_TIMEOUT_SECONDS: String(contract.headersTimeoutSeconds),
    REQUEST_TIMEOUT_SECONDS: String(contract.requestTimeoutSeconds),
    BODY_LIMIT_KIB: String(settings.api.bodyLimitKiB),
    READY_TIMEOUT_MS: String(contract.readiness.dependencyTimeoutMs),
  };
}

/** What one client or user may ask for and keep. */
function limits<T>({ settings: { api } }: ContainerInput<T>): Variables<T> {
  return {
    AUTH_REQUESTS_PER_MINUTE: String(api.signInsPerMinute),
    REQUESTS_PER_MINUTE: String(api.requestsPerUserPerMinute),
    TODOS_PER_USER: String(api.todosPerUser),
    IDEMPOTENCY_KEYS_PER_USER: String(api.idempotencyKeysPerUser),
  };
}

function drain<T>({ contract }: ContainerInput<T>): Variables<T> {
  return {
    DRAIN_DELAY_SECONDS: String(contract.drainDelaySeconds),
    SHUTDOWN_TIMEOUT_SECONDS: String(contract.shutdownTimeoutSeconds),
  };
}

function databaseAddress<T>({ process, database, settings }: ContainerInput<T>): Variables<T> {
  return {
    // Migrations use temporary tables and session locks, which pin a proxy connection.
    DATABASE_HOST: process === 'migrate' ? database.host : (database.app.proxyHost ?? database.host),
    DATABASE_PORT: String(database.port),
    DATABASE_NAME: database.name,
    DATABASE_TLS: 'verify-full',
    DATABASE_CONNECT_TIMEOUT_MS: String(settings.database.connectTimeoutMs),
  };
}

function appUser<T>({ database, settings }: ContainerInput<T>): Variables<T> {
  return { DATABASE_USER: database.app.name, DATABASE_AUTHENTICATION: settings.database.authentication };
}

/** Migrations create the user that the app connects as. */
function owner<T>({ database, settings }: ContainerInput<T>): Variables<T> {
  return {
    DATABASE_USER: database.owner.name,
    APP_DATABASE_USER: database.app.name,
    APP_DATABASE_AUTHENTICATION: settings.database.authentication,
  };
}

function databasePool<T>({ process, contract, settings }: ContainerInput<T>): Variables<T> {
  return {
    DATABASE_POOL_SIZE: String(numbersOf(contract, process).poolSize),
    DATABASE_STATEMENT_TIMEOUT_MS: String(settings.database.statementTimeoutMs),
  };
}

/** Without these the app does not cache, limits rates per task, and leaves jobs in the outbox. */
function valkey<T>({ valkey: access }: ContainerInput<T>): Variables<T> {
  if (access === undefined) return {};
  return {
    VALKEY_HOST: access.host,
    VALKEY_PORT: String(access.port),
    VALKEY_USER: 'default',
    VALKEY_TLS: 'verify-full',
  };
}

/** Metrics always, traces if there is a collector. */
function telemetry<T>({ contract, settings }: ContainerInput<T>): Variables<T> {
  return {
    METRICS_PORT: String(contract.metricsPort),
    METRICS_NAMESPACE: metricsNamespace(settings),
    ...(settings.tracing === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: collectorEndpoint }),
  };
}

function jobs<T>({ contract, settings }: ContainerInput<T>): Variables<T> {
  const { concurrency, shutdownTimeoutSeconds } = workerOf(contract);
  return {
    PORT: String(contract.port),
    WORKER_CONCURRENCY: String(concurrency),
    SHUTDOWN_TIMEOUT_SECONDS: String(shutdownTimeoutSeconds),
    ...(settings.mail === undefined ? {} : { MAIL_FROM: settings.mail.from }),
  };
}
