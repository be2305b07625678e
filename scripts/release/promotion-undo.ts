import type { Release } from '../../infra/release/release.ts';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import type { Ending } from './attempt.ts';
import { type Deployment, endingOf, withState } from './deploy.ts';
import type { Flow } from './flow.ts';
import { interrupted, isInterruption } from './interruption.ts';
import type { Hold } from './ledger.ts';
import { type Restoration, restore } from './restore.ts';

interface Promotion {
  readonly from: string;
  readonly to: string;
  readonly before: Release | undefined;
}

type Failed = Exclude<Deployment, { outcome: 'good' }>;

/** Codes by which a target reports that the platform rolled back by itself after starting tasks of the release. */
const tookBack: ReadonlySet<string> = new Set(['ROLLED_BACK', 'ROLLOUT_FAILED', 'NOT_RUNNING_AS_ASKED']);

/**
 * Rolls back a promotion that failed, and puts its release on hold where it is the release that failed.
 * @returns what the command rejects with, and how the attempt ended
 */
export async function undoPromotion(
  flow: Flow,
  promotion: Promotion,
  deployment: Failed,
): Promise<{ readonly error: unknown; readonly ending: Ending }> {
  const hold = holdAfter(deployment);
  const restoration = await restore(flow, promotion.to, promotion.before, hold);
  const error = promotionError(flow, promotion, deployment, restoration);
  const ending = endingOf(deployment, error instanceof Error ? error.message : String(error));
  if (deployment.outcome === 'unverified' && restoration.outcome === 'restored') {
    return { error, ending: { ...ending, ...held(hold), outcome: 'rolled-back' } };
  }
  const byPlatform = restoration.outcome === 'untouched' && hasCodeOf(deployment.error, tookBack);
  return { error, ending: { ...ending, ...(byPlatform ? held(hold) : {}) } };
}

/** `undefined`: an interruption says nothing about the release. */
function holdAfter(deployment: Failed): Hold | undefined {
  if (isInterruption(deployment.error)) return undefined;
  const { release, reason = '' } = endingOf(deployment);
  const why = deployment.outcome === 'unverified' ? `failed its verification: ${reason}` : reason;
  return { version: release.version, digest: release.digest, reason: why };
}

function held(hold: Hold | undefined): { readonly hold?: Hold } {
  return hold === undefined ? {} : { hold };
}

function hasCodeOf(error: unknown, codes: ReadonlySet<string>): boolean {
  return error instanceof UserError && codes.has(error.code);
}

function promotionError(
  flow: Flow,
  { from, to, before }: Promotion,
  { error, outcome }: Failed,
  restoration: Restoration,
): unknown {
  if (!(error instanceof UserError)) return error;
  const state = stateAfter(to, before, restoration);
  if (isInterruption(error)) return interrupted(state);
  if (outcome === 'failed') return withState(error, state);
  const otherwise = `, or choose another release with \`${stackCommand(flow.target.kind, 'rollback', to)}\``;
  return new UserError({
    code: restoration.outcome === 'restored' ? 'PROMOTION_ROLLED_BACK' : error.code,
    message: `${error.message} ${state}`,
    rule: 'A promoted release that fails its verification is rolled back and put on hold.',
    remedy: `Fix the app, deploy it to ${from} and promote it again${restoration.outcome === 'failed' ? otherwise : ''}.`,
    cause: error,
  });
}

function stateAfter(to: string, before: Release | undefined, restoration: Restoration): string {
  if (restoration.outcome === 'untouched') return `${before?.version ?? ''} never stopped serving.`;
  if (restoration.outcome === 'restored') return `Rolled back: ${before?.version ?? ''} serves again, verified.`;
  if (before === undefined) return `Nothing ran on ${to} before it, so there is nothing to roll back to.`;
  return `It could not be rolled back to ${before.version}: ${restoration.reason.replace(/\.$/, '')}.`;
}
