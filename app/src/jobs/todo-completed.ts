import { z } from 'zod';
import type { Database } from '../database/database.ts';
import type { HttpSender } from '../http-client/http-sender.ts';
import { ForbiddenTarget } from '../http-client/public-address.ts';
import type { JobStore } from '../outbox/job-store.ts';
import type { JobHandler, JobTry } from '../queue/job-handler.ts';
import { signedHeaders } from '../webhooks/signature.ts';
import { recordDelivery } from './deliveries.ts';

const payloadOf = z.object({ todoId: z.uuid(), userId: z.uuid() });

interface Target {
  readonly url: string;
  readonly secret: string;
}

/** Tells the user's webhook that a todo was completed. The receiver knows a message that comes twice by `webhook-id`. */
export class TodoCompleted implements JobHandler {
  readonly name = 'todo-completed';
  readonly #store: JobStore;
  readonly #sender: Pick<HttpSender, 'post'>;
  readonly #database: Pick<Database, 'rows'>;

  constructor(store: JobStore, sender: Pick<HttpSender, 'post'>, database: Pick<Database, 'rows'>) {
    this.#store = store;
    this.#sender = sender;
    this.#database = database;
  }

  async run({ id, payload, signal }: JobTry): Promise<void> {
    const { todoId, userId } = payloadOf.parse(payload);
    if (await this.#store.isDone(id)) {
      return;
    }
    const [target] = await this.#database.rows<Target>(
      'webhook-of-user',
      'SELECT url, secret FROM webhooks WHERE user_id = $1',
      [userId],
    );
    const outcome = target === undefined ? 'nobody' : await this.#send(target, id, todoId, signal);
    await this.#store.finish(id, (manager) => recordDelivery(manager, { jobId: id, channel: 'webhook', outcome }));
  }

  /** What the receiver refuses it would refuse again: that is an answer, and no reason to come back. */
  async #send({ url, secret }: Target, id: string, todoId: string, signal: AbortSignal): Promise<string> {
    const body = JSON.stringify({ type: 'todo.completed', data: { id: todoId } });
    const headers = signedHeaders(secret, id, body, Math.floor(Date.now() / 1_000));
    try {
      const status = await this.#sender.post({ url, headers, body }, signal);
      return status < 300 ? 'accepted' : `refused with ${status}`;
    } catch (error) {
      if (error instanceof ForbiddenTarget) {
        return 'forbidden';
      }
      throw error;
    }
  }
}
