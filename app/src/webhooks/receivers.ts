import type { EntityManager } from 'typeorm';
import type { Database } from '../database/database.ts';
import { enqueue } from '../outbox/outbox.ts';
import { type DisabledReason, failuresUntilPause, pauseSeconds, probationSeconds } from './delivery-rules.ts';

/** Of each webhook; older ones are deleted with each attempt. */
export const mostAttemptsKept = 100;

/** A webhook as the worker needs it. */
export interface Receiver {
  readonly userId: string;
  readonly url: string;
  /** Another one with each change of the webhook: what is recorded of an attempt is recorded of the webhook that it was for. */
  readonly secret: string;
  readonly isDisabled: boolean;
  readonly consecutiveFailures: number;
  /** It took the last message that it was sent, and none failed lately: see probationSeconds. */
  readonly isProven: boolean;
  /** For how long it is left alone; 0: not at all. */
  readonly pausedSeconds: number;
  /** `null`: it never took a message. */
  readonly secondsSinceDelivery: number | null;
}

export interface Attempt {
  readonly messageId: string;
  readonly type: string;
  /** 1 is the first. */
  readonly number: number;
  readonly outcome: 'delivered' | 'refused' | 'no-answer' | 'forbidden';
  readonly status?: number | undefined;
  readonly detail?: string | undefined;
  readonly durationMs: number;
  /** `undefined`: there is none. */
  readonly nextInSeconds?: number | undefined;
}

/** What the worker knows of webhooks. The state of each is its own: nobody's receiver can be the reason that another's waits. */
export class Receivers {
  readonly #database: Pick<Database, 'rows'>;

  constructor(database: Pick<Database, 'rows'>) {
    this.#database = database;
  }

  async find(userId: string): Promise<Receiver | undefined> {
    const [found] = await this.#database.rows<Receiver>(
      'receiver',
      `SELECT user_id AS "userId", url, secret, disabled_at IS NOT NULL AS "isDisabled",
         consecutive_failures AS "consecutiveFailures",
         consecutive_failures = 0 AND last_delivered_at IS NOT NULL
           AND (last_failed_at IS NULL OR last_failed_at < now() - $2 * interval '1 second') AS "isProven",
         greatest(0, coalesce(extract(epoch FROM paused_until - now()), 0))::float AS "pausedSeconds",
         extract(epoch FROM now() - last_delivered_at)::float AS "secondsSinceDelivery"
       FROM webhooks WHERE user_id = $1`,
      [userId, probationSeconds],
    );
    return found;
  }

  /** After a pause one message goes first. `false`: another one does; it decides whether the pause continues. */
  async mayTry({ userId, secret, consecutiveFailures }: Receiver): Promise<boolean> {
    if (consecutiveFailures < failuresUntilPause) {
      return true;
    }
    const claimed = await this.#database.rows(
      'claim-trial',
      `UPDATE webhooks SET paused_until = now() + $3 * interval '1 second'
       WHERE user_id = $1 AND secret = $2 AND (paused_until IS NULL OR paused_until <= now()) RETURNING user_id`,
      [userId, secret, pauseSeconds(failuresUntilPause)],
    );
    return claimed.length > 0;
  }
}

export async function recordDelivered(manager: EntityManager, receiver: Receiver, attempt: Attempt): Promise<void> {
  await manager.query(
    `UPDATE webhooks SET consecutive_failures = 0, failing_since = NULL, paused_until = NULL, last_delivered_at = now()
     WHERE user_id = $1 AND secret = $2`,
    [receiver.userId, receiver.secret],
  );
  await log(manager, receiver, attempt);
}

export async function recordFailure(manager: EntityManager, receiver: Receiver, attempt: Attempt): Promise<void> {
  const pause = pauseSeconds(receiver.consecutiveFailures + 1);
  await manager.query(
    `UPDATE webhooks SET consecutive_failures = consecutive_failures + 1, failing_since = coalesce(failing_since, now()),
       last_failed_at = now(),
       paused_until = CASE WHEN $3::float > 0 THEN now() + $3 * interval '1 second' ELSE paused_until END
     WHERE user_id = $1 AND secret = $2`,
    [receiver.userId, receiver.secret, pause],
  );
  await log(manager, receiver, attempt);
}

/** And has its owner told, once. */
export async function disable(manager: EntityManager, receiver: Receiver, reason: DisabledReason): Promise<void> {
  const [, disabled] = await manager.query<[unknown, number]>(
    `UPDATE webhooks SET disabled_at = now(), disabled_reason = $3
     WHERE user_id = $1 AND secret = $2 AND disabled_at IS NULL`,
    [receiver.userId, receiver.secret, reason],
  );
  if (disabled > 0) {
    await enqueue(manager, { name: 'webhook-disabled', payload: { userId: receiver.userId, reason } });
  }
}

async function log(manager: EntityManager, { userId, secret }: Receiver, attempt: Attempt): Promise<void> {
  const { messageId, type, number, outcome, status, detail, durationMs, nextInSeconds } = attempt;
  // Where the webhook is gone, or another one by now, there is nobody to show it to.
  await manager.query(
    `INSERT INTO webhook_deliveries
       (user_id, message_id, type, attempt, outcome, status, detail, duration_ms, next_attempt_at)
     SELECT user_id, $3, $4, $5, $6, $7, $8, $9, now() + $10 * interval '1 second'
     FROM webhooks WHERE user_id = $1 AND secret = $2`,
    [userId, secret, messageId, type, number, outcome, status, detail, durationMs, nextInSeconds],
  );
  await manager.query(
    `DELETE FROM webhook_deliveries WHERE user_id = $1 AND id <= (
       SELECT id FROM webhook_deliveries WHERE user_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1
     )`,
    [userId, mostAttemptsKept],
  );
}
