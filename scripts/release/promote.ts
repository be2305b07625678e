import type { Migration, Release } from '../../infra/release/release.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import { assertApproved } from './approval.ts';
import { openAttempt } from './attempt.ts';
import { secondsSince } from './clock.ts';
import { deploy, endingOf, unverifiedBy } from './deploy.ts';
import {
  compareReleases,
  compareSettings,
  type ReleaseDifference,
  type SettingsDifference,
  type SettingValues,
} from './difference.ts';
import type { Flow } from './flow.ts';
import { assertNotFrozen } from './freeze.ts';
import { assertNotHeld, holdOn, type StandingHold } from './holds.ts';
import { assertNotInterrupted } from './interruption.ts';
import type { Known } from './known.ts';
import type { Accepted, LedgerEntry } from './ledger.ts';
import { withLock } from './lock.ts';
import { assertNothingLost, remedyForLoss } from './losses.ts';
import { assertMigrationsPresent } from './missing-migrations.ts';
import { pinnedPlan } from './pin.ts';
import { assertPrerequisites } from './prerequisites.ts';
import {
  assertApart,
  assertCommitted,
  assertContractAccepted,
  assertFinished,
  assertKnown,
  assertNotServing,
  verifiedRelease,
} from './promotion-rules.ts';
import { undoPromotion } from './promotion-undo.ts';
import { assertSigned, signatureOf } from './release-signature.ts';
import { assertReversible, isOneWay, type Outlook, outlookAfter } from './rollback-outlook.ts';
import { observeRunning } from './running.ts';
import type { Envelope } from './signed-statement.ts';
import { contractMigrationsBrought, unknownMigrationsBrought } from './standing.ts';
import type { Plan } from './target.ts';
import { describeRunning } from './truth.ts';

export interface PromoteOptions {
  readonly from: string;
  readonly to: string;
  /** Already approved (by CI's own approval): nobody is asked. */
  readonly yes: boolean;
  /** Shows what would change, and ends. */
  readonly dryRun: boolean;
  /** Contract migrations accepted by name: they make a rollback to what runs impossible. */
  readonly acceptContract: readonly string[];
  /** `migrations`: the release may have none any more. */
  readonly acceptLoss?: readonly string[];
  /** Promotes although nobody has said whether what runs fits the schema afterwards. */
  readonly acceptUnknownMigrations?: boolean;
  /** Why a release may be promoted after which there is no rollback. */
  readonly oneWay?: string;
  /** Why a release may be promoted that is on hold on `to`. */
  readonly acceptRolledBack?: string;
  /** Why a release may be promoted that was built from uncommitted changes, or without a known commit. */
  readonly allowDirty?: string;
  /** The settings of an environment by key, without secrets. */
  readonly settings: (environment: string) => Promise<SettingValues>;
  /** Shows what will change, before anybody is asked. */
  readonly present: (proposal: PromotionProposal) => Promise<void>;
}

export interface PromotionProposal {
  readonly from: string;
  readonly to: string;
  /** The entry in the source's ledger that says the release is good. */
  readonly evidence: LedgerEntry;
  readonly release: Release;
  readonly before: Release | undefined;
  /** What runs on the destination, in words. */
  readonly running: string;
  readonly difference: ReleaseDifference;
  readonly settings: SettingsDifference;
  readonly changes: readonly string[];
  /** They make a rollback to what runs impossible, and were accepted. */
  readonly contractMigrations: readonly Migration[];
  /** Whether what runs can be restored afterwards. */
  readonly rollback: Known<Outlook>;
  /** The hold that was overridden. */
  readonly hold: StandingHold | undefined;
  readonly accepted: Accepted;
  /** Of the release, from where it was built. */
  readonly signature?: Envelope | undefined;
  readonly plan: Plan;
}

export interface PromoteResult {
  readonly environment: string;
  readonly from: string;
  readonly url: string;
  readonly release: Release;
  readonly before: Release | undefined;
  readonly changed: boolean;
  /** Why it is not known whether the release serves; absent: it was verified. */
  readonly unverified?: string;
  /** What a person has to do elsewhere because of what is new. */
  readonly notes?: readonly string[];
  readonly dryRun: boolean;
  readonly seconds: number;
}

/**
 * Deploys to one environment the release that runs and was verified on another: the same digest, never rebuilt.
 * If it does not come up or fails its verification there, the previous release is deployed again and verified, and the
 * promotion rejects.
 *
 * Expand and contract: an `expand` migration adds what old code ignores, so it never prevents a rollback. A `contract`
 * migration removes what older code may still use. It runs before the new code gets traffic, while the previous release
 * still serves, and is not undone. So promoting one asserts two things that no command can check: the release that serves
 * now no longer uses what is removed (the change that stopped using it was promoted earlier), and rolling back to it will
 * be refused, also to the automatic rollback. Hence each such migration must be accepted by name.
 */
export async function promote(flow: Flow, options: PromoteOptions): Promise<PromoteResult> {
  const startedAt = flow.clock.now();
  const { from, to } = options;
  assertApart(from, to);
  flow.progress.step('Check the prerequisites');
  await assertPrerequisites(flow.target, to, 'promote');

  // A person may take long to answer and must not lock others out meanwhile: ask first, then lock and check again.
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
    const { url, ...ending } = await carryOut(flow, proposal);
    return { ...resultOf(proposal, url, true), ...ending, seconds: secondsSince(flow.clock, startedAt) };
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

async function propose(flow: Flow, options: PromoteOptions): Promise<PromotionProposal> {
  const { from, to, acceptContract, acceptUnknownMigrations, acceptLoss = [] } = options;
  const { acceptRolledBack, allowDirty, oneWay, settings } = options;
  await assertNotFrozen(flow.target, to);
  flow.progress.step(`Find the release verified on ${from}`);
  const evidence = await verifiedRelease(flow, from);
  const { release } = evidence;
  const ofSource = await flow.target.ledger(from).list();
  assertSigned(flow.signing ?? {}, from, ofSource, release);
  const entries = await flow.target.ledger(to).list();
  assertFinished(flow.target, to, entries);
  const running = await observeRunning(flow, to, entries);
  assertNotServing(flow.target, to, running, release, entries);
  assertCommitted(flow.target, from, release, allowDirty);
  assertNotHeld(to, release, entries, acceptRolledBack);
  const contractMigrations = running.before === undefined ? [] : contractMigrationsBrought(entries, release);
  const rollback = await outlookAfter(flow.target, to, entries, release);
  const reasonMissing = isOneWay(rollback) && oneWay === undefined;
  assertContractAccepted(to, running.before, release, contractMigrations, { names: acceptContract, reasonMissing });
  const unknown = running.before === undefined ? [] : unknownMigrationsBrought(entries, release);
  if (acceptUnknownMigrations !== true) assertKnown(to, running.before, release, unknown);
  await flow.target.assertRestorable(to, release);
  assertReversible(to, release, rollback, oneWay);
  flow.progress.step(`Compare ${to} with ${release.version}`);
  const plan = await pinnedPlan(flow.target, to, release);
  const command = stackCommand(flow.target.kind, 'promote', to, '--from', from);
  const losses = assertMigrationsPresent(to, release, entries, acceptLoss, command);
  assertNothingLost(plan, losses, remedyForLoss(flow.target, plan));
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
    rollback,
    hold: holdOn(entries, release),
    accepted: {
      dirty: allowDirty,
      rolledBack: acceptRolledBack,
      oneWay,
      ...(acceptLoss.length === 0 ? {} : { losses: acceptLoss }),
      ...(unknown.length === 0 ? {} : { unknownMigrations: unknown.map(({ name }) => name) }),
    },
    signature: signatureOf(ofSource, release),
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
    remedy: 'Run the command again and review what it proposes.',
  });
}

/** @returns the URL of the release, why it was not verified, and what is left to do */
async function carryOut(
  flow: Flow,
  { from, to, plan, before, accepted, signature }: PromotionProposal,
): Promise<Pick<PromoteResult, 'url' | 'unverified' | 'notes'>> {
  const attempt = await openAttempt(flow, 'promote', plan, { accepted, signature });
  const deployment = await deploy(flow, plan, flow.signal);
  const unverified = unverifiedBy(deployment);
  if (deployment.outcome === 'good' || (deployment.outcome === 'unverified' && unverified !== undefined)) {
    await attempt.settle(endingOf(deployment));
    const { url, notes } = deployment.applied;
    return { url, ...(unverified === undefined ? {} : { unverified }), ...(notes === undefined ? {} : { notes }) };
  }
  // The attempt stays open until the rollback is over: a command killed in between leaves something to settle.
  const { error, ending } = await undoPromotion(flow, { from, to, before }, deployment);
  await attempt.settle(ending);
  throw error;
}

function resultOf(
  { from, to, release, before }: PromotionProposal,
  url: string,
  changed: boolean,
): Omit<PromoteResult, 'seconds'> {
  return { environment: to, from, url, release, before, changed, dryRun: false };
}
