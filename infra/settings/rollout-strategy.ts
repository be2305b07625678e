import type { Settings } from './settings.ts';

type RolloutStrategy = Settings['rollout'];

/** The strategies that shift traffic from one fleet to another. */
export type TrafficShift = Exclude<RolloutStrategy, { readonly kind: 'rolling' }>;

/**
 * Minutes for which both fleets run: during the canary, if there is one, then after the shift. Empty while rolling, and
 * where a rollback skips them.
 */
export function bakesOf(strategy: RolloutStrategy): readonly number[] {
  if (strategy.kind === 'rolling' || skipsBakes(strategy)) return [];
  return strategy.kind === 'canary' ? [strategy.canaryBakeMinutes, strategy.bakeMinutes] : [strategy.bakeMinutes];
}

/** Whether traffic shifts at once and the old fleet goes: `bakeMinutes` alone is never 0. */
export function skipsBakes(strategy: RolloutStrategy): boolean {
  return strategy.kind === 'blue-green' && strategy.bakeMinutes === 0;
}
