import { assertApproved } from './approval.ts';
import { secondsSince } from './clock.ts';
import { exists } from './existing.ts';
import type { Flow } from './flow.ts';
import { assertNotFrozen } from './freeze.ts';
import { assertNotInterrupted } from './interruption.ts';
import { withLock } from './lock.ts';

export interface DownResult {
  readonly environment: string;
  /** False if nothing of the environment existed. */
  readonly changed: boolean;
  readonly seconds: number;
}

/** Removes everything that `up` created. On AWS it needs an approval: the data is lost for good. */
export async function down(flow: Flow, environment: string, { yes }: { readonly yes: boolean }): Promise<DownResult> {
  const startedAt = flow.clock.now();
  await assertNotFrozen(flow.target, environment);
  if (flow.target.kind === 'aws' && !yes) {
    await assertApproved(flow, `Destroy ${environment} on AWS with all its data?`);
  }
  const changed = await withLock(flow.target, environment, 'down', async () => {
    assertNotInterrupted(flow.signal);
    await assertNotFrozen(flow.target, environment);
    const existed = await exists(flow.target, environment);
    await flow.target.down(environment, flow.progress);
    return existed;
  });
  return { environment, changed, seconds: secondsSince(flow.clock, startedAt) };
}
