import { z } from 'zod';
import type { JobHandler, JobResult, JobTry } from '../queue/job-handler.ts';
import type { WebhookDelivery } from './webhook-delivery.ts';

const payloadOf = z.object({ todoId: z.uuid(), userId: z.uuid() });

/** Tells the user's webhook that a todo was completed. */
export class TodoCompleted implements JobHandler {
  readonly name = 'todo-completed';
  readonly #webhooks: WebhookDelivery;

  constructor(webhooks: WebhookDelivery) {
    this.#webhooks = webhooks;
  }

  async run(job: JobTry): Promise<JobResult> {
    const { todoId, userId } = payloadOf.parse(job.payload);
    return this.#webhooks.deliver(job, { userId, type: 'todo.completed', data: { id: todoId } });
  }
}
