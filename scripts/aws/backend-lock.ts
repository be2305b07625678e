import { hostname } from 'node:os';
import { Refusal, type UserError } from '../messages/user-error.ts';
import type { LockHolder } from '../pulumi/locks.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';
import { isAlive } from './lease.ts';

/** Rejects while Pulumi updates the stack. The lock of a dead process of this machine does not count. */
export async function assertBackendFree(workspace: PulumiWorkspace, environment: string): Promise<void> {
  const [holder] = ((await workspace.locks(environment)) ?? []).filter((lock) => !isLeftBehind(lock));
  if (holder !== undefined) throw lockedBy(holder, environment);
}

/** Removes the lock of a killed command of this machine; rejects while anybody else holds one. */
export async function clearDeadLock(workspace: PulumiWorkspace, environment: string): Promise<void> {
  const locks = (await workspace.locks(environment)) ?? [];
  const [holder] = locks.filter((lock) => !isLeftBehind(lock));
  if (holder !== undefined) throw lockedBy(holder, environment);
  if (locks.length > 0) await workspace.cancel(environment);
}

function isLeftBehind({ host, processId }: LockHolder): boolean {
  return host === hostname() && !isAlive(processId);
}

function lockedBy({ user, host, processId, at }: LockHolder, environment: string): UserError {
  return new Refusal({
    code: 'ENVIRONMENT_LOCKED',
    message: `Pulumi has been updating ${environment} for ${user}@${host} (process ${processId}) since ${at}.`,
    rule: 'One update at a time: the backend holds a lock while Pulumi changes a stack.',
    remedy: `Wait for it. If that machine is gone, \`pulumi cancel --stack ${environment}\` removes the lock.`,
  });
}
