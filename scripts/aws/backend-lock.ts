import { Refusal, type UserError } from '../messages/user-error.ts';
import type { LockHolder } from '../pulumi/locks.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';

type Locks = Pick<PulumiWorkspace, 'locks' | 'isLeftBehind'>;

/** Rejects while Pulumi updates the stack. The lock of a dead process that was started here does not count. */
export async function assertBackendFree(workspace: Locks, environment: string): Promise<void> {
  await leftBehind(workspace, environment);
}

/**
 * Removes the lock of a command that was killed on this machine; rejects while there is any other. Until it is gone,
 * nobody else gets one.
 */
export async function clearDeadLock(
  workspace: Locks & Pick<PulumiWorkspace, 'cancel'>,
  environment: string,
): Promise<void> {
  const locks = await leftBehind(workspace, environment);
  if (locks.length > 0) await workspace.cancel(environment);
}

/**
 * Machines share host names, so a lock that nothing here knows may be that of an update in progress: only a person can
 * tell.
 */
async function leftBehind(workspace: Locks, environment: string): Promise<readonly LockHolder[]> {
  const locks = (await workspace.locks(environment)) ?? [];
  const holder = locks.find((lock) => !workspace.isLeftBehind(environment, lock));
  if (holder !== undefined) throw lockedBy(holder, environment);
  return locks;
}

function lockedBy({ user, host, processId, at }: LockHolder, environment: string): UserError {
  return new Refusal({
    code: 'ENVIRONMENT_LOCKED',
    message: `Pulumi has been updating ${environment} for ${user}@${host} (process ${processId}) since ${at}.`,
    rule: 'One update at a time: the backend holds a lock while Pulumi changes a stack.',
    remedy: `Wait for it. If process ${processId} on ${host} is dead, \`pulumi cancel --stack ${environment}\` removes its lock.`,
  });
}
