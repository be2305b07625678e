import { hostname } from 'node:os';
import { Refusal, type UserError } from '../messages/user-error.ts';
import type { LockHolder } from '../pulumi/locks.ts';
import type { PulumiWorkspace } from '../pulumi/workspace.ts';
import { isAlive } from './lease.ts';

/** Rejects while Pulumi updates the stack. A lock that a dead process of this machine left is none. */
export async function assertBackendFree(workspace: PulumiWorkspace, environment: string): Promise<void> {
  const [holder] = ((await workspace.locks(environment)) ?? []).filter((lock) => !isLeftBehind(lock));
  if (holder !== undefined) throw lockedBy(holder, environment);
}

/** Removes the lock that a killed command of this machine left behind; rejects while anybody else holds one. */
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
    message: `Pulumi is updating ${environment} for ${user}@${host} (process ${processId}) since ${at}.`,
    rule: 'One update at a time: the backend holds a lock while Pulumi changes a stack.',
    remedy: `Wait for it. If that machine is gone, \`pulumi cancel --stack ${environment}\` removes the lock.`,
  });
}
