import type { Release } from '../../../infra/release/release.ts';
import { type PromoteOptions, promote } from '../promote.ts';
import type { RollbackOptions } from '../rollback.ts';
import { up } from '../up.ts';
import { memoryFlow } from './memory-flow.ts';
import type { MemoryPlatform } from './memory-platform.ts';

export const promoteOptions: PromoteOptions = {
  from: 'staging',
  to: 'prod',
  yes: true,
  dryRun: false,
  acceptContract: [],
  settings: async () => ({}),
  present: async () => undefined,
};

export const rollbackOptions: RollbackOptions = { yes: true, dryRun: false, present: async () => undefined };

/** Deploys the release to staging and promotes it to prod. */
export async function releaseToProd(platform: MemoryPlatform, release: Release): Promise<void> {
  platform.source = release;
  await up(memoryFlow(platform), 'staging');
  await promote(memoryFlow(platform), promoteOptions);
}
