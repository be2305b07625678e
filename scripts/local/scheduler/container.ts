import { readFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Docker } from '../engine/docker.ts';
import { bindMount } from '../engine/path-arguments.ts';
import { writeAtomically } from '../state/files.ts';
import { fingerprint, labelNames, logging } from '../translate/stack-document.ts';
import type { StackJob } from '../translate/stacks.ts';

/** Value of the label that names what a container is; no process can be called so. */
const schedulerName = 'scheduler';

export interface Scheduler {
  readonly name: string;
  readonly image: string;
  readonly folder: string;
  readonly socketPath: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Those that run on a schedule, with the containers that it starts. */
  readonly jobs: readonly StackJob[];
}

/** Its own files, and what it starts when. */
function filesOf({ jobs, socketPath }: Pick<Scheduler, 'jobs' | 'socketPath'>): Readonly<Record<string, string>> {
  const schedules = jobs.flatMap(({ name, containerName, schedule }) =>
    schedule === undefined ? [] : [{ name, container: containerName, ...schedule }],
  );
  return {
    'scheduler.mjs': readFileSync(join(import.meta.dirname, 'scheduler.mjs'), 'utf8'),
    'croner.mjs': readFileSync(fileURLToPath(import.meta.resolve('croner')), 'utf8'),
    'schedules.json': JSON.stringify({ schedules, socketPath }),
  };
}

/** Hash of what it starts, when and how: another one is another scheduler. */
export function schedulerRevision(scheduler: Pick<Scheduler, 'jobs' | 'socketPath'>): string {
  return fingerprint(filesOf(scheduler));
}

/** It reaches the engine's socket, and nothing by network. */
export async function startScheduler(docker: Docker, scheduler: Scheduler): Promise<void> {
  const { name, image, folder, socketPath, labels } = scheduler;
  await mkdir(folder, { recursive: true });
  // Whatever this user's umask says.
  await chmod(folder, 0o755);
  for (const [file, text] of Object.entries(filesOf(scheduler))) {
    await writeAtomically(join(folder, file), text);
    await chmod(join(folder, file), 0o644);
  }
  await docker.attempt(['rm', '--force', name]);
  const starts = scheduler.jobs.map((job) => ({ name: job.name, container: job.containerName }));
  const all = {
    ...labels,
    [labelNames.service]: schedulerName,
    [labelNames.rendered]: schedulerRevision(scheduler),
    [labelNames.starts]: JSON.stringify(starts),
  };
  await docker.run([
    ...['run', '--detach', '--name', name, '--network', 'none', '--restart', 'unless-stopped', '--init', '--read-only'],
    ...['--user', '0', '--memory', '128m', '--stop-timeout', '5'],
    ...bindMount(folder, '/scheduler'),
    ...bindMount(socketPath, socketPath, { writable: true }),
    ...['--log-driver', logging.driver],
    ...Object.entries(logging.options).flatMap(([key, value]) => ['--log-opt', `${key}=${value}`]),
    ...Object.entries(all).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...[image, 'node', '/scheduler/scheduler.mjs'],
  ]);
}

export interface SchedulerState {
  readonly running: boolean;
  readonly revision: string;
  /** What it starts, as its labels say. */
  readonly starts: readonly { readonly name: string; readonly container: string }[];
}

const startsSchema = z.array(z.object({ name: z.string(), container: z.string() }));

const state = z.object({
  State: z.object({ Running: z.boolean() }),
  Config: z.object({ Labels: z.record(z.string(), z.string()) }),
});

/** `undefined`: there is none. */
export async function inspectScheduler(docker: Docker, name: string): Promise<SchedulerState | undefined> {
  const found = await docker.api.get(`/containers/${name}/json`);
  if (found === undefined) return undefined;
  const { State, Config } = state.parse(found);
  const { Labels } = Config;
  const starts = startsSchema.parse(JSON.parse(Labels[labelNames.starts] ?? '[]'));
  return { running: State.Running, revision: Labels[labelNames.rendered] ?? '', starts };
}

/** The container of one process that runs on a schedule. It is created once and started at each time. */
export interface JobContainer {
  readonly id: string;
  /** Name of the process. */
  readonly name: string;
  readonly containerName: string;
  readonly imageId: string;
  readonly running: boolean;
}

const containers = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    ImageID: z.string(),
    State: z.string(),
    Labels: z.record(z.string(), z.string()),
  }),
);

/** Containers of all releases that a scheduler starts or started. */
export async function jobContainers(
  docker: Docker,
  instance: string,
  environment: string,
): Promise<readonly JobContainer[]> {
  const label = [`${labelNames.instance}=${instance}`, `${labelNames.environment}=${environment}`, labelNames.job];
  // A filter by state is what makes the engine list those that do not run.
  const status = ['created', 'running', 'exited', 'paused', 'restarting', 'dead'];
  const found = await docker.api.get('/containers/json', { label, status });
  return containers.parse(found).map(({ Id, Names, ImageID, State, Labels }) => ({
    id: Id,
    name: Labels[labelNames.service] ?? '',
    containerName: (Names[0] ?? '').replace(/^\//, ''),
    imageId: ImageID,
    running: State === 'running',
  }));
}
