import { z } from 'zod';
import { nothingRuns } from '../../release/nothing-runs.ts';
import { chooseProcess } from '../../release/operations.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import { inspectContainers, readSwarm, type SwarmServiceState, type SwarmTask, staysRunning } from '../swarm/swarm.ts';
import { labelNames } from '../translate/stack-document.ts';

export interface RunningContainer {
  readonly process: string;
  readonly task: SwarmTask;
  readonly containerId: string;
}

/**
 * A running task of a process that is to stay: the healthiest, and of those the oldest. One that a rollout has replaced still runs,
 * and passes its health check, while it drains: what was started in it would end with it. Rejects if there is none.
 */
export async function runningContainer(
  docker: Docker,
  place: Place,
  asked: string | undefined,
  purpose: string,
): Promise<RunningContainer> {
  const { services, tasksOf } = await readSwarm(docker, place.instance, place.environment);
  const ofRelease = services.filter(({ labels }) => labelNames.release in labels);
  if (ofRelease.length === 0) throw nothingRuns({ kind: 'local' }, place.environment, purpose);
  const process = chooseProcess(place.environment, ofRelease.map(processOf), asked);
  const service = ofRelease.find((one) => processOf(one) === process);
  const running = (service === undefined ? [] : tasksOf(service))
    .filter(staysRunning)
    .flatMap((task) => (task.containerId === undefined ? [] : [{ task, containerId: task.containerId }]))
    .reverse();
  const states = await inspectContainers(
    docker,
    running.map(({ containerId }) => containerId),
  );
  const health = ({ containerId }: { containerId: string }) => states.get(containerId)?.health;
  const found = running.find((one) => health(one) === 'healthy') ?? running[0];
  if (found === undefined) throw nothingRuns({ kind: 'local' }, `${place.environment}, process ${process},`, purpose);
  return { process, ...found };
}

function processOf({ name, labels }: SwarmServiceState): string {
  return labels[labelNames.service] ?? name;
}

const limits = z.object({
  Memory: z.number(),
  NanoCpus: z.number(),
  ReadonlyRootfs: z.boolean(),
  Init: z.boolean().nullish(),
  CapAdd: z.array(z.string()).nullish(),
  CapDrop: z.array(z.string()).nullish(),
  Ulimits: z.array(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() })).nullish(),
  Mounts: z
    .array(
      z.object({
        Type: z.string(),
        Target: z.string(),
        TmpfsOptions: z.object({ SizeBytes: z.number().optional() }).nullish(),
      }),
    )
    .nullish(),
});

const containerSchema = z.object({
  Image: z.string(),
  Config: z.object({
    Env: z.array(z.string()).nullish(),
    User: z.string(),
    WorkingDir: z.string(),
    Entrypoint: z.array(z.string()).nullish(),
    Cmd: z.array(z.string()).nullish(),
    Labels: z.record(z.string(), z.string()).nullish(),
    StopTimeout: z.number().nullish(),
  }),
  HostConfig: limits,
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()) }),
});

/** What the engine started a container from, its secrets included. */
export type ContainerSource = z.output<typeof containerSchema>;

export async function readContainer(docker: Docker, id: string): Promise<ContainerSource> {
  return containerSchema.parse(await docker.api.get(`/containers/${id}/json`));
}
