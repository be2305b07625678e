import type { Release } from '../../infra/release/release.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { assertApproved } from './approval.ts';
import { openAttempt } from './attempt.ts';
import { secondsSince } from './clock.ts';
import { confirm } from './confirm.ts';
import { deploy, endingOf, stateAfterFailure, unverifiedBy, withState } from './deploy.ts';
import { compareReleases, type ReleaseDifference } from './difference.ts';
import type { Flow } from './flow.ts';
import { assertRollbackAllowed } from './freeze.ts';
import { holdOnLeft } from './holds.ts';
import { assertNotInterrupted, interrupted, isInterruption } from './interruption.ts';
import type { Accepted, Hold, LedgerEntry } from './ledger.ts';
import { withLock } from './lock.ts';
import { assertNothingLost } from './losses.ts';
import { isInMaintenance } from './maintenance.ts';
import { nothingRuns } from './nothing-runs.ts';
import { pinnedPlan } from './pin.ts';
import { assertPrerequisites } from './prerequisites.ts';
import { assertSigned, signatureOf } from './release-signature.ts';
import { chooseRelease, type Wish } from './rollback-choice.ts';
import { assertSchemaAllows, assertSchemaKnown } from './rollback-schema.ts';
import { type RollbackTime, rollbackTime } from './rollback-time.ts';
import { observeRunning } from './running.ts';
import { settleUnfinished } from './settle.ts';
import type { Envelope } from './signed-statement.ts';
import { unknownMigrationsSince } from './standing.ts';
import type { Observed, Plan } from './target.ts';
import { describeRunning, differencesFromTruth } from './truth.ts';

export interface RollbackOptions {
  /** Version to roll back to; absent: the last good release before the one that runs. */
  readonly to?: string;
  /** Already approved: nobody is asked. */
  readonly yes: boolean;
  /** Shows what would change, and ends. */
  readonly dryRun: boolean;
  /** Why; kept with the hold. */
  readonly reason?: string;
  /** Rolls back although the environment is frozen. */
  readonly evenFrozen?: boolean;
  /** Rolls back although nobody has said whether the release fits the schema. */
  readonly acceptUnknownMigrations?: boolean;
  /** Follows the deployment strategy of the settings, bake times and all. */
  readonly gradual?: boolean;
  /** Shows what will change, before anybody is asked. */
  readonly present: (proposal: RollbackProposal) => Promise<void>;
}

export interface RollbackProposal {
  readonly environment: string;
  readonly url: string;
  /** What runs, in words. */
  readonly running: string;
  /** What runs, if that is one release of the ledger. */
  readonly before: Release | undefined;
  readonly release: Release;
  readonly difference: ReleaseDifference;
  readonly changes: readonly string[];
  /** Desired counts, which do not change: `api 2`. */
  readonly desired: readonly string[];
  /** How soon the release serves; absent: it does, or its settings cannot be read. */
  readonly time: RollbackTime | undefined;
  /** Whether all tasks run the release already. */
  readonly serving: boolean;
  readonly observed: Observed;
  /** The release that is left and put on hold; `undefined` if no other release of the ledger runs. */
  readonly hold: Hold | undefined;
  readonly accepted: Accepted;
  /** Of the release, from where it was built. */
  readonly signature?: Envelope | undefined;
  readonly plan: Plan;
}

export interface RollbackResult {
  readonly environment: string;
  readonly url: string;
  readonly release: Release;
  readonly before: Release | undefined;
  /** Version that was put on hold. */
  readonly held: string | undefined;
  readonly changed: boolean;
  /** Why it is not known whether the release serves; absent: it was verified. */
  readonly unverified?: string;
  readonly dryRun: boolean;
  readonly seconds: number;
}

/**
 * Deploys an earlier release again: the same image by digest, through the same engine as `up`, with the current settings.
 * Nothing is built and no migration is undone: migrations only go forward, so a release whose code a `contract`
 * migration has removed something from is refused, with the migration's name.
 *
 * An interruption does not undo it: it is itself the way out, and running it again finishes it.
 */
export async function rollback(flow: Flow, environment: string, options: RollbackOptions): Promise<RollbackResult> {
  const startedAt = flow.clock.now();
  flow.progress.step('Check the prerequisites');
  await assertPrerequisites(flow.target, environment, 'rollback');

  // A person may take long to answer and must not lock others out meanwhile: ask first, then lock and check again.
  const asked = options.dryRun || !options.yes ? await ask(flow, environment, options) : undefined;
  if (options.dryRun && asked !== undefined) {
    return { ...resultOf(asked, false, true), seconds: secondsSince(flow.clock, startedAt) };
  }
  return await withLock(flow.target, environment, 'rollback', async () => {
    const earlier = await flow.target.ledger(environment).list();
    await settleUnfinished(flow, environment);
    const wish = { ask: false, ...(asked === undefined ? to(options) : { to: asked.release.version }) };
    const proposal = await propose(flow, environment, earlier, wish, options);
    if (asked === undefined) await options.present(proposal);
    else assertSame(asked, proposal);
    assertNotInterrupted(flow.signal);
    const changed = proposal.changes.length > 0 || !proposal.serving;
    if (changed) await carryOut(flow, proposal, options);
    else await confirm(flow, 'rollback', proposal.plan, proposal.observed, earlier);
    const unverified = (await isInMaintenance(flow.target, environment)) ? { unverified: 'maintenance is on' } : {};
    return { ...resultOf(proposal, changed, false), ...unverified, seconds: secondsSince(flow.clock, startedAt) };
  });
}

async function ask(flow: Flow, environment: string, options: RollbackOptions): Promise<RollbackProposal> {
  const entries = await flow.target.ledger(environment).list();
  const proposal = await propose(flow, environment, entries, { ask: !options.yes, ...to(options) }, options);
  await options.present(proposal);
  if (options.dryRun) return proposal;
  await assertApproved(flow, `Roll ${environment} back to ${proposal.release.version}?`);
  return proposal;
}

/** @param entries the ledger with unfinished attempts: they tell whether a killed command has to be undone */
async function propose(
  flow: Flow,
  environment: string,
  entries: readonly LedgerEntry[],
  wish: Wish,
  { reason, evenFrozen, acceptUnknownMigrations, gradual }: RollbackOptions,
): Promise<RollbackProposal> {
  const frozen = await assertRollbackAllowed(flow.target, environment, evenFrozen === true);
  flow.progress.step(`Find the release to roll ${environment} back to`);
  const running = await observeRunning(flow, environment, entries);
  if (running.observed === undefined) {
    throw nothingRuns(flow.target, environment, 'to roll back');
  }
  const release = await chooseRelease(flow, environment, running, entries, wish);
  assertSigned(flow.signing ?? {}, environment, entries, release);
  await flow.target.assertRestorable(environment, release);
  const plan = await pinnedPlan(flow.target, environment, release, { skipBakes: gradual !== true });
  assertNothingLost(
    plan,
    [],
    'Roll the release back with the current settings (omit --stack), or revert the change of settings first.',
  );
  if (plan.changes.length > 0) assertSchemaAllows(flow.target.kind, environment, entries, release);
  const unknown = plan.changes.length > 0 ? unknownMigrationsSince(entries, release) : [];
  if (acceptUnknownMigrations !== true) assertSchemaKnown(environment, release, unknown);
  const time = plan.changes.length > 0 ? await rollbackTime(flow.target, environment, entries, { gradual }) : undefined;
  return {
    environment,
    time,
    signature: signatureOf(entries, release),
    url: running.observed.url,
    running: describeRunning(running.observed, entries),
    before: running.release,
    release,
    difference: compareReleases(running.release, release),
    changes: plan.changes,
    desired: running.observed.services.map(({ name, desired }) => `${name} ${desired}`),
    observed: running.observed,
    serving: differencesFromTruth(running.observed, release).length === 0,
    hold: holdOnLeft(running, entries, release, reason ?? `rolled back to ${release.version}`),
    accepted: { frozen, ...(unknown.length === 0 ? {} : { unknownMigrations: unknown.map(({ name }) => name) }) },
    plan,
  };
}

function assertSame(approved: RollbackProposal, now: RollbackProposal): void {
  if (approved.running === now.running && approved.changes.join('\n') === now.changes.join('\n')) return;
  throw new Refusal({
    code: 'CHANGED_MEANWHILE',
    message: `${now.environment} changed between the question and the answer: ${now.running} runs now.`,
    remedy: 'Run the command again and review what it proposes.',
  });
}

async function carryOut(flow: Flow, proposal: RollbackProposal, { gradual }: RollbackOptions): Promise<void> {
  const { environment, plan, before, hold, accepted, signature } = proposal;
  const attempt = await openAttempt(flow, 'rollback', plan, { hold, accepted, signature });
  const deployment = await deploy(flow, plan, flow.signal, gradual === true ? 'rollout' : 'rollback');
  if (deployment.outcome === 'failed' && deployment.error instanceof UserError) {
    const entries = await flow.target.ledger(environment).list();
    const state = stateAfterFailure(await flow.target.observe(environment), before, entries);
    const error = isInterruption(deployment.error)
      ? interrupted(state, `Run the same command again to finish the rollback to ${plan.release.version}.`)
      : withState(deployment.error, state);
    await attempt.settle(endingOf(deployment, error.message));
    throw error;
  }
  await attempt.settle(endingOf(deployment));
  if (deployment.outcome !== 'good' && unverifiedBy(deployment) === undefined) throw deployment.error;
}

function to({ to }: RollbackOptions): { readonly to?: string } {
  return to === undefined ? {} : { to };
}

function resultOf(
  { environment, url, release, before, hold }: RollbackProposal,
  changed: boolean,
  dryRun: boolean,
): Omit<RollbackResult, 'seconds'> {
  return { environment, url, release, before, held: changed ? hold?.version : undefined, changed, dryRun };
}
