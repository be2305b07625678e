import type { Release } from '../../infra/release/release.ts';
import { isCommitted } from '../messages/commit.ts';
import { openAttempt } from './attempt.ts';
import { endingOf, unverifiedBy, verifyApplied } from './deploy.ts';
import type { Flow } from './flow.ts';
import type { LedgerAction, LedgerEntry } from './ledger.ts';
import { isInMaintenance } from './maintenance.ts';
import { standing, unfinished } from './standing.ts';
import type { Observed, Plan } from './target.ts';

/**
 * For a release that already runs: verifies and records it, unless the ledger has it as good. So the next command
 * finishes what a killed one, or one whose verification failed, has left.
 * @param entries the ledger before unfinished attempts were settled
 * @returns whether there was something to finish
 */
export async function confirm(
  flow: Flow,
  action: LedgerAction,
  plan: Plan,
  observed: Observed,
  entries: readonly LedgerEntry[],
): Promise<boolean> {
  const recorded = standing(entries);
  const good = recorded?.outcome === 'good' && recorded.release.digest === plan.release.digest;
  if (good && unfinished(entries).length === 0 && !isCommittedSince(recorded.release, plan.release)) return false;

  // Verified already, or as far as it can be: `verify` finishes it when maintenance is over.
  const same = recorded?.release.digest === plan.release.digest && unfinished(entries).length === 0;
  if (same && (await isInMaintenance(flow.target, plan.environment))) return false;

  const attempt = await openAttempt(flow, action, plan);
  const applied = { release: plan.release, revision: observed.services[0]?.revision ?? '', url: observed.url };
  const deployment = await verifyApplied(flow, plan.environment, applied, flow.signal);
  await attempt.settle(endingOf(deployment));
  if (deployment.outcome !== 'good' && unverifiedBy(deployment) === undefined) throw deployment.error;
  return true;
}

/** The same content was recorded without a commit of its own and has one now: only then can it be promoted. */
function isCommittedSince(recorded: Release, planned: Release): boolean {
  return !isCommitted(recorded.commit) && isCommitted(planned.commit);
}
