import type { SettingValues } from './keys/all.ts';

/** How a service gets from one release to the next; the default replaces task by task. */
export type RolloutStrategy =
  | { readonly kind: 'rolling' }
  | { readonly kind: 'blue-green'; readonly bakeMinutes: number }
  | {
      readonly kind: 'canary';
      readonly bakeMinutes: number;
      readonly canaryPercent: number;
      readonly canaryBakeMinutes: number;
    };

/** The strategies that move traffic from a whole fleet to another one. */
export type TrafficShift = Exclude<RolloutStrategy, { readonly kind: 'rolling' }>;

export function parseRolloutStrategy(values: SettingValues): RolloutStrategy {
  const { deploymentStrategy: kind, bakeMinutes, canaryPercent, canaryBakeMinutes } = values;
  if (kind === 'rolling') return { kind };
  return kind === 'canary' ? { kind, bakeMinutes, canaryPercent, canaryBakeMinutes } : { kind, bakeMinutes };
}

/** How an alarm that guards a rollout judges: so many of the last periods beyond its threshold. */
interface AlarmTiming {
  readonly periodSeconds: number;
  readonly periods: number;
  readonly datapoints: number;
}

/**
 * Errors are judged within three minutes; latency, which a cold cache disturbs, within five.
 * One number for the alarms and for the contract: a bake time that is over before an alarm can fire guards nothing.
 */
export const rollbackAlarmTimings = Object.freeze({
  errors: { periodSeconds: 60, periods: 3, datapoints: 2 },
  latency: { periodSeconds: 60, periods: 5, datapoints: 3 },
}) satisfies Readonly<Record<string, AlarmTiming>>;

const timings: readonly AlarmTiming[] = Object.values(rollbackAlarmTimings);

/** How long the slowest alarm needs until it can fire at all. */
export const secondsToAlarm = Math.max(...timings.map(({ periodSeconds, datapoints }) => periodSeconds * datapoints));

/** How long the slowest alarm looks back: after that it has seen nothing but the new release. */
export const alarmEvaluationSeconds = Math.max(...timings.map(({ periodSeconds, periods }) => periodSeconds * periods));

/** Minutes for which both fleets run at the end of a rollout and, with a canary, before it; none while rolling. */
export function bakesOf(strategy: RolloutStrategy): readonly number[] {
  if (strategy.kind === 'rolling') return [];
  return strategy.kind === 'canary' ? [strategy.canaryBakeMinutes, strategy.bakeMinutes] : [strategy.bakeMinutes];
}
