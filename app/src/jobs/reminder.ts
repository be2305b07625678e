import { z } from 'zod';
import type { Database } from '../database/database.ts';
import type { Mail, Mailer } from '../mail/mailer.ts';
import type { JobStore } from '../outbox/job-store.ts';
import type { JobHandler, JobResult, JobTry } from '../queue/job-handler.ts';
import { mailOnce } from './mail-job.ts';

const payloadOf = z.object({ todoId: z.uuid(), userId: z.uuid() });

interface DueTodo {
  readonly email: string;
  readonly title: string;
  readonly completed: boolean;
}

/** Reminds a user of a todo, unless it was completed or deleted in the meantime. */
export class Reminder implements JobHandler {
  readonly name = 'reminder';
  readonly #outbound: { readonly store: JobStore; readonly mailer: Mailer };
  readonly #database: Database;

  constructor(store: JobStore, mailer: Mailer, database: Database) {
    this.#outbound = { store, mailer };
    this.#database = database;
  }

  async run(job: JobTry): Promise<JobResult> {
    const { todoId, userId } = payloadOf.parse(job.payload);
    return mailOnce(this.#outbound, job, async () => composeFor(await this.#find(todoId, userId)));
  }

  async #find(todoId: string, userId: string): Promise<DueTodo | undefined> {
    const [found] = await this.#database.rows<DueTodo>(
      'todo-to-remind',
      `SELECT email, title, completed FROM todos JOIN users ON users.id = todos.owner_id
       WHERE todos.id = $1 AND users.id = $2`,
      [todoId, userId],
    );
    return found;
  }
}

function composeFor(todo: DueTodo | undefined): Mail | undefined {
  if (todo === undefined || todo.completed) {
    return undefined;
  }
  return { to: todo.email, subject: 'Reminder', text: `You wanted to be reminded of: ${todo.title}\n` };
}
