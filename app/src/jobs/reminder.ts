import { z } from 'zod';
import type { Database } from '../database/database.ts';
import type { JobHandler } from '../queue/job-handler.ts';
import { mailJob, type OutboundMail } from './mail-job.ts';

interface DueTodo {
  readonly email: string;
  readonly isProven: boolean;
  readonly title: string;
  readonly completed: boolean;
}

/**
 * Reminds a user of a todo, unless it was completed or deleted in the meantime. The title is the user's own words: they go to
 * no address that the user has not proven.
 */
export function reminder(outbound: OutboundMail, database: Database): JobHandler {
  return mailJob(outbound, {
    name: 'reminder',
    payload: z.object({ todoId: z.uuid(), userId: z.uuid() }),
    compose: async ({ todoId, userId }) => {
      const todo = await find(database, todoId, userId);
      if (todo === undefined || todo.completed) {
        return 'nobody';
      }
      const { email: to, title } = todo;
      const mail = { to, subject: 'Reminder', text: `You wanted to be reminded of: ${title}\n` };
      return todo.isProven ? { userId, kind: 'other', mail } : 'unproven';
    },
  });
}

async function find(database: Database, todoId: string, userId: string): Promise<DueTodo | undefined> {
  const [found] = await database.rows<DueTodo>(
    'todo-to-remind',
    `SELECT email, email_verified_at IS NOT NULL AS "isProven", title, completed FROM todos JOIN users ON users.id = todos.owner_id
     WHERE todos.id = $1 AND users.id = $2`,
    [todoId, userId],
  );
  return found;
}
