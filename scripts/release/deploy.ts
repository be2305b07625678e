import type { Release } from '../../infra/release/release.ts';
import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import type { Ending } from './attempt.ts';
import type { Flow } from './flow.ts';
import { interrupted } from './interruption.ts';
import type { LedgerEntry, Timings, Verification } from './ledger.ts';
import { isLockLost } from './lock.ts';
import { isInMaintenance, keepMaintenance, unverifiedInMaintenance } from './maintenance.ts';
import type { Applied, Observed, Plan } from './target.ts';
import { measuredPhases, sayTimings } from './timings.ts';
import { assertTruth, describeRunning, differencesFromTruth } from './truth.ts';
import { failuresOf, linesOf, verify } from './verify.ts';

/** How a deployment ended. */
export type Deployment =
  | {
      readonly outcome: 'good';
      readonly applied: Applied;
      readonly verification: Verification;
      readonly timings?: Timings;
    }
  | {
      readonly outcome: 'unverified';
      readonly applied: Applied;
      readonly verification?: Verification;
      readonly error: UserError;
      readonly timings?: Timings;
      /** It could not be verified, because maintenance is on: it is as it was requested, as far as that can be known. */
      readonly inMaintenance?: true;
    }
  | { readonly outcome: 'failed'; readonly error: unknown; readonly release: Release; readonly built?: false };

/**
 * Applies a plan, asks the platform what really runs, and verifies it. Writes nothing to the ledger.
 * @param kind of which of the two its times are compared with the prediction
 */
export async function deploy(
  flow: Flow,
  plan: Plan,
  signal: AbortSignal,
  kind: 'rollout' | 'rollback' = 'rollout',
): Promise<Deployment> {
  const startedAt = flow.clock.now();
  let applied: Applied;
  try {
    applied = await flow.target.apply(plan, flow.progress, signal);
    if (signal.aborted) throw interrupted('');
    await keepMaintenance(flow, plan.environment);
    // What was requested counts, not what the target says it applied.
    const release = plan.build ? applied.release : plan.release;
    flow.progress.step(`Compare what runs with ${release.version}`);
    const observed = await assertTruth(flow, plan.environment, release, signal);
    for (const service of observed.services) {
      flow.progress.detail(
        `${service.name}: ${service.tasks.length} of ${service.desired} tasks run it and are healthy`,
      );
    }
  } catch (error) {
    flow.progress.fail?.();
    if (isLockLost(error)) throw error;
    return await failed(flow, plan, signal.aborted ? interrupted('') : error);
  }
  const deployment = await verifyApplied(flow, plan.environment, applied, signal);
  // Afterwards, when old tasks have had the time to end.
  if (deployment.outcome === 'failed') return deployment;
  const timings = await timingsOf(flow, plan, kind, startedAt);
  return timings === undefined ? deployment : { ...deployment, timings };
}

/** A release that serves does not fail because nobody knows how long it took. */
async function timingsOf(
  { target, progress }: Flow,
  { environment }: Plan,
  kind: 'rollout' | 'rollback',
  since: number,
): Promise<Timings | undefined> {
  try {
    const times = await target.times(environment, since);
    if (times === undefined) return undefined;
    const measured = measuredPhases(await target.ledger(environment).list());
    const { phases: predicted } = (await target.timelines(environment, measured))[kind];
    const { spans, load } = times;
    const timings = { predicted, measured: spans, ...(load === undefined ? {} : { load }) };
    progress.detail(`took ${sayTimings(timings)}`);
    return timings;
  } catch (error) {
    progress.detail(`how long its phases took is not known: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Verifies what runs, and reports each check as it ends. */
export async function verifyApplied(
  flow: Flow,
  environment: string,
  applied: Applied,
  signal: AbortSignal,
): Promise<Deployment> {
  const { version } = applied.release;
  if (await isInMaintenance(flow.target, environment)) {
    flow.progress.detail('not verified: maintenance is on');
    const error = unverifiedInMaintenance(flow.target.kind, environment, version);
    return { outcome: 'unverified', applied, error, inMaintenance: true };
  }
  flow.progress.step(`Verify ${version} at ${applied.url}`);
  let verification: Verification;
  try {
    verification = await verify(flow, applied.url, applied.release, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    const remedy = `\`${stackCommand(flow.target.kind, 'verify', environment)}\` finishes it.`;
    return { outcome: 'unverified', applied, error: interrupted(`${version} runs, but was not verified.`, remedy) };
  }
  for (const line of linesOf(verification)) flow.progress.detail(line);
  if (verification.passed) return { outcome: 'good', applied, verification };
  flow.progress.fail?.();
  const error = new UserError({
    code: 'VERIFICATION_FAILED',
    message: `${version} runs on ${environment} but failed its verification: ${failuresOf(verification).join('; ')}.`,
    remedy: `\`${stackCommand(flow.target.kind, 'rollback', environment)}\` rolls back to the previous release.`,
  });
  return { outcome: 'unverified', applied, verification, error };
}

/**
 * Whether the image was built decides which migrations can have run, so the platform is asked once more: if a new plan
 * would not build again, it has the release.
 */
async function failed(flow: Flow, plan: Plan, error: unknown): Promise<Deployment> {
  const explained = await explain(flow, plan.environment, error);
  if (!plan.build) return { outcome: 'failed', error: explained, release: plan.release };
  const after = await flow.target.plan(plan.environment).catch(() => undefined);
  const same = after?.release.version === plan.release.version;
  if (!same) return { outcome: 'failed', error: explained, release: plan.release };
  if (after.build) return { outcome: 'failed', error: explained, release: plan.release, built: false };
  return { outcome: 'failed', error: explained, release: after.release };
}

/** Adds the platform's evidence to an error that has none. */
async function explain(flow: Flow, environment: string, error: unknown): Promise<unknown> {
  if (!(error instanceof UserError) || error.details !== undefined || flow.signal.aborted) return error;
  const details = await flow.target.explain(environment);
  return details === '' ? error : withState(error, '', details);
}

/** The same error, with a sentence on what the platform runs now. */
export function withState(error: UserError, state: string, details = error.details): UserError {
  return new UserError({
    code: error.code,
    message: state === '' ? error.message : `${asSentence(error.message)} ${state}`,
    ...(error.rule === undefined ? {} : { rule: error.rule }),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    ...(details === undefined ? {} : { details }),
    cause: error,
  });
}

/** What a tool says ends without a full stop. */
function asSentence(text: string): string {
  const trimmed = text.trimEnd();
  return /[.!?:…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** What runs after a failed attempt, in one sentence. */
export function stateAfterFailure(
  observed: Observed | undefined,
  before: Release | undefined,
  entries: readonly LedgerEntry[],
): string {
  if (before !== undefined && differencesFromTruth(observed, before).length === 0) {
    return `${before.version} keeps serving.`;
  }
  return `What runs now: ${describeRunning(observed, entries)}.`;
}

/** Why what runs was not verified, where that is no failure; `undefined`: it was verified. */
export function unverifiedBy(deployment: Deployment): string | undefined {
  return deployment.outcome === 'unverified' && deployment.inMaintenance === true ? 'maintenance is on' : undefined;
}

/** What the ledger keeps of a deployment. Of an error it keeps the message, never the evidence: logs may contain anything. */
export function endingOf(deployment: Deployment, reason?: string): Ending {
  if (deployment.outcome === 'failed') {
    const { error, release, built } = deployment;
    const ending = { outcome: 'failed', release, revision: '', reason: reason ?? reasonOf(error) } as const;
    return built === undefined ? ending : { ...ending, built };
  }
  const { outcome, applied, verification, timings } = deployment;
  return {
    ...(timings === undefined ? {} : { timings }),
    outcome,
    release: applied.release,
    revision: applied.revision,
    ...(verification === undefined ? {} : { verification }),
    ...(deployment.outcome === 'good' ? {} : { reason: reason ?? whyUnverified(deployment) }),
  };
}

function whyUnverified({ verification, error, inMaintenance }: Extract<Deployment, { outcome: 'unverified' }>): string {
  if (inMaintenance === true) return 'maintenance is on';
  return verification === undefined ? error.message : failuresOf(verification).join('; ');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
