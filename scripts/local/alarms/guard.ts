import { setTimeout as pause } from 'node:timers/promises';
import type { AlarmState } from '../../release/alarm-states.ts';
import type { Progress } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import type { Alarm } from '../translate/alarms.ts';
import { readAlarms } from './read.ts';

/** Watches the alarms that end a rollout. */
export interface RolloutGuard {
  /** For as long as they look back: after that they see the new release alone. */
  readonly bakeSeconds: number;
  readonly services: readonly string[];
  /** The first of them that fires; `undefined`: none, or it is not known. */
  readonly firing: () => Promise<AlarmState | undefined>;
  /** Why the last answer was none; `undefined`: it was one. */
  readonly unknown: () => string | undefined;
}

interface GuardRequest {
  readonly docker: Docker;
  readonly place: Place;
  readonly alarms: readonly Alarm[];
  /** That get other tasks. */
  readonly services: readonly string[];
  readonly progress: Progress;
}

const pollMs = 500;

/** How long a rollout of these services bakes for alarms that can be evaluated here; 0 where none guards them. */
export function bakeSecondsOf(alarms: readonly Alarm[], services: readonly string[]): number {
  const guarding = alarms.filter(
    ({ guards, rule }) => !('nothing' in rule) && guards.some((one) => services.includes(one)),
  );
  return Math.max(0, ...guarding.map(({ evaluationSeconds }) => evaluationSeconds));
}

/** `undefined`: no alarm guards any of these services. Like ECS, it leaves out those that are firing when it begins. */
export async function openGuard(request: GuardRequest): Promise<RolloutGuard | undefined> {
  const { docker, place, services, progress } = request;
  const guards = ({ guards: guarded }: Pick<AlarmState, 'guards'>) => guarded.some((one) => services.includes(one));
  const before = ((await readAlarms(docker, place)) ?? []).filter(guards);
  const ignored = before.filter(({ state }) => state === 'firing').map(({ name }) => name);
  for (const name of ignored) progress.detail(`${name} is already firing, so it does not guard this rollout`);
  const usable = before.filter(({ name, state }) => state !== 'not here' && !ignored.includes(name));
  if (usable.length === 0) return undefined;
  const evaluated = request.alarms.filter(({ name }) => usable.some((one) => one.name === name));
  let unknown: string | undefined;
  return {
    services,
    bakeSeconds: bakeSecondsOf(evaluated, services),
    unknown: () => unknown,
    async firing() {
      try {
        const now = (await readAlarms(docker, place)) ?? [];
        unknown = undefined;
        return now.find(({ name, state }) => state === 'firing' && usable.some((one) => one.name === name));
      } catch (error) {
        unknown = error instanceof Error ? error.message : String(error);
        return undefined;
      }
    },
  };
}

/** @returns the alarm that fired */
export async function bake(
  { bakeSeconds, services, firing, unknown }: RolloutGuard,
  progress: Progress,
  signal: AbortSignal,
): Promise<AlarmState | undefined> {
  progress.step(`Watch the alarms of ${services.join(' and ')} for ${bakeSeconds} s`);
  const until = performance.now() + bakeSeconds * 1000;
  while (performance.now() < until) {
    const alarm = await firing();
    if (alarm !== undefined) return alarm;
    await pause(pollMs, undefined, { signal });
  }
  const why = unknown();
  progress.detail(why === undefined ? 'none fired' : `not watched to the end: ${why}`);
  return undefined;
}
