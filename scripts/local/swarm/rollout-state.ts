import { labelNames } from '../translate/stack-document.ts';
import type { SwarmServiceState, SwarmTask } from './swarm.ts';

/** What a service should end up as. */
export interface Expected {
  /** Name in the program: api. */
  readonly name: string;
  /** Name in Swarm: `<stack>_api`. */
  readonly swarmName: string;
  /** Hash of what its tasks start from. */
  readonly revision: string;
  /** Hash of the whole service. */
  readonly rendered: string;
  readonly replicas: number;
  /** How long its tasks may take to become ready before Swarm gives up on them. */
  readonly patienceSeconds: number;
}

/**
 * - `pending`: under way
 * - `settled`: all tasks run as expected and no other does
 * - `taken-back`: Swarm has rolled back to what ran before
 * - `given-up`: Swarm stopped without rolling back
 */
export type RolloutVerdict = 'pending' | 'settled' | 'taken-back' | 'given-up';

export interface RolloutState {
  readonly verdict: RolloutVerdict;
  /** New tasks whose health check passed. */
  readonly ready: number;
  /** New tasks that ended although they should run. */
  readonly failed: readonly SwarmTask[];
  /** New tasks on their way. */
  readonly starting: readonly SwarmTask[];
  /** Older tasks that are still meant to run. */
  readonly older: number;
}

const endedStates: ReadonlySet<string> = new Set(['failed', 'rejected', 'complete', 'orphaned']);
const updatingStates: ReadonlySet<string> = new Set(['updating', 'rollback_started']);
const stoppedStates: ReadonlySet<string> = new Set(['paused', 'rollback_paused']);

/** Reads how far a rollout is from what the engine says; pure. */
export function assessRollout(
  expected: Expected,
  service: SwarmServiceState | undefined,
  tasks: readonly SwarmTask[],
): RolloutState {
  const isNew = (task: SwarmTask) => task.labels[labelNames.revision] === expected.revision;
  const meant = tasks.filter(({ desiredState }) => desiredState === 'running');
  const ready = meant.filter((task) => isNew(task) && task.state === 'running').length;
  const older = meant.filter((task) => !isNew(task)).length;
  return {
    ready,
    older,
    failed: tasks.filter((task) => isNew(task) && endedStates.has(task.state)),
    starting: meant.filter((task) => isNew(task) && task.state !== 'running' && !endedStates.has(task.state)),
    verdict: verdictOf(expected, service, ready, older),
  };
}

function verdictOf(
  expected: Expected,
  service: SwarmServiceState | undefined,
  ready: number,
  older: number,
): RolloutVerdict {
  if (service === undefined) return 'pending';
  const state = service.update?.state ?? '';
  // A rollback puts the former labels back together with the rest of the service.
  const takenBack = service.labels[labelNames.rendered] !== expected.rendered;
  if (stoppedStates.has(state)) return 'given-up';
  if (updatingStates.has(state)) return 'pending';
  if (takenBack) return 'taken-back';
  return ready === expected.replicas && older === 0 ? 'settled' : 'pending';
}

/** What a service should end up as by its own labels: to see whether it is fully up, whatever it runs. */
export function asItSays({ name, labels, replicas }: SwarmServiceState): Expected {
  return {
    name: labels[labelNames.service] ?? name,
    swarmName: name,
    revision: labels[labelNames.revision] ?? '',
    rendered: labels[labelNames.rendered] ?? '',
    replicas,
    patienceSeconds: 0,
  };
}

/** Like the circuit breaker of ECS, which gives up after half of the desired count, and three at least. */
export function failuresToGiveUp(replicas: number): number {
  return Math.max(3, Math.ceil(replicas / 2));
}
