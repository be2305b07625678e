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

/** Minutes for which both fleets run at the end of a rollout and, with a canary, before it; none while rolling. */
export function bakesOf(strategy: RolloutStrategy): readonly number[] {
  if (strategy.kind === 'rolling') return [];
  return strategy.kind === 'canary' ? [strategy.canaryBakeMinutes, strategy.bakeMinutes] : [strategy.bakeMinutes];
}
