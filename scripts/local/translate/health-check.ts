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
  const [listening] = task.container.portMappings ?? [];
  if (own === undefined && target === undefined) return noHealthCheck;
  if (own === undefined) throw notUnderstood(`service ${name}, healthCheck`, own, 'a health check of its container');
  if (target === undefined) {
    const timing = { timeoutSeconds: own.timeout, intervalSeconds: own.interval, retries: own.retries };
    return gatingCheck(
      shellCommand(name, own.command),
      { ...timing, graceSeconds: own.startPeriod ?? 0 },
      listening?.containerPort,
    );
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
  // ECS counts failed checks during the grace period and acts when it ends; Swarm starts counting when it ends.
  const graceSeconds = Math.max(0, gracePeriodSeconds - retries * intervalSeconds);
  return gatingCheck(command, { timeoutSeconds, intervalSeconds, retries, graceSeconds }, target.containerPort);
}

function shellCommand(service: string, command: readonly string[]): string {
  const [kind, ...program] = command;
  if (kind === 'CMD-SHELL' && program.length === 1) return program[0] ?? '';
  if (kind === 'CMD') return program.map(quoted).join(' ');
  throw notUnderstood(`service ${service}, healthCheck`, command, 'CMD or CMD-SHELL');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export interface CheckTiming {
  readonly timeoutSeconds: number;
  /** Between two checks of a container that is healthy; at least {@link leastRestSeconds}. */
  readonly intervalSeconds: number;
  readonly retries: number;
  readonly graceSeconds: number;
}

/** Always writable, even where the root file system is not, and gone with the container. */
const marker = '/dev/shm/.passed-its-check';

/**
 * A check starts a process in the container, which takes the engine and a Node a quarter of a second of CPU. The load
 * balancer takes a task out of traffic by its own checks, and a process that ends is noticed at once: what a container that
 * has been healthy for long is checked for can wait so long.
 */
const leastRestSeconds = 20;

/** A failed check and the pause before the next one, as {@link gatingCheck} counts them. */
const failureSeconds = 1;
const intervalMs = 200;
const listeningTries = 8;

/**
 * A check that gates the start: it waits for somebody to listen before it starts the program, and sees a pass within a
 * tenth of a second. After a pass it rests. Engines before 25 know one interval only (no `start_interval`), so the check
 * itself sleeps the difference. As many checks may fail, one per second, as fit into the time that AWS tolerates.
 *
 * @param port that the program asks, where it is one of this container
 */
export function gatingCheck(command: string, timing: CheckTiming, port?: number): HealthCheck {
  const { timeoutSeconds, intervalSeconds, retries, graceSeconds } = timing;
  const restSeconds = Math.max(intervalSeconds, leastRestSeconds);
  const script = [
    `if [ -e ${marker} ]; then sleep ${restSeconds}; rm -f ${marker}; fi`,
    `now() { read up rest < /proc/uptime; echo "\${up%.*}\${up#*.}"; }; began=$(now)`,
    ...(port === undefined ? [] : [untilListening(port)]),
    // The engine's own limit includes the rest.
    `limit=$(command -v timeout) && limit="$limit ${timeoutSeconds}"`,
    `$limit /bin/sh -c ${quoted(command)} || { ${untilTheSecondIsOver}; exit 1; }`,
    `(: > ${marker}) 2> /dev/null`,
    'exit 0',
  ];
  return {
    test: ['CMD-SHELL', literal(script.join('; '))],
    interval: `${intervalMs}ms`,
    timeout: `${timeoutSeconds + restSeconds + failureSeconds}s`,
    retries: (retries * intervalSeconds) / failureSeconds,
    start_period: `${graceSeconds}s`,
  };
}

/**
 * A program that took its time to fail has used up some of the second. In hundredths, as the kernel counts them; a `sleep` may know whole seconds only.
 */
const untilTheSecondIsOver = [
  `left=$((${(failureSeconds * 1000 - intervalMs) / 10} - $(now) + began))`,
  '[ "$left" -le 0 ] || sleep "0.$(printf %02d "$left")" || sleep 1',
].join('; ');

/**
 * Reads the kernel's own list, which costs a hundredth of starting a Node while another one is still starting. Skipped in an
 * image without grep.
 */
function untilListening(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = `grep -qs ':${hex} 0*:0000 0A' /proc/net/tcp /proc/net/tcp6`;
  const giveUp = `[ "$n" -lt ${listeningTries} ] || { echo 'nothing listens on port ${port}'; exit 1; }`;
  return `n=0; until ! command -v grep > /dev/null || ${listening}; do n=$((n + 1)); ${giveUp}; sleep 0.1 || sleep 1; done`;
}
