import { z } from 'zod';
import { type Process, programOf } from '../../../infra/manifest/app.ts';
import { NotChecked } from '../report.ts';
import { anyTask, type Trial } from '../trial.ts';

/** A process without a database or a port has nothing to wait for. */
const refusalTimeoutMs = 15_000;
const newestLines = 100;

export async function isNotRoot(trial: Trial, process: Process): Promise<string> {
  const { containerId } = await anyTask(trial, process);
  const listed = await trial.docker.run(['top', containerId, '-eo', 'pid,uid,args']);
  const owners = listed
    .split('\n')
    .slice(1)
    .map((line) => Number(line.trim().split(/\s+/)[1]));
  if (owners.length === 0 || owners.some((owner) => !(owner > 0)))
    throw new Error(`processes run as ${owners.join(', ')}`);
  return `all processes run as ${[...new Set(owners)].join(', ')}`;
}

const inspected = z.object({
  HostConfig: z.object({ ReadonlyRootfs: z.boolean() }),
  State: z.object({ Health: z.object({ Status: z.string() }).nullish() }),
});

export async function isReadOnly(trial: Trial, process: Process): Promise<string> {
  const { containerId } = await anyTask(trial, process);
  const { HostConfig, State } = inspected.parse(await trial.docker.api.get(`/containers/${containerId}/json`));
  const health = State.Health?.Status ?? 'without a health check';
  if (!HostConfig.ReadonlyRootfs) throw new Error('its root file system is writable');
  if (trial.url === undefined) return 'stays up with it';
  if (State.Health !== undefined && State.Health !== null && health !== 'healthy') throw new Error(`it is ${health}`);
  return health === 'healthy' ? 'healthy with it' : 'stays up with it';
}

/** Without variables it cannot work: the sooner it says so, the sooner the rollout is rolled back. */
export async function refusesToStart({ docker, image, app, place, signal }: Trial, process: Process): Promise<string> {
  const name = `${place.instance}-${process}-refusal`;
  const { command } = programOf(app, process);
  const run = ['run', '--detach', '--name', name, '--network', 'none', '--no-healthcheck', image, ...command];
  try {
    await docker.run(run, { signal });
    const ended = await docker.attempt(['wait', name], { signal, timeoutMs: refusalTimeoutMs }).catch(() => undefined);
    signal.throwIfAborted();
    if (ended === undefined)
      throw new NotChecked('it starts without any variable, and nobody knows which ones it cannot work without');
    const exitCode = Number(ended.stdout);
    const { stdout, stderr } = await docker.attempt(['logs', name]);
    if (exitCode === 0) throw new Error('it ended with 0');
    if (`${stdout}${stderr}`.trim() === '') throw new Error(`it ended with ${exitCode} and said nothing`);
    return `exit code ${exitCode}: ${(stdout.trim() || stderr.trim()).split('\n')[0]?.slice(0, 160)}`;
  } finally {
    await docker.attempt(['rm', '--force', name]);
  }
}

export async function logsJson(trial: Trial, process: Process): Promise<string> {
  const tasks = await trial.tasksOf(process);
  if (tasks.length === 0) await anyTask(trial, process);
  const each = tasks.map(async ({ containerId }) => {
    const { stdout, stderr } = await trial.docker.attempt(['logs', '--tail', String(newestLines), containerId]);
    return `${stdout}\n${stderr}`.split('\n');
  });
  return areJson((await Promise.all(each)).flat());
}

/** @throws unless all lines are JSON objects, and there are some */
export function areJson(written: readonly string[]): string {
  const lines = written.filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new Error('it wrote no line at all');
  const others = lines.filter((line) => !isJsonObject(line));
  if (others.length > 0)
    throw new Error(`${others.length} of ${lines.length} lines are none: ${others[0]?.slice(0, 160)}`);
  return `${lines.length} of ${lines.length} lines`;
}

function isJsonObject(line: string): boolean {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null;
  } catch {
    return false;
  }
}
