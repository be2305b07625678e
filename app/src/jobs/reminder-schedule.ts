import { claimToday } from '../daily-caps/daily-caps.ts';
import type { Database } from '../database/database.ts';
import { mailCaps } from '../mail/mail-budget.ts';
import { enqueue } from '../outbox/outbox.ts';

/** An arbitrary constant: whoever looks for due reminders holds it. */
const scheduleLock = 7_305_108_022;
const mostAtOnce = 200;

interface DueReminder {
  readonly id: string;
  readonly ownerId: string;
}

/**
 * Makes a job of each reminder that has come due; `true`: there may be more. One worker at a time looks, however many
 * there are: the lock is Postgres' own, so it ends with the transaction, or with the connection of a worker that died.
 * A lock in Valkey would have to guess how long that takes.
 */
export async function enqueueDueReminders(database: Database): Promise<boolean> {
  return database.manager.transaction(async (manager) => {
    const [lock]: readonly { readonly held: boolean }[] = await manager.query(
      'SELECT pg_try_advisory_xact_lock($1) AS held',
      [scheduleLock],
    );
    if (lock?.held !== true) {
      return false;
    }
    const [due]: [readonly DueReminder[], number] = await manager.query(
      `UPDATE todos SET reminded_for = remind_at WHERE id IN (
         SELECT id FROM todos
         WHERE remind_at <= now() AND completed_at IS NULL AND reminded_for IS DISTINCT FROM remind_at
           AND owner_id IS NOT NULL
         ORDER BY remind_at LIMIT $1 FOR UPDATE SKIP LOCKED
       ) RETURNING id, owner_id AS "ownerId"`,
      [mostAtOnce],
    );
    for (const { id, ownerId } of due) {
      // More than an account may be sent would be jobs that end without a mail.
      const claim = { what: 'reminders-of', whose: ownerId, most: mailCaps.perAccount } as const;
      if (!(await claimToday(manager, claim, new Date()))) {
        continue;
      }
      await enqueue(manager, { name: 'reminder', payload: { todoId: id, userId: ownerId } });
    }
    return due.length === mostAtOnce;
  });
}
