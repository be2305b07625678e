import type { Contract } from './contract.ts';
import type { Settings } from './settings.ts';

/**
 * A value that is known once another resource exists. This file only passes it on, so it needs no Pulumi:
 * `T` is `pulumi.Input<string>` in the program and `string` in the tests.
 */
export interface DatabaseAccess<T> {
  readonly host: T;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  /** Reference of the password in Secrets Manager, never the password. */
  readonly passwordFrom: T;
}

/** The programs in the image; each runs as a container of its own. */
export type Process = 'api' | 'migrate';

interface Program {
  readonly command: readonly string[];
  /** Whether it is reached by HTTP: its container then has a port and a health check. */
  readonly serves: boolean;
}

const programs: Readonly<Record<Process, Program>> = Object.freeze({
  api: { command: ['node', 'dist/main.js'], serves: true },
  migrate: { command: ['node', 'dist/migrate.js'], serves: false },
});

export interface ContainerInput<T> {
  /** Also the name of the container, and SERVICE_NAME in it. */
  readonly process: Process;
  readonly image: T;
  readonly logGroup: T;
  readonly database: DatabaseAccess<T>;
  readonly contract: Contract;
  readonly settings: Settings;
}

interface Variable<T> {
  readonly name: string;
  readonly value: T | string;
}

/** A container definition as the ECS API takes it. The only place where variables and secrets of a task are named. */
export function containerDefinition<T>(input: ContainerInput<T>) {
  const { process, image, logGroup, contract, settings } = input;
  const { command, serves } = programs[process];
  return {
    name: process,
    image,
    command,
    essential: true,
    // The contract's limit, and not only the task's: C20.
    memory: contract[process].containerMemoryMiB,
    stopTimeout: contract.stopTimeoutSeconds,
    user: '10001:10001',
    readonlyRootFilesystem: true,
    // Reaps children and passes signals on: as PID 1 the kernel would ignore a signal that Node sends itself (C7).
    linuxParameters: { initProcessEnabled: true },
    environment: environmentOf(input),
    secrets: [{ name: 'DATABASE_PASSWORD', valueFrom: input.database.passwordFrom }],
    ...(serves
      ? { portMappings: [{ containerPort: contract.port, protocol: 'tcp' }], healthCheck: healthCheck(contract) }
      : {}),
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

function healthCheck({ liveness }: Contract) {
  return {
    command: ['CMD', 'node', 'dist/healthcheck.js', liveness.path],
    interval: liveness.intervalSeconds,
    timeout: liveness.timeoutSeconds,
    retries: liveness.retries,
    startPeriod: liveness.startPeriodSeconds,
  };
}

/** Sorted by name: another order would be another task definition, hence a rollout for nothing. */
function environmentOf<T>(input: ContainerInput<T>): readonly Variable<T>[] {
  const always = [identity(input), databaseAddress(input)];
  const groups = programs[input.process].serves
    ? [...always, databasePool(input), http(input), shutdown(input)]
    : always;
  return groups
    .flatMap((group) => Object.entries(group).map(([name, value]) => ({ name, value })))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function identity<T>({ process, image, contract, settings }: ContainerInput<T>): Record<string, T | string> {
  const { maxOldSpaceMiB, maxSemiSpaceMiB } = contract[process];
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

function http<T>({ contract, settings }: ContainerInput<T>): Record<string, string> {
  return {
    PORT: String(contract.port),
    KEEP_ALIVE_TIMEOUT_SECONDS: String(contract.keepAliveTimeoutSeconds),
    HEADERS_TIMEOUT_SECONDS: String(contract.headersTimeoutSeconds),
    REQUEST_TIMEOUT_SECONDS: String(contract.requestTimeoutSeconds),
    BODY_LIMIT_KIB: String(settings.api.bodyLimitKiB),
    READY_TIMEOUT_MS: String(contract.readiness.dependencyTimeoutMs),
  };
}

function shutdown<T>({ contract }: ContainerInput<T>): Record<string, string> {
  return {
    DRAIN_DELAY_SECONDS: String(contract.drainDelaySeconds),
    SHUTDOWN_TIMEOUT_SECONDS: String(contract.shutdownTimeoutSeconds),
  };
}

function databaseAddress<T>({ database, settings }: ContainerInput<T>): Record<string, T | string> {
  return {
    DATABASE_HOST: database.host,
    DATABASE_PORT: String(database.port),
    DATABASE_NAME: database.name,
    DATABASE_USER: database.user,
    DATABASE_TLS: 'verify-full',
    DATABASE_CONNECT_TIMEOUT_MS: String(settings.database.connectTimeoutMs),
  };
}

function databasePool<T>({ process, contract, settings }: ContainerInput<T>): Record<string, string> {
  return {
    DATABASE_POOL_SIZE: String(contract[process].poolSize),
    DATABASE_STATEMENT_TIMEOUT_MS: String(settings.database.statementTimeoutMs),
  };
}
