import { formatSeconds } from '../messages/duration.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Target } from './target.ts';
import { measuredPhases } from './timings.ts';

/** From the start of the rollout that rolls back until all requests reach the earlier release. */
export interface RollbackTime {
  readonly seconds: number;
  /** It is a limit: how long the app takes to start was never measured here. */
  readonly atMost: boolean;
}

/**
 * @param gradual follows the deployment strategy, bake times and all
 * @returns `undefined`: the settings cannot be read
 */
export async function rollbackTime(
  target: Pick<Target, 'timelines'>,
  environment: string,
  entries: readonly LedgerEntry[],
  { gradual = false }: { readonly gradual?: boolean | undefined } = {},
): Promise<RollbackTime | undefined> {
  // Without its seconds the answer is as true: what is wrong with the settings is reported by whoever needs them.
  const timelines = await target.timelines(environment, measuredPhases(entries)).catch(() => undefined);
  if (timelines === undefined) return undefined;
  const { servesAfterSeconds: seconds, atMost } = gradual ? timelines.rollout : timelines.rollback;
  return { seconds, atMost };
}

/** `in about 12.0 s`, `within 1 min 4 s`. */
export function sayRollbackTime({ seconds, atMost }: RollbackTime): string {
  return `${atMost ? 'within' : 'in about'} ${formatSeconds(seconds)}`;
}
