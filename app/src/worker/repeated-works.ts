import type { Database } from '../database/database.ts';
import { enqueueDueReminders } from '../jobs/reminder-schedule.ts';
import type { JobStore } from '../outbox/job-store.ts';
import type { JobQueue } from '../queue/job-queue.ts';
import { deleteOldRows } from './old-rows.ts';
import type { RepeatedWork } from './repeated.ts';

const batch = 100;
/** Of messages that wait for a slot, each is told when there is one: looking seldom would bring many at once. */
const shortestPauseMs = 50;
/** A job that was sent is done, or postponed, sooner: what is older was lost, though the queue was never seen to lose it. */
const lostAfterSeconds = 900;
const mostDeleted = 1_000;

/** What a worker does beside jobs, again and again. Several workers may do all of it at once. */
export function repeatedWorks(store: JobStore, queue: JobQueue, database: Database): readonly RepeatedWork[] {
  const send = queue.send.bind(queue);
  return [
    {
      name: 'outbox.send',
      pauseMs: 500,
      run: async () => {
        if (await queue.mayHaveLost()) {
          await store.unsendAll();
          await queue.mark();
        }
        const isFull = (await store.sendUnsent(batch, send)) === batch;
        return isFull || Math.max(shortestPauseMs, await store.msUntilDue());
      },
    },
    {
      name: 'outbox.send-lost',
      pauseMs: 60_000,
      run: async () => (await store.sendLost(batch, lostAfterSeconds, send)) === batch,
    },
    { name: 'reminders.schedule', pauseMs: 5_000, run: () => enqueueDueReminders(database) },
    { name: 'old-rows.delete', pauseMs: 600_000, run: () => deleteOldRows(database, mostDeleted) },
  ];
}
