import type { Flow } from './flow.ts';
import type { ExpiryEntry } from './ledger.ts';
import type { Target } from './target.ts';

/** When an environment expires, as its ledger says; `undefined`: it was not made to. */
export async function readExpiry(target: Target, environment: string): Promise<ExpiryEntry | undefined> {
  return (await target.ledger(environment).expiries()).at(-1);
}

/**
 * Records that an environment expires, and when. Before the first resource of it exists: what is there without such an
 * entry is never pruned.
 *
 * @param expires ISO 8601, UTC
 */
export async function recordExpiry(
  { target, clock, by }: Pick<Flow, 'target' | 'clock' | 'by'>,
  environment: string,
  { expires, from }: Pick<ExpiryEntry, 'expires' | 'from'>,
): Promise<void> {
  const last = await readExpiry(target, environment);
  if (last?.expires === expires && last.from === from) return;
  const at = new Date(clock.now()).toISOString();
  await target.ledger(environment).appendExpiry({ environment, expires, from, by, at });
}
