import type { Release } from '../../infra/release/release.ts';
import { UserError } from '../messages/user-error.ts';
import { openAttempt } from './attempt.ts';
import { deploy, endingOf, unverifiedBy } from './deploy.ts';
import type { Flow } from './flow.ts';
import type { Hold } from './ledger.ts';
import { isLockLost } from './lock.ts';
import { pinnedPlan } from './pin.ts';
import { contractMigrationsSince } from './standing.ts';
import { differencesFromTruth } from './truth.ts';

/** `untouched`: the platform never left the previous release, so there was nothing to undo. */
export type Restoration =
  | { readonly outcome: 'untouched' }
  | { readonly outcome: 'restored' }
  | { readonly outcome: 'failed'; readonly reason: string };

/**
 * Rolls an environment back to the release that ran before a change that failed or was interrupted, and verifies it.
 * An interruption does not stop it, because it is the way out. It runs once, and never rejects for what the user can fix:
 * the reason becomes part of the error of the failed change.
 *
 * @param hold the release to put on hold, if the release is what failed
 */
export async function restore(
  flow: Flow,
  environment: string,
  before: Release | undefined,
  hold?: Hold,
): Promise<Restoration> {
  if (before === undefined) return { outcome: 'failed', reason: 'no release ran before it' };
  flow.progress.step(`Roll ${environment} back to ${before.version}`);
  try {
    return await takeBack(flow, environment, before, hold);
  } catch (error) {
    if (!(error instanceof UserError) || isLockLost(error)) throw error;
    return { outcome: 'failed', reason: error.message };
  }
}

async function takeBack(
  flow: Flow,
  environment: string,
  before: Release,
  hold: Hold | undefined,
): Promise<Restoration> {
  const plan = await pinnedPlan(flow.target, environment, before, { skipBakes: true });
  const differences = differencesFromTruth(await flow.target.observe(environment), before);
  if (plan.changes.length === 0 && differences.length === 0) {
    flow.progress.detail(`${before.version} never stopped serving`);
    return { outcome: 'untouched' };
  }
  if (plan.losses.length > 0) {
    return {
      outcome: 'failed',
      reason: `it would replace or delete what holds data: ${plan.losses.map(({ change }) => change).join('; ')}`,
    };
  }
  const [forbidding] = contractMigrationsSince(await flow.target.ledger(environment).list(), before);
  if (forbidding !== undefined) {
    return { outcome: 'failed', reason: `the contract migration ${forbidding.name} may have run` };
  }
  const attempt = await openAttempt(flow, 'rollback', plan, { hold });
  const deployment = await deploy(flow, plan, new AbortController().signal, 'rollback');
  const ending = endingOf(deployment);
  await attempt.settle(ending);
  return deployment.outcome === 'good' || unverifiedBy(deployment) !== undefined
    ? { outcome: 'restored' }
    : { outcome: 'failed', reason: ending.reason ?? '' };
}
