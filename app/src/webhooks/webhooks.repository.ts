import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import { violatedConstraint } from '../database/errors.ts';
import { momentsAsTexts } from '../database/moments.ts';
import { Unauthenticated } from '../errors/unauthenticated.ts';
import type { WebhookDeliveriesView } from './webhook.dto.ts';

export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

/** Moments as ISO 8601 texts. */
export interface WebhookState {
  readonly url: string;
  readonly failingSince: string | null;
  readonly disabledAt: string | null;
  readonly disabledReason: 'gone' | 'failing' | null;
}

const state = `url, failing_since AS "failingSince", disabled_at AS "disabledAt", disabled_reason AS "disabledReason"`;

/** What a failing receiver left behind; a webhook without it is as good as new. */
const healthy = `consecutive_failures = 0, failing_since = NULL, paused_until = NULL, disabled_at = NULL,
  disabled_reason = NULL`;

/** One webhook of each user at most. */
@Injectable()
export class WebhooksRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(userId: string): Promise<WebhookState | undefined> {
    const [found] = await this.#database.rows<WebhookState>(
      'webhook',
      `SELECT ${state} FROM webhooks WHERE user_id = $1`,
      [userId],
      momentsAsTexts,
    );
    return found;
  }

  /**
   * Nothing is kept of the webhook before, nor of how it did.
   * @throws Unauthenticated when the account is gone
   */
  async set(userId: string, { url, secret }: Webhook): Promise<void> {
    try {
      await this.#database.rows(
        'set-webhook',
        `WITH forgotten AS (DELETE FROM webhook_deliveries WHERE user_id = $1)
         INSERT INTO webhooks (user_id, url, secret) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE
         SET url = EXCLUDED.url, secret = EXCLUDED.secret, updated_at = now(), last_delivered_at = NULL, ${healthy}`,
        [userId, url, secret],
      );
    } catch (error) {
      throw violatedConstraint(error) === 'webhooks_user_id_fkey' ? new Unauthenticated(error) : error;
    }
  }

  /** `undefined`: there is none. */
  async enable(userId: string): Promise<WebhookState | undefined> {
    const [enabled] = await this.#database.rows<WebhookState>(
      'enable-webhook',
      `UPDATE webhooks SET ${healthy} WHERE user_id = $1 RETURNING ${state}`,
      [userId],
      momentsAsTexts,
    );
    return enabled;
  }

  /** The attempts that are kept, newest first: see mostAttemptsKept. */
  async deliveries(userId: string): Promise<WebhookDeliveriesView['items']> {
    return this.#database.rows<WebhookDeliveriesView['items'][number]>(
      'webhook-deliveries',
      `SELECT message_id AS "messageId", type, attempt, attempted_at AS "attemptedAt", duration_ms AS "durationMs",
         outcome, status, detail, next_attempt_at AS "nextAttemptAt"
       FROM webhook_deliveries WHERE user_id = $1 ORDER BY id DESC`,
      [userId],
      momentsAsTexts,
    );
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
