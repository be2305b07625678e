import { setTimeout as pause } from 'node:timers/promises';

import type { AlarmState } from '../../release/alarm-states.ts';
import type { Progress } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import { assessRollout, type Expected, failuresToGiveUp, type RolloutState } from './rollout-state.ts';
import { readSwarm, type SwarmTask } from './swarm.ts';
import { reportTask, type TaskReport } from './task-report.ts';

export interface RolloutWatch {
  readonly docker: Docker;
  readonly instance: string;
  readonly environment: string;
  readonly expected: readonly Expected[];
  /** The first deployment: Swarm has nothing to roll back to and would start tasks for ever. */
  readonly first: boolean;
  /** An alarm that ends the rollout, as soon as it fires. */
  readonly firing?: (() => Promise<AlarmState | undefined>) | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export type RolloutEnding =
  | { readonly ended: 'settled' }
  | { readonly ended: 'alarm'; readonly alarm: AlarmState }
  /** `takenBack`: Swarm reports a rollback; the caller checks whether that is true. */
  | {
      readonly ended: 'failed';
      readonly service: string;
      readonly takenBack: boolean;
      readonly reports: readonly TaskReport[];
    };

const pollMs = 300;
/** On top of what Swarm itself waits for: time to create containers, and checks that take longer than their interval. */
const marginSeconds = 45;
/** Without an update there is no monitor: a first deployment has to stay up this long. */
const firstStableMs = 3000;
const progressMs = 5000;

/**
 * Watches until every service is as expected, or one of them never will be. The logs of failed tasks are read as soon as
 * they fail: Swarm removes the tasks when it rolls back.
 */
export async function watchRollout(watch: RolloutWatch): Promise<RolloutEnding> {
  const startedAt = performance.now();
  const patience = Math.max(...watch.expected.map(({ patienceSeconds }) => patienceSeconds)) + marginSeconds;
  const reports = new Map<string, TaskReport>();
  const say = reporter(watch.progress, startedAt);
  let settledSince: number | undefined;
  for (;;) {
    watch.signal.throwIfAborted();
    const states = await observeRollout(watch);
    for (const { state } of states) await keepReports(watch.docker, state.failed, reports);
    const stopped = states.find(({ expected, state }) => hasFailed(watch, expected, state));
    const late = performance.now() - startedAt > patience * 1000;
    if (stopped !== undefined || late) return failed(watch, states, stopped, reports);
    const alarm = await watch.firing?.();
    if (alarm !== undefined) return { ended: 'alarm', alarm };
    if (states.every(({ state }) => state.verdict === 'settled')) {
      settledSince ??= performance.now();
      if (!watch.first || performance.now() - settledSince >= firstStableMs) return { ended: 'settled' };
    } else settledSince = undefined;
    say(states);
    await pause(pollMs, undefined, { signal: watch.signal });
  }
}

/** A service as it should be, and as it is. */
export interface Observation {
  readonly expected: Expected;
  readonly tasks: readonly SwarmTask[];
  readonly state: RolloutState;
}

/** How far each service is from what it should be. */
export async function observeRollout({
  docker,
  instance,
  environment,
  expected,
}: Pick<RolloutWatch, 'docker' | 'instance' | 'environment' | 'expected'>): Promise<readonly Observation[]> {
  const { services, tasksOf } = await readSwarm(docker, instance, environment);
  return expected.map((one) => {
    const service = services.find(({ name }) => name === one.swarmName);
    const tasks = service === undefined ? [] : tasksOf(service);
    return { expected: one, tasks, state: assessRollout(one, service, tasks) };
  });
}

function hasFailed({ first }: RolloutWatch, { replicas }: Expected, state: RolloutState): boolean {
  if (state.verdict === 'taken-back' || state.verdict === 'given-up') return true;
  return first && state.failed.length >= failuresToGiveUp(replicas);
}

async function keepReports(
  docker: Docker,
  tasks: readonly SwarmTask[],
  reports: Map<string, TaskReport>,
): Promise<void> {
  for (const task of tasks) {
    if (!reports.has(task.id)) reports.set(task.id, await reportTask(docker, task));
  }
}

async function failed(
  { docker }: RolloutWatch,
  observed: readonly Observation[],
  stopped: Observation | undefined,
  reports: ReadonlyMap<string, TaskReport>,
): Promise<RolloutEnding> {
  const unsettled = stopped ?? observed.find(({ state }) => state.verdict !== 'settled') ?? observed[0];
  const starting = await Promise.all((unsettled?.state.starting ?? []).map((task) => reportTask(docker, task)));
  return {
    ended: 'failed',
    service: unsettled?.expected.name ?? '',
    takenBack: unsettled?.state.verdict === 'taken-back',
    reports: reports.size > 0 ? [...reports.values()] : starting,
  };
}

/** Reports every change, and every few seconds that nothing changed. */
function reporter(progress: Progress, startedAt: number): (observed: readonly Observation[]) => void {
  let last = '';
  let lastAt = 0;
  return (observed) => {
    const line = observed.map(({ expected, state }) => describe(expected, state)).join('; ');
    const now = performance.now();
    if (line === last && now - lastAt < progressMs) return;
    progress.detail(`${line} (${((now - startedAt) / 1000).toFixed(0)} s)`);
    last = line;
    lastAt = now;
  };
}

function describe({ name, replicas }: Expected, { ready, older, failed: gone }: RolloutState): string {
  const parts = [`${name}: ${ready} of ${replicas} new tasks ready`];
  if (older > 0) parts.push(`${older} older still serving`);
  if (gone.length > 0) parts.push(`${gone.length} failed`);
  return parts.join(', ');
}
