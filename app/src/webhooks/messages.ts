import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { claimToday, type DailyClaim, leftToday } from '../daily-caps/daily-caps.ts';
import { Database } from '../database/database.ts';
import type { Quotas } from '../env/services.ts';
import { LOGGER, QUOTAS } from '../env/tokens.ts';
import type { Logger } from '../logging/logger.ts';
import { enqueue } from '../outbox/outbox.ts';

/** Writes the messages to webhooks, in the transactions of what they tell. */
@Injectable()
export class Messages {
  readonly #database: Database;
  readonly #mostADay: number;
  readonly #logger: Logger;

  constructor(database: Database, @Inject(QUOTAS) { webhookMessagesPerUser }: Quotas, @Inject(LOGGER) logger: Logger) {
    this.#database = database;
    this.#mostADay = webhookMessagesPerUser;
    this.#logger = logger;
  }

  /**
   * Nothing for a user who has no webhook, or one that is disabled, or whose messages of the day are used up: each is a job
   * and the note of it, kept for weeks, and completing a todo again costs a client nothing.
   */
  async todoCompleted(manager: EntityManager, userId: string, todoId: string): Promise<void> {
    const webhooks = await manager.query<unknown[]>(
      'SELECT 1 FROM webhooks WHERE user_id = $1 AND disabled_at IS NULL',
      [userId],
    );
    if (webhooks.length === 0) {
      return;
    }
    if (await claimToday(manager, this.#claimOf(userId), new Date())) {
      await enqueue(manager, { name: 'todo-completed', payload: { todoId, userId } });
    } else {
      this.#logger.info({ operation: 'webhook.message' }, 'the messages of the day are used up: none is sent');
    }
  }

  /** How many more are sent today. */
  leftToday(userId: string): Promise<number> {
    return leftToday(this.#database, this.#claimOf(userId), new Date());
  }

  #claimOf(userId: string): DailyClaim {
    return { what: 'messages-of', whose: userId, most: this.#mostADay };
  }
}
