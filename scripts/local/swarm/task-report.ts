import { readableLine, readLogFailure } from '../../messages/log-failure.ts';
import { sayToolFailure } from '../../messages/tool-failure.ts';
import type { Docker } from '../engine/docker.ts';
import { labelNames } from '../translate/stack-document.ts';
import { type ContainerState, inspectContainers, type SwarmTask } from './swarm.ts';

/** Why a task ended or is not ready, with its last log lines. */
export interface TaskReport {
  readonly task: SwarmTask;
  readonly reason: string;
  readonly log: string;
}

const shownLogLines = 25;

export async function reportTask(docker: Docker, task: SwarmTask): Promise<TaskReport> {
  const { containerId } = task;
  if (containerId === undefined) return { task, reason: reasonOf(task, undefined), log: '' };
  const [containers, log] = await Promise.all([inspectContainers(docker, [containerId]), lastLog(docker, containerId)]);
  const reason = reasonOf(task, containers.get(containerId));
  return {
    task,
    reason: /ended with exit code/.test(reason) && log !== '' ? `${reason}: ${errorIn(log)}` : reason,
    log,
  };
}

function errorIn(log: string): string {
  return sayToolFailure(readLogFailure(log.split('\n')));
}

/** Last lines of a container's log; of one that is gone, none. */
export async function lastLog(docker: Docker, containerId: string, count = shownLogLines): Promise<string> {
  const lines: string[] = [];
  await docker.attempt(['logs', '--tail', String(count), containerId], { onLine: (line) => lines.push(line) });
  return lines.some((line) => line.startsWith('Error response from daemon')) ? '' : lines.join('\n');
}

/** Exit codes that a signal from the platform leaves: stopped (SIGTERM, handled or not), killed. */
const stoppedCodes: ReadonlySet<number | undefined> = new Set([undefined, 0, 137, 143]);

/** One sentence; pure. */
export function reasonOf(task: SwarmTask, container: ContainerState | undefined): string {
  const check = container?.lastCheck === undefined ? '' : ` (last check: ${container.lastCheck})`;
  if (task.state === 'running' || task.state === 'starting') return `its health check has not passed yet${check}`;
  const exitCode = task.exitCode ?? container?.exitCode;
  if (container?.outOfMemory === true) return 'it was killed for using more than its memory limit (exit code 137)';
  if (!stoppedCodes.has(exitCode)) return `it ended with exit code ${exitCode}`;
  // Docker calls every container that has ended unhealthy; only its checks say what it was before.
  const neverPassed = container?.lastCheck !== undefined && !container.checkPassed;
  if (neverPassed || (container?.failedChecks ?? 0) > 0 || /unhealthy/.test(task.error ?? '')) {
    return `its health check did not pass in time${check}`;
  }
  if (exitCode === 137) return 'it was killed (exit code 137: by hand, by the memory limit or after the stop timeout)';
  if (task.state === 'complete')
    return 'it exited by itself (exit code 0), although a service is meant to keep running';
  return task.error ?? `it was stopped (exit code ${exitCode})`;
}

export function renderReport({ task, reason, log }: TaskReport): string {
  const service = task.labels[labelNames.service] ?? 'task';
  const release = task.labels[labelNames.release] ?? task.image;
  const head = `${service}, task ${task.id.slice(0, 12)} of ${release}: ${reason}`;
  return log === ''
    ? head
    : `${head}\n${log
        .split('\n')
        .map((line) => `  | ${readableLine(line)}`)
        .join('\n')}`;
}
