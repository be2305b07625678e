import { userErrorOf } from '../messages/known-error.ts';
import { down } from './down.ts';
import { readExpiry } from './expiry.ts';
import type { Flow } from './flow.ts';
import { assertNotInterrupted } from './interruption.ts';
import { known } from './known.ts';
import type { Target } from './target.ts';

/** An environment that may have expired. */
export interface Candidate {
  readonly environment: string;
  /** What its stack file says; absent: it says nothing, or there is none on this machine. */
  readonly stackFile?: { readonly expires: string };
  /** Whether a stack file without `expires` exists. */
  readonly lasts: boolean;
}

/**
 * What became of it.
 * - `expired`: it would be removed, if this were not a dry run
 * - `removed`
 * - `kept`: it has not expired yet
 * - `unknown`: whether it has expired is not known, or two sources disagree: it is never removed
 * - `failed`: it was to be removed, and still is there, or part of it
 */
export interface Pruned {
  readonly environment: string;
  readonly outcome: 'expired' | 'removed' | 'kept' | 'unknown' | 'failed';
  /** ISO 8601, UTC; absent where it is unknown. */
  readonly expires?: string;
  readonly from?: string;
  /** Why it is unknown or failed. */
  readonly reason?: string;
}

export interface PruneOptions {
  readonly dryRun: boolean;
  /** What each environment is worked on with. */
  readonly open: (environment: string) => Promise<Flow>;
  /** After one was removed: what the project has of it. */
  readonly forget: (environment: string, target: Target) => Promise<void>;
}

/**
 * Removes environments whose time has come, one after the other: one that fails does not keep the others. Two sources have
 * to agree that an environment was made to expire: the ledger, with the stack file where there is one, and the platform.
 */
export async function prune(
  candidates: readonly Candidate[],
  { dryRun, open, forget }: PruneOptions,
): Promise<readonly Pruned[]> {
  const results: Pruned[] = [];
  for (const candidate of candidates) {
    const { environment } = candidate;
    try {
      const flow = await open(environment);
      assertNotInterrupted(flow.signal);
      const judged = await judge(flow, candidate);
      if (judged === undefined) continue;
      if (judged.outcome !== 'expired' || dryRun) results.push(judged);
      else {
        await down(flow, environment, { yes: true });
        await forget(environment, flow.target);
        results.push({ ...judged, outcome: 'removed' });
      }
    } catch (error) {
      const failure = userErrorOf(error);
      if (failure === undefined || failure.code === 'INTERRUPTED') throw error;
      results.push({ environment, outcome: 'failed', reason: failure.message });
    }
  }
  return results;
}

/** Whether an environment has expired; `undefined`: nothing of it exists anywhere. Nothing that cannot be read, or that is contradicted, counts as expired. */
export async function judge(
  { target, clock }: Pick<Flow, 'target' | 'clock'>,
  { environment, stackFile, lasts }: Candidate,
): Promise<Pruned | undefined> {
  const unknown = (reason: string): Pruned => ({ environment, outcome: 'unknown', reason });
  if (lasts) return unknown('its stack file has no expires: it lasts');
  const [entry, origin] = await Promise.all([
    known(() => readExpiry(target, environment)),
    known(() => target.origin(environment)),
  ]);
  if ('unknown' in entry) return unknown(`its ledger cannot be read: ${entry.unknown}`);
  if ('unknown' in origin) return unknown(`what the platform has of it cannot be read: ${origin.unknown}`);
  const nothing = entry.value === undefined && origin.value.state === 'absent' && stackFile === undefined;
  if (nothing) return undefined;
  if (entry.value === undefined) return unknown('its ledger does not say that it was made to expire');
  const { from } = entry.value;
  if (origin.value.state === 'lasting') return unknown(`${origin.value.what} does not say that it was made to expire`);
  if (origin.value.state === 'expiring' && origin.value.from !== from) {
    return unknown(
      `${origin.value.what} says that it was made from ${origin.value.from}, its ledger says from ${from}`,
    );
  }
  const ends = [entry.value.expires, ...(stackFile === undefined ? [] : [stackFile.expires])];
  const last = Math.max(...ends.map((text) => Date.parse(text)));
  if (Number.isNaN(last)) return unknown(`${ends.join(' and ')} is no time`);
  const expires = new Date(last).toISOString();
  return { environment, outcome: last <= clock.now() ? 'expired' : 'kept', expires, from };
}

/** The names that a prune looks at: what the project or the platform has, each once. */
export async function candidateNames(
  target: Pick<Target, 'expiringNames'>,
  ofProject: readonly string[],
): Promise<readonly string[]> {
  return [...new Set([...ofProject, ...(await target.expiringNames())])].toSorted();
}
