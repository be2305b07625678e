import { environmentOf, numbersOf, stopTimeoutSeconds } from './container-variables.ts';
import type { Contract } from './contract.ts';
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

/** A container definition as the ECS API takes it. With container-variables.ts the only place where variables and secrets of a task are named. */
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
    stopTimeout: stopTimeoutSeconds(contract, process),
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
