import type { EcsService } from './ecs-service.ts';
import { notUnderstood } from './expectations.ts';
import { type HealthCheck, literal, noHealthCheck, type SwarmService } from './stack-document.ts';

/**
 * Swarm has one check where ECS has two, the container's own and the target group's: it takes the container's program
 * with the target group's path, so that a task counts as ready only when it may get traffic.
 */
export function translateHealthCheck({
  name,
  task,
  target,
  gracePeriodSeconds,
}: EcsService): SwarmService['healthcheck'] {
  const own = task.container.healthCheck;
  if (own === undefined && target === undefined) return noHealthCheck;
  if (own === undefined) throw notUnderstood(`service ${name}, healthCheck`, own, 'a health check of its container');
  if (target === undefined) {
    const timing = { timeoutSeconds: own.timeout, intervalSeconds: own.interval, retries: own.retries };
    return gatingCheck(shellCommand(name, own.command), { ...timing, graceSeconds: own.startPeriod ?? 0 });
  }
  const { path, timeoutSeconds, unhealthyThreshold: retries, intervalSeconds } = target.group.check;
  const last = own.command.at(-1) ?? '';
  if (own.command[0] !== 'CMD' || !last.startsWith('/')) {
    throw notUnderstood(
      `service ${name}, healthCheck`,
      own.command,
      `CMD, a program and a path: ${path} takes its place`,
    );
  }
  const command = shellCommand(name, [...own.command.slice(0, -1), path]);
  return gatingCheck(command, {
    timeoutSeconds,
    intervalSeconds,
    retries,
    // ECS counts failed checks during the grace period and acts when it ends; Swarm starts counting when it ends.
    graceSeconds: Math.max(0, gracePeriodSeconds - retries * intervalSeconds),
  });
}

function shellCommand(service: string, command: readonly string[]): string {
  const [kind, ...program] = command;
  if (kind === 'CMD-SHELL' && program.length === 1) return program[0] ?? '';
  if (kind === 'CMD') return program.map((argument) => `'${argument.replaceAll("'", `'\\''`)}'`).join(' ');
  throw notUnderstood(`service ${service}, healthCheck`, command, 'CMD or CMD-SHELL');
}

export interface CheckTiming {
  readonly timeoutSeconds: number;
  /** Between two checks of a container that is healthy. */
  readonly intervalSeconds: number;
  readonly retries: number;
  readonly graceSeconds: number;
}

/** Always writable, even where the root file system is not, and gone with the container. */
const marker = '/dev/shm/.passed-its-check';

/**
 * A check that runs every second until it passes, because it gates the start, and at the program's own interval afterwards:
 * a process per second in each container costs a tenth of a CPU, and more of the container's own share. Engines before 25
 * know one interval only (no `start_interval`), so a check that passed sleeps the difference. As many checks may fail, one
 * per second, as fit into the time that AWS tolerates.
 */
export function gatingCheck(command: string, timing: CheckTiming): HealthCheck {
  const { timeoutSeconds, intervalSeconds, retries, graceSeconds } = timing;
  const restSeconds = Math.max(0, intervalSeconds - 1);
  const rest = `if [ -e ${marker} ]; then sleep ${restSeconds}; else (: > ${marker}) 2> /dev/null; fi`;
  return {
    test: ['CMD-SHELL', literal(`${command} || exit 1; ${rest}; exit 0`)],
    interval: '1s',
    timeout: `${timeoutSeconds + restSeconds}s`,
    retries: retries * intervalSeconds,
    start_period: `${graceSeconds}s`,
  };
}
