import type { Release } from '../../infra/release/release.ts';
import { secondsSince } from './clock.ts';
import type { Flow } from './flow.ts';
import type { Accepted, Hold, LedgerAction, LedgerEntry, LedgerOutcome, Timings, Verification } from './ledger.ts';
import { signRelease } from './release-signature.ts';
import type { Envelope } from './signed-statement.ts';
import { attempts } from './standing.ts';
import type { Plan } from './target.ts';
import { completed } from './timings.ts';

export interface Ending {
  readonly outcome: Exclude<LedgerOutcome, 'started'>;
  readonly release: Release;
  readonly revision: string;
  readonly verification?: Verification;
  readonly reason?: string;
  readonly built?: false;
  readonly hold?: Hold;
  readonly timings?: Timings;
}

/** Facts of an attempt that are known when it starts. */
export interface AttemptFacts {
  readonly hold?: Hold | undefined;
  readonly accepted?: Accepted | undefined;
  /** Of the release, from where it was built. */
  readonly signature?: Envelope | undefined;
}

/** An attempt in the ledger that has not ended yet. */
export interface OpenAttempt {
  readonly release: Release;
  settle(ending: Ending): Promise<void>;
}

/**
 * Records that an attempt starts, before it changes anything: a killed command leaves this entry, and the next command
 * on the environment settles it.
 */
export async function openAttempt(
  flow: Flow,
  action: LedgerAction,
  plan: Plan,
  facts: AttemptFacts = {},
): Promise<OpenAttempt> {
  const { clock } = flow;
  const startedAt = clock.now();
  const ledger = flow.target.ledger(plan.environment);
  const entry = (ending: Omit<Ending, 'outcome'> & Pick<LedgerEntry, 'outcome'>): LedgerEntry => ({
    attempt,
    environment: plan.environment,
    action,
    settingsHash: plan.settingsHash,
    programCommit: plan.programCommit,
    by: flow.by,
    at: new Date(clock.now()).toISOString(),
    seconds: secondsSince(clock, startedAt),
    ...recorded(facts),
    ...ending,
  });
  await completeTimings(flow, plan.environment);
  const attempt = flow.newAttemptId();
  await ledger.append(entry({ outcome: 'started', release: plan.release, revision: '' }));
  return {
    release: plan.release,
    settle: async (ending) => {
      const ended = signed(flow, entry(ending));
      await ledger.append(ended);
      await flow.announce?.(ended);
    },
  };
}

/**
 * Old tasks often end after the command that replaced them. The next one, which is about to replace their successors, asks
 * the platform once more, and adds what it says to the attempt before.
 */
async function completeTimings({ target }: Flow, environment: string): Promise<void> {
  const ledger = target.ledger(environment);
  const last = attempts(await ledger.list()).at(-1);
  const { timings } = last?.entry ?? {};
  if (last === undefined || timings === undefined) return;
  // Of times nothing depends: what cannot be read stays as it was.
  const times = await target.times(environment, Date.parse(last.startedAt)).catch(() => undefined);
  const whole = completed(timings, times);
  if (whole !== undefined) await ledger.append({ ...last.entry, timings: whole });
}

/** What `up` has built and verified is signed, where it has a key. */
function signed({ signing, by }: Flow, entry: LedgerEntry): LedgerEntry {
  if (signing?.sign === undefined || entry.action !== 'up' || entry.outcome !== 'good') return entry;
  return { ...entry, signature: signRelease(signing.sign, entry.release, by, entry.at) };
}

/** Without unset keys: entries are stored and compared as JSON. */
function recorded({ hold, accepted, signature }: AttemptFacts): Pick<LedgerEntry, 'hold' | 'accepted' | 'signature'> {
  const set = Object.entries(accepted ?? {}).filter(([, value]) => value !== undefined && value.length > 0);
  return {
    ...(hold === undefined ? {} : { hold }),
    ...(signature === undefined ? {} : { signature }),
    ...(set.length === 0 ? {} : { accepted: Object.fromEntries(set) }),
  };
}
