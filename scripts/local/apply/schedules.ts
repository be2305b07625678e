import { type JobContainer, jobContainers, schedulerRevision, startScheduler } from '../scheduler/container.ts';
import { folderOf } from '../state/place.ts';
import type { StackJob } from '../translate/stacks.ts';
import { containerArguments } from './migrate.ts';
import type { Work } from './work.ts';

/** What starts the containers of an environment, and which. */
export function schedulerOf({
  docker,
  place,
  stacks,
}: Pick<Work, 'place' | 'stacks'> & { readonly docker: Pick<Work['docker'], 'socketPath'> }) {
  return {
    name: stacks.names.scheduler,
    folder: folderOf(place).scheduler,
    // Docker Desktop keeps its socket elsewhere on the host, and mounts this one.
    socketPath: process.platform === 'linux' ? (docker.socketPath ?? defaultSocket) : defaultSocket,
    labels: stacks.labels,
    jobs: scheduledOf(stacks.jobs),
  };
}

const defaultSocket = '/var/run/docker.sock';

function scheduledOf(jobs: readonly StackJob[]): readonly StackJob[] {
  return jobs.filter(({ schedule }) => schedule !== undefined);
}

/**
 * After the rollout: what runs on a schedule is that of the new release from its next time on. A run in progress ends as
 * it began; its container goes with a later deployment.
 */
export async function bringUpSchedules(work: Work): Promise<void> {
  const { docker, place, stacks, current, progress } = work;
  const scheduler = schedulerOf(work);
  const existing = await jobContainers(docker, place.instance, place.environment);
  const missing = scheduler.jobs.filter(
    ({ containerName }) => !existing.some((one) => one.containerName === containerName),
  );
  for (const job of missing) await createContainer(work, job);
  if (scheduler.jobs.length === 0) {
    if (current.scheduler !== undefined) await docker.run(['rm', '--force', stacks.names.scheduler]);
  } else if (current.scheduler?.running !== true || current.scheduler.revision !== schedulerRevision(scheduler)) {
    progress.step(`Schedule ${scheduler.jobs.map(({ name }) => name).join(', ')}`);
    await startScheduler(docker, { ...scheduler, image: work.schedulerImage });
  }
  for (const { id } of obsolete(existing, scheduler.jobs)) await docker.attempt(['rm', id]);
}

/** Containers of other releases, whose runs have ended. */
function obsolete(existing: readonly JobContainer[], jobs: readonly StackJob[]): readonly JobContainer[] {
  return existing.filter(
    ({ containerName, running }) => !running && !jobs.some((job) => job.containerName === containerName),
  );
}

async function createContainer({ docker, stacks, generated }: Work, job: StackJob): Promise<void> {
  const { container, labels, containerName } = job;
  const variables = Object.fromEntries(
    Object.entries(container.secrets).map(([variable, source]) => [variable, generated.secretVariables[source] ?? '']),
  );
  const network = ['--network', stacks.names.network];
  await docker.run(['create', '--name', containerName, ...network, ...containerArguments({ container, labels })], {
    variables,
  });
}
