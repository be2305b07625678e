import { type Contract, numbersOf } from '../../contract/contract.ts';
import { databaseAccessOf, foldersOf, kindOf, listenerOf, type ProcessKind, programOf } from '../../manifest/app.ts';
import type { Settings } from '../../settings/settings.ts';
import { environmentOf, extensionsOf, secretsOf, wantsAuthoritiesFile } from './environment.ts';
import { healthCheckProgram } from './health-check.ts';
import type { ContainerInput } from './input.ts';
import { authoritiesFile } from './values.ts';

/** A container definition of the ECS API. Its variables and secrets are those of the app's manifest. */
export function containerDefinition<T>(input: ContainerInput<T>) {
  const { process, app, image, logGroup, contract, settings } = input;
  const listener = listenerOf(app, process);
  const probe = healthCheckProgram(app, process);
  const folders = agentFolders(kindOf(app, process), settings);
  return {
    name: process,
    image,
    command: commandOf(input),
    essential: true,
    // A limit of its own besides the task's: C20.
    memory: numbersOf(contract, process).containerMemoryMiB,
    stopTimeout: numbersOf(contract, process).stopTimeoutSeconds,
    user: '10001:10001',
    readonlyRootFilesystem: true,
    // Reaps children and forwards signals. As PID 1, Node would ignore signals without a handler (C7).
    linuxParameters: {
      initProcessEnabled: true,
      // On Fargate since January 2026. An image's own folder may belong to root, so everybody may write: a stack file
      // of Swarm cannot say so.
      tmpfs: Object.entries(foldersOf(app)).map(([containerPath, size]) => ({
        containerPath,
        size,
        mountOptions: ['mode=1777', 'nosuid', 'nodev'],
      })),
    },
    environment: environmentOf(input),
    secrets: secretsOf(input).map(({ name, reference }) => ({ name, valueFrom: reference.valueFrom })),
    ...(listener === undefined || probe === undefined
      ? {}
      : {
          portMappings: [{ containerPort: listener.port, protocol: 'tcp' }],
          healthCheck: healthCheck(contract, probe, listener.liveness),
        }),
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

const writeAuthorities = `printf %s "$STACK_AUTHORITIES" > ${authoritiesFile}`;

/** What a preparation ends with: the shell becomes the program that follows. */
const becomeProgram = 'exec "$@"';

function commandOf<T>(input: ContainerInput<T>): readonly string[] {
  const { app, process, roleSetup } = input;
  const { command } = programOf(app, process);
  const setsUpRoles =
    kindOf(app, process) === 'release' &&
    (databaseAccessOf(app) !== 'release-command' || input.database.sharesServer !== undefined);
  const whole = setsUpRoles ? ['node', '-e', roleSetup, ...command] : command;
  const first = [...(wantsAuthoritiesFile(input) ? [writeAuthorities] : []), ...extensionsOf(input)];
  // The shell becomes the process itself, which gets its signals.
  return first.length === 0 ? whole : ['/bin/sh', '-c', [...first, becomeProgram].join(' && '), 'sh', ...whole];
}

/**
 * The command of a container with another program in the place of its own: what prepares the container for one does so for
 * the other.
 */
export function insteadOf(command: readonly string[], program: readonly string[]): readonly string[] {
  const preparation = command.slice(0, 4);
  const [shell, , script = ''] = preparation;
  return shell === '/bin/sh' && script.endsWith(becomeProgram) ? [...preparation, ...program] : program;
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
export function agentFolders(kind: ProcessKind, { ecsExec }: Settings): readonly AgentFolder[] {
  return ecsExec && kind !== 'release' ? execAgentFolders : [];
}

function mount({ name, path }: AgentFolder) {
  return { sourceVolume: name, containerPath: path, readOnly: false };
}

/** The path is the last argument: target local puts that of the load balancer there. */
function healthCheck({ liveness }: Contract, program: readonly string[], path: string) {
  return {
    command: ['CMD', ...program, path],
    interval: liveness.intervalSeconds,
    timeout: liveness.timeoutSeconds,
    retries: liveness.retries,
    startPeriod: liveness.startPeriodSeconds,
  };
}
