import { stackCommand } from '../messages/next-command.ts';
import { UserError } from '../messages/user-error.ts';
import type { Target } from './target.ts';

const lostCode = 'LOCK_LOST';

/**
 * The error of a command whose lock another has taken. It changes nothing any more: neither does it undo what it did, nor
 * does it record how it ended, which the next command finds out.
 *
 * @param event what became of the lock
 * @param afterMinutes without a heartbeat, after which anybody may take it
 */
export function lockLost(kind: Target['kind'], environment: string, event: string, afterMinutes: number): UserError {
  return new UserError({
    code: lostCode,
    message: `The lock of ${environment} ${event}. This command stopped: it changes nothing any more.`,
    rule: `Without a heartbeat for ${afterMinutes} minutes, because its machine slept or was offline, a command loses its lock.`,
    remedy: `\`${stackCommand(kind, 'history', environment)}\` shows what the other command did. Then run this one again.`,
  });
}

export function isLockLost(error: unknown): boolean {
  return error instanceof UserError && error.code === lostCode;
}

/** Runs `change` under the environment's lock, which is released however it ends. */
export async function withLock<Result>(
  target: Target,
  environment: string,
  purpose: string,
  change: () => Promise<Result>,
): Promise<Result> {
  const lock = await target.lock(environment, purpose);
  let result: Result;
  try {
    result = await change();
  } catch (error) {
    // The error of the change matters more than that of a lock that could not be released after it.
    await lock.release().catch(() => undefined);
    throw error;
  }
  await lock.release();
  return result;
}
