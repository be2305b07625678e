import type { Settings } from './settings.ts';

type RolloutStrategy = Settings['rollout'];

/** The strategies that shift traffic from one fleet to another. */
export type TrafficShift = Exclude<RolloutStrategy, { readonly kind: 'rolling' }>;

/** Minutes for which both fleets run: during the canary, if there is one, then after the shift. Empty while rolling. */
export function bakesOf(strategy: RolloutStrategy): readonly number[] {
  if (strategy.kind === 'rolling') return [];
  return strategy.kind === 'canary' ? [strategy.canaryBakeMinutes, strategy.bakeMinutes] : [strategy.bakeMinutes];
}
