import { secondsSince } from './clock.ts';
import type { Flow } from './flow.ts';
import { history } from './history.ts';

export interface DriftResult {
  readonly environment: string;
  /** One line for each thing that is not as the program and the ledger left it. */
  readonly drift: readonly string[];
  readonly seconds: number;
}

/** What somebody changed by hand: on the platform's resources, or in what runs. Changes nothing. */
export async function findDrift(
  { target, clock, progress }: Pick<Flow, 'target' | 'clock' | 'progress'>,
  environment: string,
): Promise<DriftResult> {
  const startedAt = clock.now();
  progress.step(`Compare ${environment} with what its last update left`);
  const { disagreement } = await history(target, environment);
  const changed = await target.drift(environment);
  const drift = [...(disagreement === undefined ? [] : [disagreement]), ...changed];
  return { environment, drift, seconds: secondsSince(clock, startedAt) };
}
