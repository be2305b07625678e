import type { Migration, Release } from '../../infra/release/release.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { assertApproved } from './approval.ts';
import { openAttempt } from './attempt.ts';
import { secondsSince } from './clock.ts';
import { type Deployment, deploy, endingOf, withState } from './deploy.ts';
import {
  compareReleases,
  compareSettings,
  type ReleaseDifference,
  type SettingsDifference,
  type SettingValues,
} from './difference.ts';
import type { Flow } from './flow.ts';
import { assertNotInterrupted, interrupted, isInterruption } from './interruption.ts';
import type { LedgerEntry } from './ledger.ts';
import { withLock } from './lock.ts';
import { assertNothingLost } from './losses.ts';
import { pinnedPlan } from './pin.ts';
import { assertPrerequisites } from './prerequisites.ts';
import {
  assertApart,
  assertContractAccepted,
  assertFinished,
  assertNotServing,
  verifiedRelease,
} from './promotion-rules.ts';
import { type Restoration, restore } from './restore.ts';
import { observeRunning } from './running.ts';
import { contractMigrationsBrought } from './standing.ts';
import type { Plan } from './target.ts';
import { describeRunning } from './truth.ts';

export interface PromoteOptions {
  readonly from: string;
  readonly to: string;
  /** Approved beforehand (CI after its own approval): nobody is asked. */
  readonly yes: boolean;
  /** Says what would change, and ends. */
  readonly dryRun: boolean;
  /** Names of the contract migrations after which there is no way back to what runs, known and accepted. */
  readonly acceptContract: readonly string[];
  /** The settings of an environment by key, secrets left out. */
  readonly settings: (environment: string) => Promise<SettingValues>;
  /** Shows what will change, before anybody is asked. */
  readonly present: (proposal: PromotionProposal) => Promise<void>;
}

export interface PromotionProposal {
  readonly from: string;
  readonly to: string;
  /** The entry of the source's ledger that says the release is good. */
  readonly evidence: LedgerEntry;
  readonly release: Release;
  readonly before: Release | undefined;
  /** What runs where the release is to go, in words. */
  readonly running: string;
  readonly difference: ReleaseDifference;
  readonly settings: SettingsDifference;
  readonly changes: readonly string[];
  /** They forbid the way back to what runs: said and accepted. */
  readonly contractMigrations: readonly Migration[];
  readonly plan: Plan;
}

export interface PromoteResult {
  readonly environment: string;
  readonly from: string;
  readonly url: string;
  readonly release: Release;
  readonly before: Release | undefined;
  readonly changed: boolean;
  readonly dryRun: boolean;
  readonly seconds: number;
}

/**
 * Brings the release that runs and was verified on one environment to another: the same digest, never rebuilt.
 * If it does not come up or fails its verification there, the release before is brought back and verified, and the
 * promotion rejects.
 *
 * Expand and contract: an `expand` migration adds what old code can ignore, so it never stands in the way. A `contract`
 * migration takes away what older code may still use. It runs before the new code gets traffic, while the release of
 * before still serves, and is not undone. So promoting one says two things, which nobody can check for the operator:
 * the release that serves now no longer uses what is removed (the code change that stopped using it was promoted
 * before), and going back to it will be refused, by the automatic rollback too. Hence each such migration must be
 * accepted by its name.
 */
export async function promote(flow: Flow, options: PromoteOptions): Promise<PromoteResult> {
  const startedAt = flow.clock.now();
  const { from, to } = options;
  assertApart(from, to);
  flow.progress.step('Check the prerequisites');
  await assertPrerequisites(flow.target, to, 'promote');

  // A person may take long to answer and must not keep others out meanwhile: ask first, then lock and look again.
  const asked = options.dryRun || !options.yes ? await ask(flow, options) : undefined;
  if (options.dryRun && asked !== undefined) {
    const url = (await flow.target.observe(to))?.url ?? '';
    return { ...resultOf(asked, url, false), dryRun: true, seconds: secondsSince(flow.clock, startedAt) };
  }
  return await withLock(flow.target, to, `promote from ${from}`, async () => {
    const proposal = await propose(flow, options);
    if (asked === undefined) await options.present(proposal);
    else assertSame(asked, proposal);
    assertNotInterrupted(flow.signal);
    const url = await carryOut(flow, proposal);
    return { ...resultOf(proposal, url, true), seconds: secondsSince(flow.clock, startedAt) };
  });
}

async function ask(flow: Flow, options: PromoteOptions): Promise<PromotionProposal> {
  const proposal = await propose(flow, options);
  await options.present(proposal);
  if (!options.dryRun) {
    await assertApproved(flow, `Promote ${proposal.release.version} from ${options.from} to ${options.to}?`);
  }
  return proposal;
}

async function propose(flow: Flow, { from, to, acceptContract, settings }: PromoteOptions): Promise<PromotionProposal> {
  flow.progress.step(`Find the release that was verified on ${from}`);
  const evidence = await verifiedRelease(flow, from);
  const { release } = evidence;
  const entries = await flow.target.ledger(to).list();
  assertFinished(flow.target, to, entries);
  const running = await observeRunning(flow, to, entries);
  assertNotServing(flow.target, to, running, release, entries);
  const contractMigrations = running.before === undefined ? [] : contractMigrationsBrought(entries, release);
  assertContractAccepted(to, running.before, release, contractMigrations, acceptContract);
  await flow.target.assertRestorable(to, release);
  flow.progress.step(`Compare ${to} with ${release.version}`);
  const plan = await pinnedPlan(flow.target, to, release);
  const apart = stackCommand(flow.target.kind, 'up', to, '--accept-loss');
  assertNothingLost(plan, `Take the change of ${to}’s settings back, or move its data and run \`${apart}\` first.`);
  return {
    from,
    to,
    evidence,
    release,
    before: running.before,
    running: describeRunning(running.observed, entries),
    difference: compareReleases(running.before, release),
    settings: compareSettings(await settings(from), await settings(to)),
    changes: plan.changes,
    contractMigrations,
    plan,
  };
}

function assertSame(approved: PromotionProposal, now: PromotionProposal): void {
  const same =
    approved.release.digest === now.release.digest &&
    approved.running === now.running &&
    approved.changes.join('\n') === now.changes.join('\n');
  if (same) return;
  throw new Refusal({
    code: 'CHANGED_MEANWHILE',
    message: `${now.from} or ${now.to} changed between the question and the answer: ${now.release.version} would be promoted, ${now.running} runs on ${now.to}.`,
    remedy: 'Run the command again and look at what it proposes.',
  });
}

/** @returns the URL at which the release serves */
async function carryOut(flow: Flow, { to, plan, before }: PromotionProposal): Promise<string> {
  const attempt = await openAttempt(flow, 'promote', plan);
  const deployment = await deploy(flow, plan, flow.signal);
  if (deployment.outcome === 'good') {
    await attempt.settle(endingOf(deployment));
    return deployment.applied.url;
  }
  // The attempt stays open until the way back is gone: a command killed in between leaves something to settle.
  const restoration = await restore(flow, to, before);
  const error = promotionError(flow, to, deployment, before, restoration);
  const reason = error instanceof Error ? error.message : String(error);
  const ending = endingOf(deployment, reason);
  const takenBack = deployment.outcome === 'unverified' && restoration.outcome === 'restored';
  await attempt.settle(takenBack ? { ...ending, outcome: 'rolled-back' } : ending);
  throw error;
}

function promotionError(
  flow: Flow,
  to: string,
  { error, outcome }: Exclude<Deployment, { outcome: 'good' }>,
  before: Release | undefined,
  restoration: Restoration,
): unknown {
  if (!(error instanceof UserError)) return error;
  const state = stateAfter(to, before, restoration);
  if (isInterruption(error)) return interrupted(state);
  if (outcome === 'failed') return withState(error, state);
  return new UserError({
    code: restoration.outcome === 'restored' ? 'PROMOTION_ROLLED_BACK' : error.code,
    message: `${error.message} ${state}`,
    rule: 'A promoted release that fails its verification is taken back.',
    ...(restoration.outcome === 'failed'
      ? {
          remedy: `Mend the app and promote it again, or choose another release with \`${stackCommand(flow.target.kind, 'rollback', to)}\`.`,
        }
      : { remedy: 'Mend the app, bring it up on the environment before, and promote it again.' }),
    cause: error,
  });
}

function stateAfter(to: string, before: Release | undefined, restoration: Restoration): string {
  if (restoration.outcome === 'untouched') return `${before?.version ?? ''} never stopped serving.`;
  if (restoration.outcome === 'restored') return `Rolled back: ${before?.version ?? ''} serves again, verified.`;
  if (before === undefined) return `Nothing ran on ${to} before it, so there is nothing to go back to.`;
  return `It could not be rolled back to ${before.version}: ${restoration.reason.replace(/\.$/, '')}.`;
}

function resultOf(
  { from, to, release, before }: PromotionProposal,
  url: string,
  changed: boolean,
): Omit<PromoteResult, 'seconds'> {
  return { environment: to, from, url, release, before, changed, dryRun: false };
}
