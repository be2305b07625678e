import { z } from 'zod';

import type { Docker } from '../engine/docker.ts';
import { labelNames } from '../translate/stack-document.ts';

/** A Swarm service as the engine has it. */
export interface SwarmServiceState {
  readonly id: string;
  readonly name: string;
  /** Counts the changes of the service. */
  readonly version: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly container: LiveContainer;
  readonly update: { readonly state: string; readonly message: string } | undefined;
}

/** What tasks of a service start from, as the engine has it. */
export interface LiveContainer {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMiB: number | undefined;
  readonly cpus: number | undefined;
  readonly stopGraceSeconds: number | undefined;
}

/** One task of a service; the engine remembers some that have ended. */
export interface SwarmTask {
  readonly id: string;
  readonly serviceId: string;
  readonly slot: number;
  readonly createdAt: string;
  readonly desiredState: string;
  readonly state: string;
  readonly error: string | undefined;
  readonly exitCode: number | undefined;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly containerId: string | undefined;
  /** Without the length of the network's prefix. */
  readonly addresses: readonly string[];
}

/** Whether a task runs and the engine means it to: one that drains still runs. */
export function staysRunning({ desiredState, state }: Pick<SwarmTask, 'desiredState' | 'state'>): boolean {
  return desiredState === 'running' && state === 'running';
}

export interface ContainerState {
  readonly id: string;
  readonly imageId: string;
  readonly running: boolean;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  readonly health: string | undefined;
  /** Health checks that failed since the last one that passed. */
  readonly failedChecks: number;
  /** Whether any of the last health checks, of which the engine keeps five, passed. */
  readonly checkPassed: boolean;
  /** What the last health check printed. */
  readonly lastCheck: string | undefined;
}

const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((found) => found ?? {});

const serviceSchema = z
  .object({
    ID: z.string(),
    Version: z.object({ Index: z.number() }),
    Spec: z.object({
      Name: z.string(),
      Labels: labels,
      Mode: z.object({ Replicated: z.object({ Replicas: z.number() }).optional() }),
      TaskTemplate: z.object({
        ContainerSpec: z.object({
          Image: z.string(),
          Env: z.array(z.string()).nullish(),
          StopGracePeriod: z.number().optional(),
        }),
        Resources: z
          .object({
            Limits: z.object({ MemoryBytes: z.number().optional(), NanoCPUs: z.number().optional() }).optional(),
          })
          .optional(),
      }),
    }),
    UpdateStatus: z.object({ State: z.string().optional(), Message: z.string().optional() }).optional(),
  })
  .transform(
    ({ ID, Version, Spec, UpdateStatus }): SwarmServiceState => ({
      id: ID,
      name: Spec.Name,
      version: Version.Index,
      labels: Spec.Labels,
      replicas: Spec.Mode.Replicated?.Replicas ?? 0,
      container: liveContainer(Spec.TaskTemplate),
      update:
        UpdateStatus?.State === undefined
          ? undefined
          : { state: UpdateStatus.State, message: UpdateStatus.Message ?? '' },
    }),
  );

const taskSchema = z
  .object({
    ID: z.string(),
    ServiceID: z.string(),
    CreatedAt: z.string(),
    Slot: z.number().default(0),
    DesiredState: z.string(),
    Status: z.object({
      State: z.string(),
      Err: z.string().optional(),
      ContainerStatus: z.object({ ContainerID: z.string().optional(), ExitCode: z.number().optional() }).nullish(),
    }),
    Spec: z.object({ ContainerSpec: z.object({ Image: z.string(), Labels: labels }) }),
    NetworksAttachments: z.array(z.object({ Addresses: z.array(z.string()).nullish() })).nullish(),
  })
  .transform(
    ({ ID, ServiceID, CreatedAt, Slot, DesiredState, Status, Spec, NetworksAttachments }): SwarmTask => ({
      id: ID,
      serviceId: ServiceID,
      slot: Slot,
      createdAt: CreatedAt,
      desiredState: DesiredState,
      state: Status.State,
      error: Status.Err,
      exitCode: Status.ContainerStatus?.ExitCode,
      image: Spec.ContainerSpec.Image,
      labels: Spec.ContainerSpec.Labels,
      containerId: Status.ContainerStatus?.ContainerID || undefined,
      addresses: (NetworksAttachments ?? [])
        .flatMap((network) => network.Addresses ?? [])
        .map((address) => address.replace(/\/\d+$/, '')),
    }),
  );

const containerSchema = z
  .object({
    Id: z.string(),
    Image: z.string(),
    State: z.object({
      Running: z.boolean(),
      ExitCode: z.number(),
      OOMKilled: z.boolean(),
      Health: z
        .object({
          Status: z.string(),
          FailingStreak: z.number(),
          Log: z.array(z.object({ ExitCode: z.number(), Output: z.string() })).nullish(),
        })
        .nullish(),
    }),
  })
  .transform(
    ({ Id, Image, State }): ContainerState => ({
      id: Id,
      imageId: Image,
      running: State.Running,
      exitCode: State.ExitCode,
      outOfMemory: State.OOMKilled,
      health: State.Health?.Status,
      failedChecks: State.Health?.FailingStreak ?? 0,
      checkPassed: State.Health?.Log?.some(({ ExitCode }) => ExitCode === 0) ?? false,
      lastCheck: State.Health?.Log?.map(({ Output }) => Output.trim()).findLast((output) => output !== ''),
    }),
  );

function liveContainer({
  ContainerSpec: { Image, Env, StopGracePeriod },
  Resources,
}: {
  ContainerSpec: { Image: string; Env?: string[] | null | undefined; StopGracePeriod?: number | undefined };
  Resources?: { Limits?: { MemoryBytes?: number | undefined; NanoCPUs?: number | undefined } | undefined } | undefined;
}): LiveContainer {
  const { MemoryBytes, NanoCPUs } = Resources?.Limits ?? {};
  return {
    image: Image,
    environment: Object.fromEntries((Env ?? []).map((pair) => splitPair(pair))),
    memoryMiB: MemoryBytes === undefined ? undefined : MemoryBytes / 2 ** 20,
    cpus: NanoCPUs === undefined ? undefined : NanoCPUs / 1e9,
    stopGraceSeconds: StopGracePeriod === undefined ? undefined : StopGracePeriod / 1e9,
  };
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** What the engine has of one environment of an instance. */
export interface SwarmState {
  /** By name. */
  readonly services: readonly SwarmServiceState[];
  /** All that the engine remembers of a service, the newest first. */
  tasksOf(service: SwarmServiceState): readonly SwarmTask[];
}

/** Services and tasks are read at once; a service that comes or goes in between has no tasks. */
export async function readSwarm({ api }: Docker, instance: string, environment: string): Promise<SwarmState> {
  const filters = { label: [`${labelNames.instance}=${instance}`, `${labelNames.environment}=${environment}`] };
  const [services, tasks] = await Promise.all([api.get('/services', filters), api.get('/tasks', filters)]);
  const parsedTasks = z.array(taskSchema).parse(tasks ?? []);
  const newestFirst = parsedTasks.toSorted((a, b) => (a.createdAt > b.createdAt ? -1 : 1));
  return {
    services: z
      .array(serviceSchema)
      .parse(services ?? [])
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    tasksOf: ({ id }) => newestFirst.filter(({ serviceId }) => serviceId === id),
  };
}

/** Containers by id; one that is gone is left out. */
export async function inspectContainers(
  { api }: Docker,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ContainerState>> {
  const found = await Promise.all(ids.map((id) => api.get(`/containers/${id}/json`)));
  const containers = z.array(containerSchema).parse(found.filter((container) => container !== undefined));
  return new Map(containers.map((container) => [container.id, container]));
}
