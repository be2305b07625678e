import type { Flow } from './flow.ts';
import type { LedgerEntry } from './ledger.ts';
import { unfinished } from './standing.ts';
import type { Plan } from './target.ts';
import { describeRunning, differencesFromTruth } from './truth.ts';

/**
 * Settles what an earlier, killed command left open: asks the platform what runs, and records it.
 * Call it under the lock, which proves that the earlier command is not merely slow.
 * @param plan of the command that settles; it has the digest of a release that was not built when the attempt started
 * @returns the ledger afterwards
 */
export async function settleUnfinished(flow: Flow, environment: string, plan?: Plan): Promise<readonly LedgerEntry[]> {
  const ledger = flow.target.ledger(environment);
  const entries = await ledger.list();
  const open = unfinished(entries);
  if (open.length === 0) return entries;

  const observed = await flow.target.observe(environment);
  const runs = describeRunning(observed, entries);
  for (const { entry } of open) {
    const planned = plan !== undefined && !plan.build && plan.release.version === entry.release.version;
    const release = planned ? plan.release : entry.release;
    const serving = release.digest !== '' && differencesFromTruth(observed, release).length === 0;
    flow.progress.step(`Settle the last ${entry.action} of ${environment}, which did not finish`);
    flow.progress.detail(`${release.version}, started ${entry.at} by ${entry.by}; what runs now: ${runs}`);
    await ledger.append({
      ...entry,
      release,
      outcome: serving ? 'unverified' : 'failed',
      revision: serving ? (observed?.services[0]?.revision ?? '') : '',
      at: new Date(flow.clock.now()).toISOString(),
      reason: `the command was killed before it finished; what ran at that time: ${runs}`,
    });
  }
  return await ledger.list();
}
