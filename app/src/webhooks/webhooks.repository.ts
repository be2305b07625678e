import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import { violatedConstraint } from '../database/errors.ts';
import { Unauthenticated } from '../errors/unauthenticated.ts';

export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

/** One webhook of each user at most. */
@Injectable()
export class WebhooksRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(userId: string): Promise<Pick<Webhook, 'url'> | undefined> {
    const [found] = await this.#database.rows<Webhook>('webhook', 'SELECT url FROM webhooks WHERE user_id = $1', [
      userId,
    ]);
    return found;
  }

  /** @throws Unauthenticated when the account is gone */
  async set(userId: string, { url, secret }: Webhook): Promise<void> {
    try {
      await this.#database.rows(
        'set-webhook',
        `INSERT INTO webhooks (user_id, url, secret) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET url = EXCLUDED.url, secret = EXCLUDED.secret, updated_at = now()`,
        [userId, url, secret],
      );
    } catch (error) {
      throw violatedConstraint(error) === 'webhooks_user_id_fkey' ? new Unauthenticated(error) : error;
    }
  }

  /** `false`: there was none. */
  async delete(userId: string): Promise<boolean> {
    const deleted = await this.#database.rows(
      'delete-webhook',
      'DELETE FROM webhooks WHERE user_id = $1 RETURNING user_id',
      [userId],
    );
    return deleted.length > 0;
  }
}
