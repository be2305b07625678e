import type { Release } from '../../../infra/release/release.ts';
import { UserError } from '../../messages/user-error.ts';
import type { LedgerEntry } from '../../release/ledger.ts';
import { goodReleases } from '../../release/standing.ts';
import type { Progress, Target } from '../../release/target.ts';
import { NotChecked } from '../report.ts';

/** The last good release of the environment that is another one than what is tested. */
export function earlierRelease(entries: readonly LedgerEntry[], tested: Release): Release | undefined {
  return goodReleases(entries).findLast(({ release }) => release.digest !== tested.digest)?.release;
}

/**
 * Deploys the earlier release over the tested one, as a rollback does: its release command has to end with 0 on the newer
 * schema, and its processes have to get ready on it.
 */
export async function runsOnNewerSchema(
  target: Target,
  {
    environment,
    tested,
    earlier,
  }: { readonly environment: string; readonly tested: Release; readonly earlier?: Release },
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  if (earlier === undefined) throw new NotChecked('this machine knows no earlier good release of the environment');
  const known = new Set(earlier.migrations.map(({ name }) => name));
  const forbidding = tested.migrations.find(({ name, kind }) => kind === 'contract' && !known.has(name));
  if (forbidding !== undefined)
    throw new NotChecked(
      `the contract migration ${forbidding.name} is between ${earlier.version} and this one: no rollback crosses it`,
    );
  await target.assertRestorable(environment, earlier).catch((error: unknown) => {
    throw new NotChecked(error instanceof Error ? error.message : String(error));
  });
  const plan = await target.plan(environment, earlier);
  try {
    await target.apply(plan, progress, signal);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new Error([error.message, error.details ?? ''].filter((text) => text !== '').join('\n'));
  }
  return `${earlier.version} ran its release command and got ready`;
}
