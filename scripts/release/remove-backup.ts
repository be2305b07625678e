import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import { assertApproved } from './approval.ts';
import type { Snapshot } from './backups.ts';
import type { Flow } from './flow.ts';
import { assertNotFrozen } from './freeze.ts';
import { withLock } from './lock.ts';
import { recordOperation } from './record-operation.ts';

/** Makes a snapshot. A freeze does not stop it: it changes nothing that serves. */
export async function createBackup(flow: Flow, environment: string): Promise<Snapshot> {
  return await withLock(flow.target, environment, 'back up', () =>
    flow.target.backups.create(environment, flow.progress, flow.signal),
  );
}

/** Deletes a kept database or a snapshot: for good, so a person has to say so. */
export async function removeBackup(flow: Flow, environment: string, id: string, yes: boolean): Promise<void> {
  const { target } = flow;
  await assertNotFrozen(target, environment);
  if (!yes) await assertApproved(flow, `Delete ${id} of ${environment} with its data?`);
  await withLock(target, environment, 'remove a backup', async () => {
    await recordOperation(flow, environment, { action: 'remove backup', what: id }, async () => {
      if (await target.backups.remove(environment, id)) return;
      throw new Refusal({
        code: 'BACKUP_UNKNOWN',
        message: `${environment} keeps no database and no snapshot of its own called ${id}.`,
        rule: 'The database that serves, and snapshots that the platform makes, are not deleted by this.',
        remedy: `\`${stackCommand(target.kind, 'backups', environment)}\` lists what there is.`,
      });
    });
  });
}
