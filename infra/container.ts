import type { Contract } from './contract.ts';
import type { ServiceContract, WorkerContract } from './contract-service.ts';
import { agentFolders } from './exec.ts';
import type { Settings } from './settings.ts';

/**
 * A value that is known once another resource exists. This file only passes it on, so it needs no Pulumi:
 * `T` is `pulumi.Input<string>` in the program and `string` in the tests.
 */
export interface SecretReference<T> {
  /** Of the secret in Secrets Manager: what the execution role may read. */
  readonly arn: T;
  /** The ARN, and which part of the secret is meant. Never its value. */
  readonly valueFrom: T;
}

interface DatabaseUser<T> {
  readonly name: string;
  /** Absent: it logs in with a token of IAM. */
  readonly passwordFrom?: SecretReference<T>;
}

export interface DatabaseAccess<T> {
  readonly host: T;
  readonly port: number;
  readonly name: string;
  /** Owns the tables: migrations only. */
  readonly owner: Required<DatabaseUser<T>>;
  /** Reads and writes rows, and changes no table: what serves connects as this one, by way of a proxy if there is one. */
  readonly app: DatabaseUser<T> & { readonly proxyHost?: T };
}

export interface ValkeyAccess<T> {
  readonly host: T;
  readonly port: number;
  readonly passwordFrom: SecretReference<T>;
}

/** The programs in the image; each runs as a container of its own. */
export type Process = 'api' | 'worker' | 'migrate';

interface Program {
  readonly command: readonly string[];
  /** Whether it runs until it is told to stop: its container then has a port and a health check. */
  readonly stays: boolean;
}

const programs: Readonly<Record<Process, Program>> = Object.freeze({
  api: { command: ['node', 'dist/main.js'], stays: true },
  worker: { command: ['node', 'dist/worker.js'], stays: true },
  migrate: { command: ['node', 'dist/migrate.js'], stays: false },
});

export interface ContainerInput<T> {
  /** Also the name of the container, and SERVICE_NAME in it. */
  readonly process: Process;
  readonly image: T;
  readonly logGroup: T;
  readonly database: DatabaseAccess<T>;
  /** Absent: there is none. */
  readonly valkey?: ValkeyAccess<T> | undefined;
  /** What access tokens are signed with. */
  readonly authSecrets: SecretReference<T>;
  readonly contract: Contract;
  readonly settings: Settings;
}

interface Variable<T> {
  readonly name: string;
  readonly value: T | string;
}

type Variables<T> = Readonly<Record<string, T | string>>;

/** A container definition as the ECS API takes it. The only place where variables and secrets of a task are named. */
export function containerDefinition<T>(input: ContainerInput<T>) {
  const { process, image, logGroup, contract, settings } = input;
  const { command, stays } = programs[process];
  return {
    name: process,
    image,
    command,
    essential: true,
    // The contract's limit, and not only the task's: C20.
    memory: numbersOf(contract, process).containerMemoryMiB,
    stopTimeout: process === 'worker' ? workerOf(contract).stopTimeoutSeconds : contract.stopTimeoutSeconds,
    user: '10001:10001',
    readonlyRootFilesystem: true,
    // Reaps children and passes signals on: as PID 1 the kernel would ignore a signal that Node sends itself (C7).
    linuxParameters: { initProcessEnabled: true },
    environment: environmentOf(input),
    secrets: secretsOf(input).map(({ name, reference }) => ({ name, valueFrom: reference.valueFrom })),
    ...(stays
      ? { portMappings: [{ containerPort: contract.port, protocol: 'tcp' }], healthCheck: healthCheck(contract) }
      : {}),
    ...(stays && settings.ecsExec ? { mountPoints: agentFolders.map(mount) } : {}),
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': logGroup,
        'awslogs-region': settings.region,
        'awslogs-stream-prefix': process,
        // A full buffer drops lines instead of blocking the process: a slow CloudWatch must not stop the API.
        mode: 'non-blocking',
        'max-buffer-size': '4m',
      },
    },
  };
}

function mount({ name, path }: (typeof agentFolders)[number]) {
  return { sourceVolume: name, containerPath: path, readOnly: false };
}

function healthCheck({ liveness }: Contract) {
  return {
    command: ['CMD', 'node', 'dist/healthcheck.js', liveness.path],
    interval: liveness.intervalSeconds,
    timeout: liveness.timeoutSeconds,
    retries: liveness.retries,
    startPeriod: liveness.startPeriodSeconds,
  };
}

interface Secret<T> {
  readonly name: string;
  readonly reference: SecretReference<T>;
}

/** What ECS puts into the container when it starts; its execution role may read exactly these. */
export function secretsOf<T>({ process, database, valkey, authSecrets }: ContainerInput<T>): readonly Secret<T>[] {
  const where = (name: string, reference: SecretReference<T> | undefined) =>
    reference === undefined ? [] : [{ name, reference }];
  const { owner, app } = database;
  switch (process) {
    case 'api':
      return [
        { name: 'AUTH_SECRETS', reference: authSecrets },
        ...where('DATABASE_PASSWORD', app.passwordFrom),
        ...where('VALKEY_PASSWORD', valkey?.passwordFrom),
      ];
    case 'worker':
      return [...where('DATABASE_PASSWORD', app.passwordFrom), ...where('VALKEY_PASSWORD', valkey?.passwordFrom)];
    case 'migrate':
      return [
        { name: 'DATABASE_PASSWORD', reference: owner.passwordFrom },
        ...where('APP_DATABASE_PASSWORD', app.passwordFrom),
      ];
  }
}

/** Sorted by name: another order would be another task definition, hence a rollout for nothing. */
function environmentOf<T>(input: ContainerInput<T>): readonly Variable<T>[] {
  return groupsOf(input)
    .flatMap((group) => Object.entries(group).map(([name, value]) => ({ name, value })))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function groupsOf<T>(input: ContainerInput<T>): readonly Variables<T>[] {
  const always = [identity(input), databaseAddress(input)];
  switch (input.process) {
    case 'api':
      return [...always, appUser(input), databasePool(input), valkey(input), metrics(input), http(input), drain(input)];
    case 'worker':
      return [...always, appUser(input), databasePool(input), valkey(input), metrics(input), jobs(input)];
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

function drain<T>({ contract }: ContainerInput<T>): Variables<T> {
  return {
    DRAIN_DELAY_SECONDS: String(contract.drainDelaySeconds),
    SHUTDOWN_TIMEOUT_SECONDS: String(contract.shutdownTimeoutSeconds),
  };
}

function databaseAddress<T>({ process, database, settings }: ContainerInput<T>): Variables<T> {
  return {
    // What migrations do, temporary tables and locks of a session, is not for a proxy.
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

/** The migration makes the user that the app connects as. */
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

/** Without them the app caches nothing, limits rates in each task by itself, and leaves jobs in the outbox. */
function valkey<T>({ valkey: access }: ContainerInput<T>): Variables<T> {
  if (access === undefined) return {};
  return {
    VALKEY_HOST: access.host,
    VALKEY_PORT: String(access.port),
    VALKEY_USER: 'default',
    VALKEY_TLS: 'verify-full',
  };
}

function metrics<T>({ contract, settings }: ContainerInput<T>): Variables<T> {
  return { METRICS_PORT: String(contract.metricsPort), METRICS_NAMESPACE: metricsNamespace(settings) };
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

/** The numbers of that program. */
export function numbersOf(contract: Contract, process: Process): ServiceContract {
  return process === 'worker' ? workerOf(contract) : contract[process];
}

function workerOf({ worker }: Contract): WorkerContract {
  if (worker === undefined) throw new Error('A worker was asked for that the settings do not have.');
  return worker;
}

/** Where CloudWatch has the figures that the app writes into its log. */
export function metricsNamespace({ environment }: Pick<Settings, 'environment'>): string {
  return `nest-fargate/${environment}`;
}
