import type { Release } from '../../infra/release/release.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import { Refusal } from '../messages/user-error.ts';
import type { LedgerEntry } from './ledger.ts';
import { standing } from './standing.ts';
import type { Plan, PlanOptions, Target } from './target.ts';

/** Where a pin may come from. The last two are read only when they decide. */
export interface PinSources {
  /** What `promote` or `rollback` asks for. */
  readonly asked: Release | undefined;
  readonly settings: () => Pick<Settings['release'], 'pinned' | 'source'>;
  /** What was last promoted to the environment or rolled back to, as its platform keeps it. */
  readonly promoted: () => Release | undefined | Promise<Release | undefined>;
}

/**
 * The release that an environment runs instead of one built from the work tree; `undefined`: it builds its own.
 * What a command asks for comes first, then the setting `release`. With `releaseSource: promoted` the last promotion or
 * rollback stands until the next one, so that an `up` in between changes the infrastructure only.
 */
export async function pinnedRelease({ asked, settings, promoted }: PinSources): Promise<Release | undefined> {
  if (asked !== undefined) return asked;
  const { pinned, source } = settings();
  if (pinned !== undefined) return pinned;
  return source === 'promoted' ? await promoted() : undefined;
}

/** The release last promoted to an environment or rolled back to, by its ledger; entries come oldest first. */
export function promotedRelease(entries: readonly LedgerEntry[]): Release | undefined {
  const release = standing(entries)?.release;
  const brought = entries.some(
    ({ action, release: { digest } }) => action !== 'up' && action !== 'verify' && digest === release?.digest,
  );
  return brought ? release : undefined;
}

/** The plan that runs exactly this release. Rejects if the platform would build again or run another image. */
export async function pinnedPlan(
  target: Target,
  environment: string,
  release: Release,
  options: PlanOptions = {},
): Promise<Plan> {
  const plan = await target.plan(environment, release, options);
  if (!plan.build && plan.release.digest === release.digest) return plan;
  throw new Refusal({
    code: 'RELEASE_NOT_PINNED',
    message: `${environment} would ${plan.build ? 'build' : 'run another image as'} ${plan.release.version} instead of running the image of ${release.version}.`,
    rule: 'A release is built once: promotion and rollback run the same digest.',
    remedy: 'If its image is gone, choose another release.',
  });
}
