import { stackCommand } from '../messages/next-command.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import { secondsSince } from './clock.ts';
import type { Flow } from './flow.ts';
import { interrupted } from './interruption.ts';
import type { LedgerEntry, Verification } from './ledger.ts';
import { withLock } from './lock.ts';
import { assertNoMaintenance } from './maintenance.ts';
import { nothingRuns } from './nothing-runs.ts';
import { standing } from './standing.ts';
import type { Observed } from './target.ts';
import { describeRunning, differencesFromTruth } from './truth.ts';
import { linesOf, verify } from './verify.ts';

export interface VerifyResult {
  readonly environment: string;
  readonly url: string;
  readonly version: string;
  readonly verification: Verification;
  /** Whether the ledger entry of the release changed. */
  readonly recorded: boolean;
  readonly seconds: number;
}

/**
 * Verifies what runs against the requested version, or else the one that the ledger says runs.
 * A result that differs from the ledger is recorded, and decides whether the release can be promoted.
 */
export async function verifyRunning(
  flow: Flow,
  environment: string,
  version: string | undefined,
): Promise<VerifyResult> {
  const startedAt = flow.clock.now();
  await assertNoMaintenance(flow.target, environment);
  const entries = await flow.target.ledger(environment).list();
  const observed = await flow.target.observe(environment);
  if (observed === undefined) {
    throw nothingRuns(flow.target, environment, 'to verify');
  }
  const current = standing(entries);
  const known =
    entries.findLast(({ release }) => release.version === version) ?? (version === undefined ? current : undefined);
  const asked = version ?? current?.release.version;
  if (asked === undefined) {
    throw new Refusal({
      code: 'RELEASE_UNKNOWN',
      message: `The ledger of ${environment} has no running release.`,
      remedy: `\`${stackCommand(flow.target.kind, 'up', environment)}\` finishes what was started; --release VERSION verifies a version by name.`,
    });
  }
  const verification = await verifyAll(flow, observed, asked, known, entries);
  const recorded =
    current !== undefined && current === known && (await record(flow, environment, current, verification, startedAt));
  const seconds = secondsSince(flow.clock, startedAt);
  return { environment, url: observed.url, version: asked, verification, recorded, seconds };
}

async function verifyAll(
  flow: Flow,
  observed: Observed,
  version: string,
  known: LedgerEntry | undefined,
  entries: readonly LedgerEntry[],
): Promise<Verification> {
  flow.progress.step(`Verify ${version} at ${observed.url}`);
  const served = await verify(flow, observed.url, { version }, flow.signal).catch((error: unknown) => {
    throw flow.signal.aborted ? interrupted('Nothing was changed.') : error;
  });
  const checks = [...(known === undefined ? [] : [digestCheck(observed, known, entries)]), ...served.checks];
  const verification = { ...served, passed: checks.every(({ passed }) => passed), checks };
  for (const line of linesOf(verification)) flow.progress.detail(line);
  return verification;
}

function digestCheck(
  observed: Observed,
  { release }: LedgerEntry,
  entries: readonly LedgerEntry[],
): Verification['checks'][number] {
  const differences = differencesFromTruth(observed, release);
  return differences.length === 0
    ? { name: 'running tasks', passed: true, detail: describeRunning(observed, entries) }
    : { name: 'running tasks', passed: false, detail: differences.join('; ') };
}

async function record(
  flow: Flow,
  environment: string,
  current: LedgerEntry,
  verification: Verification,
  startedAt: number,
): Promise<boolean> {
  const outcome = verification.passed ? 'good' : 'unverified';
  if (current.outcome === outcome) return false;
  const { reason: _, ...facts } = current;
  try {
    await withLock(flow.target, environment, 'verify', async () => {
      await flow.target.ledger(environment).append({
        ...facts,
        attempt: flow.newAttemptId(),
        action: 'verify',
        outcome,
        by: flow.by,
        at: new Date(flow.clock.now()).toISOString(),
        seconds: secondsSince(flow.clock, startedAt),
        verification,
        ...(verification.passed ? {} : { reason: 'the verification failed' }),
      });
    });
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    flow.progress.detail(`Not recorded: ${error.message}`);
    return false;
  }
}
