import { z } from 'zod';
import type { Database } from '../database/database.ts';
import type { JobHandler, JobResult, JobTry } from '../queue/job-handler.ts';
import { mailOnce, type OutboundMail } from './mail-job.ts';

const payloadOf = z.object({ todoId: z.uuid(), userId: z.uuid() });

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
export class Reminder implements JobHandler {
  readonly name = 'reminder';
  readonly #outbound: OutboundMail;
  readonly #database: Database;

  constructor(outbound: OutboundMail, database: Database) {
    this.#outbound = outbound;
    this.#database = database;
  }

  async run(job: JobTry): Promise<JobResult> {
    const { todoId, userId } = payloadOf.parse(job.payload);
    return mailOnce(this.#outbound, job, async () => {
      const todo = await this.#find(todoId, userId);
      if (todo === undefined || todo.completed) {
        return 'nobody';
      }
      const { email: to, title } = todo;
      const mail = { to, subject: 'Reminder', text: `You wanted to be reminded of: ${title}\n` };
      return todo.isProven ? { userId, kind: 'other', mail } : 'unproven';
    });
  }

  async #find(todoId: string, userId: string): Promise<DueTodo | undefined> {
    const [found] = await this.#database.rows<DueTodo>(
      'todo-to-remind',
      `SELECT email, email_verified_at IS NOT NULL AS "isProven", title, completed FROM todos JOIN users ON users.id = todos.owner_id
       WHERE todos.id = $1 AND users.id = $2`,
      [todoId, userId],
    );
    return found;
  }
}
