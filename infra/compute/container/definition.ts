import type { Contract } from '../../contract/contract.ts';
import { environmentOf, numbersOf, stopTimeoutSeconds } from './environment.ts';
import { agentFolders } from './exec.ts';
import type { ContainerInput, Process, SecretReference } from './input.ts';

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
