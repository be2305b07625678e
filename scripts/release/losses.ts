import { Refusal } from '../messages/user-error.ts';
import type { Plan } from './target.ts';

/**
 * Refuses a plan after which data would be gone. A backup may bring some of it back, a rollback brings none: what holds
 * data is not part of a release.
 *
 * @param remedy what to do instead
 */
export function assertNothingLost({ environment, losses }: Plan, remedy: string): void {
  if (losses.length === 0) return;
  throw new Refusal({
    code: 'DATA_WOULD_BE_LOST',
    message: `${environment} would lose data: ${losses.length === 1 ? 'one change replaces or deletes' : `${losses.length} changes replace or delete`} what holds it. Nothing was changed.`,
    rule: 'A release changes what runs; it never takes away what holds data.',
    remedy,
    details: losses.join('\n'),
  });
}
