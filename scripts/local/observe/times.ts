import { availableParallelism, loadavg } from 'node:os';
import { z } from 'zod';
import type { Span } from '../../../infra/contract/timeline.ts';
import type { PlatformTimes } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import { folderOf, type Place, readDeployed } from '../state/place.ts';
import { deriveNames } from '../translate/names.ts';
import { labelNames } from '../translate/stack-document.ts';

/** Moments of one rollout, in milliseconds since the epoch. */
export interface RolloutMoments {
  readonly started: readonly {
    readonly createdAt: number;
    readonly startedAt: number;
    /** When its check passed. */
    readonly runningAt: number;
  }[];
  /** `undefined`: it has not ended. */
  readonly ended: readonly (number | undefined)[];
  /** When Swarm stopped watching, or the alarms after it; absent where nothing was watched. */
  readonly watchedUntil?: number;
  readonly now: number;
}

/** The phases of a rollout by its moments: those of the task that was last. Absent where no task was started. */
export function spansOf({ started, ended, watchedUntil, now }: RolloutMoments): readonly Span[] | undefined {
  if (started.length === 0) return undefined;
  const began = Math.min(...started.map(({ createdAt }) => createdAt));
  const inContainers = Math.max(...started.map(({ startedAt }) => startedAt));
  const ready = Math.max(...started.map(({ runningAt }) => runningAt));
  const open = ended.some((moment) => moment === undefined);
  const last = open ? now : Math.max(...ended.filter((moment) => moment !== undefined));
  return [
    { phases: ['pull'], seconds: between(began, inContainers) },
    { phases: ['boot'], seconds: between(inContainers, ready) },
    ...(ended.length === 0
      ? []
      : [
          {
            phases: ['drain', 'stop'] as const,
            seconds: between(ready, last),
            ...(open ? { ongoing: true as const } : {}),
          },
        ]),
    ...(watchedUntil === undefined ? [] : [{ phases: ['bake'] as const, seconds: between(ready, watchedUntil) }]),
  ];
}

function between(from: number, to: number): number {
  return Math.max(0, Math.round((to - from) / 100) / 10);
}

const moment = z.string().transform((text) => Date.parse(text));
const taskSchema = z.object({
  ServiceID: z.string(),
  CreatedAt: moment,
  DesiredState: z.string(),
  Status: z.object({
    State: z.string(),
    Timestamp: moment,
    ContainerStatus: z.object({ ContainerID: z.string().optional() }).nullish(),
  }),
});
const serviceSchema = z.object({
  ID: z.string(),
  Spec: z.object({ Name: z.string() }),
  UpdateStatus: z.object({ StartedAt: moment.optional(), CompletedAt: moment.optional() }).optional(),
});
const containerSchema = z.object({
  State: z.object({ Running: z.boolean(), StartedAt: moment, FinishedAt: moment }),
});

/**
 * What Swarm and the engine say of the rollout of a process since then; `undefined` where it started no task.
 * @param since milliseconds since the epoch
 */
export async function readTimes(
  { api }: Docker,
  place: Place,
  process: string,
  since: number,
): Promise<PlatformTimes | undefined> {
  const { instance, environment } = place;
  const filters = { label: [`${labelNames.instance}=${instance}`, `${labelNames.environment}=${environment}`] };
  const [services, tasks] = await Promise.all([api.get('/services', filters), api.get('/tasks', filters)]);
  const name = `${deriveNames(instance, environment).stack}_${process}`;
  const service = z
    .array(serviceSchema)
    .parse(services ?? [])
    .find(({ Spec }) => Spec.Name === name);
  const own = z
    .array(taskSchema)
    .parse(tasks ?? [])
    .filter(({ ServiceID }) => ServiceID === service?.ID);
  const fresh = own.filter(
    ({ CreatedAt, DesiredState, Status }) =>
      CreatedAt >= since && DesiredState === 'running' && Status.State === 'running',
  );
  const old = own.filter(({ CreatedAt, DesiredState }) => CreatedAt < since && DesiredState === 'shutdown');
  const started = await Promise.all(
    fresh.map(async (task) => {
      const container = await inspect(api, task);
      return container === undefined
        ? []
        : [{ createdAt: task.CreatedAt, startedAt: container.StartedAt, runningAt: task.Status.Timestamp }];
    }),
  );
  const ended = await Promise.all(
    old.map(async (task) => {
      const container = await inspect(api, task);
      // Swarm keeps tasks of earlier rollouts, too.
      if (container === undefined || (!container.Running && container.FinishedAt < since)) return [];
      return [container.Running ? undefined : container.FinishedAt];
    }),
  );
  const { StartedAt, CompletedAt } = service?.UpdateStatus ?? {};
  const watchedBySwarm = StartedAt !== undefined && StartedAt >= since ? CompletedAt : undefined;
  const { alarmsWatchedUntil = '' } = (await readDeployed(folderOf(place))) ?? {};
  const watchedByAlarms = Date.parse(alarmsWatchedUntil) >= since ? Date.parse(alarmsWatchedUntil) : undefined;
  const watched = watchedBySwarm === undefined ? undefined : (watchedByAlarms ?? watchedBySwarm);
  const spans = spansOf({
    started: started.flat(),
    ended: ended.flat(),
    ...(watched === undefined ? {} : { watchedUntil: watched }),
    now: Date.now(),
  });
  if (spans === undefined) return undefined;
  return { spans, load: { average: Math.round((loadavg()[0] ?? 0) * 10) / 10, cores: availableParallelism() } };
}

async function inspect(
  api: Docker['api'],
  { Status }: z.infer<typeof taskSchema>,
): Promise<z.infer<typeof containerSchema>['State'] | undefined> {
  const id = Status.ContainerStatus?.ContainerID ?? '';
  const found = id === '' ? undefined : await api.get(`/containers/${id}/json`);
  return found === undefined ? undefined : containerSchema.parse(found).State;
}
