import type { Release } from '../../infra/release/release.ts';
import { isDirty } from '../messages/commit.ts';
import { openAttempt } from './attempt.ts';
import { endingOf, verifyApplied } from './deploy.ts';
import type { Flow } from './flow.ts';
import type { LedgerAction, LedgerEntry } from './ledger.ts';
import { standing, unfinished } from './standing.ts';
import type { Observed, Plan } from './target.ts';

/**
 * For a release that runs already: verifies it and writes that down, unless the ledger knows it to be good. So the next
 * command finishes what one that was killed or failed its verification left.
 * @param entries the ledger before anything in it was settled
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

  const attempt = await openAttempt(flow, action, plan);
  const applied = { release: plan.release, revision: observed.services[0]?.revision ?? '', url: observed.url };
  const deployment = await verifyApplied(flow, plan.environment, applied, flow.signal);
  await attempt.settle(endingOf(deployment));
  if (deployment.outcome !== 'good') throw deployment.error;
  return true;
}

/** The same content, recorded as uncommitted changes, is a commit by now: only that can be promoted. */
function isCommittedSince(recorded: Release, planned: Release): boolean {
  return isDirty(recorded.commit) && !isDirty(planned.commit) && planned.commit !== 'unknown';
}
