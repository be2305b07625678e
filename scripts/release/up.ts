import type { Release } from '../../infra/release/release.ts';
import { shortCommit } from '../messages/commit.ts';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import { openAttempt } from './attempt.ts';
import { secondsSince } from './clock.ts';
import { confirm } from './confirm.ts';
import { type Deployment, deploy, endingOf, stateAfterFailure, unverifiedBy, withState } from './deploy.ts';
import type { Flow } from './flow.ts';
import { assertNotFrozen } from './freeze.ts';
import { assertNotHeld } from './holds.ts';
import { assertNotInterrupted, interrupted, isInterruption } from './interruption.ts';
import type { Known } from './known.ts';
import type { Accepted, LedgerEntry } from './ledger.ts';
import { withLock } from './lock.ts';
import { assertNothingLost, remedyForLoss } from './losses.ts';
import { isInMaintenance } from './maintenance.ts';
import { assertMigrationsPresent } from './missing-migrations.ts';
import { assertPrerequisites } from './prerequisites.ts';
import { restore } from './restore.ts';
import { assertReversible, isAnother, type Outlook, outlookAfter, sayOutlook } from './rollback-outlook.ts';
import { observeRunning, type Running } from './running.ts';
import { settleUnfinished } from './settle.ts';
import { contractMigrationsBrought, unknownMigrationsBrought } from './standing.ts';
import type { Plan } from './target.ts';
import { assertTruth } from './truth.ts';

export interface UpOptions {
  /** Logical names of the resources that may lose their data; `migrations`: the release may have none any more. */
  readonly acceptLoss: readonly string[];
  /** Why a release may be deployed that is on hold here. */
  readonly acceptRolledBack?: string;
  /** Logical names of resources that exist and belong to the environment, to take into its stack. */
  readonly adopt?: readonly string[];
  /** Why a release may be deployed after which there is no rollback. */
  readonly oneWay?: string;
  /** What was built elsewhere, instead of a build of the work tree. */
  readonly image?: Release;
}

export interface UpResult {
  readonly environment: string;
  readonly url: string;
  readonly release: Release;
  /** Whether anything changed on the platform. */
  readonly changed: boolean;
  /** Why it is not known whether the release serves; absent: it was verified. */
  readonly unverified?: string;
  /** Whether the release before it can be restored; absent where no other release was brought. */
  readonly rollback?: Known<Outlook>;
  /** What the user should know about this environment now. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

/**
 * Makes an environment what its settings and the app's source say: build, migrate, roll out, compare with what runs,
 * verify, record. If it already is, nothing changes.
 */
export async function up(
  flow: Flow,
  environment: string,
  { acceptLoss, acceptRolledBack, adopt = [], oneWay, image }: UpOptions = { acceptLoss: [] },
): Promise<UpResult> {
  const startedAt = flow.clock.now();
  flow.progress.step('Check the prerequisites');
  await assertPrerequisites(flow.target, environment, 'up');
  await assertNotFrozen(flow.target, environment);
  return await withLock(flow.target, environment, 'up', async () => {
    flow.progress.step(`Compare ${environment} with its settings`);
    const plan = await flow.target.plan(environment, image, { adopt });
    const entries = await flow.target.ledger(environment).list();
    const command = stackCommand(flow.target.kind, 'up', environment);
    const losses = assertMigrationsPresent(environment, plan.release, entries, acceptLoss, command);
    assertNothingLost(plan, losses, remedyForLoss(flow.target, plan));
    const settled = await settleUnfinished(flow, environment, plan);
    assertNotHeld(environment, plan.release, settled, acceptRolledBack);
    assertNotInterrupted(flow.signal);
    const result =
      plan.changes.length === 0
        ? await unchanged(flow, plan, entries)
        : await change(flow, plan, settled, { rolledBack: acceptRolledBack, losses: acceptLoss, oneWay });
    return { ...result, seconds: secondsSince(flow.clock, startedAt) };
  });
}

type Outcome = Omit<UpResult, 'seconds'>;

/** Nothing to change: still checks what runs, and finishes what an earlier command left unverified. */
async function unchanged(flow: Flow, plan: Plan, entries: readonly LedgerEntry[]): Promise<Outcome> {
  const { environment, release } = plan;
  const observed = await assertTruth(flow, environment, release, flow.signal).catch((error: unknown) => {
    throw flow.signal.aborted ? interrupted('Nothing was changed.') : error;
  });
  const finished = await confirm(flow, 'up', plan, observed, entries);
  const unverified = (await isInMaintenance(flow.target, environment)) ? { unverified: 'maintenance is on' } : {};
  const notes =
    finished && !('unverified' in unverified)
      ? [`${release.version} was already running; it is now recorded as verified, from ${shortCommit(release.commit)}.`]
      : [];
  return { environment, url: observed.url, release, changed: false, ...unverified, notes };
}

async function change(flow: Flow, plan: Plan, entries: readonly LedgerEntry[], accepted: Accepted): Promise<Outcome> {
  const { environment } = plan;
  const running = await observeRunning(flow, environment, entries);
  const rollback = await lookBack(flow, plan, running, entries, accepted.oneWay);
  assertNotInterrupted(flow.signal);
  const attempt = await openAttempt(flow, 'up', plan, { accepted });
  const deployment = await deploy(flow, plan, flow.signal);
  if (deployment.outcome === 'failed') {
    const error = await undo(flow, environment, deployment, running, entries);
    await attempt.settle(endingOf({ ...deployment, error }));
    throw error;
  }
  await attempt.settle(endingOf(deployment));
  const unverified = unverifiedBy(deployment);
  if (deployment.outcome === 'unverified' && unverified === undefined) throw deployment.error;
  const { applied } = deployment;
  return {
    environment,
    url: applied.url,
    release: applied.release,
    changed: true,
    ...(unverified === undefined ? {} : { unverified }),
    ...(rollback === undefined ? {} : { rollback }),
    notes: [...notesOn(running, entries, applied.release), ...(applied.notes ?? [])],
  };
}

/** Says what can be rolled back to afterwards, and refuses what nobody wants by accident. Nothing has changed yet. */
async function lookBack(
  { target, progress }: Flow,
  { environment, release }: Plan,
  running: Running,
  entries: readonly LedgerEntry[],
  oneWay: string | undefined,
): Promise<Known<Outlook> | undefined> {
  const outlook = isAnother(release, running, entries)
    ? await outlookAfter(target, environment, entries, release)
    : undefined;
  assertReversible(environment, release, outlook, oneWay);
  // Of an environment that comes into being, nobody asks.
  if (outlook === undefined || running.observed === undefined) return undefined;
  progress.detail(`rollback afterwards: ${sayOutlook(outlook)}`);
  return outlook;
}

/** An interrupted rollout is rolled back; one that failed is left to the platform, which rolls back by itself. */
async function undo(
  flow: Flow,
  environment: string,
  { error }: Extract<Deployment, { outcome: 'failed' }>,
  { before }: Running,
  entries: readonly LedgerEntry[],
): Promise<unknown> {
  if (!(error instanceof UserError)) return error;
  if (isInterruption(error) && before !== undefined) {
    const restoration = await restore(flow, environment, before);
    const again = `\`${stackCommand(flow.target.kind, 'up', environment)}\` starts again.`;
    if (restoration.outcome === 'untouched') return interrupted(`${before.version} never stopped serving.`, again);
    if (restoration.outcome === 'restored') return interrupted(`${before.version} serves again, verified.`, again);
    return interrupted(
      `${environment} could not be rolled back to ${before.version}: ${restoration.reason.replace(/\.$/, '')}.`,
      again,
    );
  }
  const observed = await flow.target.observe(environment);
  return withState(error, stateAfterFailure(observed, before, entries));
}

function notesOn({ before }: Running, entries: readonly LedgerEntry[], release: Release): string[] {
  if (before === undefined) return [];
  return [
    ...contractMigrationsBrought(entries, release).map(
      ({ name }) =>
        `The contract migration ${name} has run: a rollback to ${before.version} or older is no longer possible.`,
    ),
    ...unknownMigrationsBrought(entries, release).map(
      ({ name }) => `${name}: whether a rollback to ${before.version} or older still works is unknown.`,
    ),
  ];
}
