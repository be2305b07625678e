import { secondsSince } from './clock.ts';
import type { Flow } from './flow.ts';
import { history } from './history.ts';
import { maintenanceDisagreement, maintenanceStatus } from './maintenance.ts';
import { nothingRuns } from './nothing-runs.ts';
import { hasServed } from './standing.ts';

export interface DriftResult {
  readonly environment: string;
  /** One line per difference from what the last update and the ledger say. */
  readonly drift: readonly string[];
  readonly seconds: number;
}

/**
 * Finds manual changes, to the platform's resources or to what runs. Changes nothing.
 * Rejects with `NOTHING_RUNS` if no update ever succeeded: there is nothing to compare with.
 */
export async function findDrift(
  { target, clock, progress }: Pick<Flow, 'target' | 'clock' | 'progress'>,
  environment: string,
): Promise<DriftResult> {
  const startedAt = clock.now();
  progress.step(`Compare ${environment} with its last update`);
  const { rows, disagreement } = await history(target, environment);
  if (disagreement === undefined && !rows.some(hasServed)) throw nothingRuns(target, environment, 'to compare');
  const changed = await target.drift(environment);
  const maintenance = await maintenanceStatus(target, environment);
  const page = 'value' in maintenance ? maintenanceDisagreement(maintenance.value) : undefined;
  const drift = [disagreement, page, ...changed].filter((line) => line !== undefined);
  return { environment, drift, seconds: secondsSince(clock, startedAt) };
}
