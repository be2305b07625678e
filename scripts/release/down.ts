import { assertApproved } from './approval.ts';
import { secondsSince } from './clock.ts';
import type { Flow } from './flow.ts';
import { assertNotFrozen } from './freeze.ts';
import { assertNotInterrupted } from './interruption.ts';
import { withLock } from './lock.ts';

export interface DownResult {
  readonly environment: string;
  /** False when nothing of the environment existed. */
  readonly changed: boolean;
  readonly seconds: number;
}

/** Removes everything that `up` created. On AWS it is approved first: there, data is lost for good. */
export async function down(flow: Flow, environment: string, { yes }: { readonly yes: boolean }): Promise<DownResult> {
  const startedAt = flow.clock.now();
  await assertNotFrozen(flow.target, environment);
  if (flow.target.kind === 'aws' && !yes) {
    await assertApproved(flow, `Destroy ${environment} on AWS with all its data?`);
  }
  const changed = await withLock(flow.target, environment, 'down', async () => {
    assertNotInterrupted(flow.signal);
    await assertNotFrozen(flow.target, environment);
    // An `up` that failed before anything ran has left its database, and an entry in the ledger.
    const entries = await flow.target.ledger(environment).list();
    const existed = entries.length > 0 || (await flow.target.observe(environment)) !== undefined;
    await flow.target.down(environment, flow.progress);
    return existed;
  });
  return { environment, changed, seconds: secondsSince(flow.clock, startedAt) };
}
