import { type Contract, numbersOf, stopTimeoutSeconds } from '../../contract/contract.ts';
import type { Process } from '../../contract/processes.ts';
import type { SecretReference } from '../../foundation/secret-reference.ts';
import type { Settings } from '../../settings/settings.ts';
import { environmentOf } from './environment.ts';
import type { ContainerInput } from './input.ts';

interface Program {
  readonly command: readonly string[];
  /** Whether it runs until it is stopped. Its container then has a port and a health check. */
  readonly stays: boolean;
}

const programs: Readonly<Record<Process, Program>> = Object.freeze({
  api: { command: ['node', 'dist/main.js'], stays: true },
  worker: { command: ['node', 'dist/worker.js'], stays: true },
  migrate: { command: ['node', 'dist/migrate.js'], stays: false },
});

/** A container definition of the ECS API. Environment variables are in environment.ts, secrets below, and nowhere else. */
export function containerDefinition<T>(input: ContainerInput<T>) {
  const { process, image, logGroup, contract, settings } = input;
  const { command, stays } = programs[process];
  const folders = agentFolders(process, settings);
  return {
    name: process,
    image,
    command,
    essential: true,
    // A limit of its own besides the task's: C20.
    memory: numbersOf(contract, process).containerMemoryMiB,
    stopTimeout: stopTimeoutSeconds(contract, process),
    user: '10001:10001',
    readonlyRootFilesystem: true,
    // Reaps children and forwards signals. As PID 1, Node would ignore signals without a handler (C7).
    linuxParameters: { initProcessEnabled: true },
    environment: environmentOf(input),
    secrets: secretsOf(input).map(({ name, reference }) => ({ name, valueFrom: reference.valueFrom })),
    ...(stays
      ? { portMappings: [{ containerPort: contract.port, protocol: 'tcp' }], healthCheck: healthCheck(contract) }
      : {}),
    ...(folders.length === 0 ? {} : { mountPoints: folders.map(mount) }),
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': logGroup,
        'awslogs-region': settings.region,
        'awslogs-stream-prefix': process,
        // A full buffer drops lines instead of blocking the process when CloudWatch is slow.
        mode: 'non-blocking',
        'max-buffer-size': '4m',
      },
    },
  };
}

interface AgentFolder {
  /** Name of the task's volume. */
  readonly name: string;
  readonly path: string;
}

const execAgentFolders: readonly AgentFolder[] = Object.freeze([
  { name: 'exec-agent', path: '/managed-agents' },
  { name: 'exec-state', path: '/var/lib/amazon/ssm' },
  { name: 'exec-log', path: '/var/log/amazon/ssm' },
]);

/**
 * Folders that the ECS Exec agent writes to: it cannot start on a read-only root file system without them. Each is an
 * empty volume that lives as long as the task. AWS does not officially support this setup:
 * https://github.com/aws/containers-roadmap/issues/1359
 */
export function agentFolders(process: Process, { ecsExec }: Settings): readonly AgentFolder[] {
  return ecsExec && programs[process].stays ? execAgentFolders : [];
}

function mount({ name, path }: AgentFolder) {
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

/** Secrets that ECS injects when the container starts. The execution role may read exactly these. */
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
