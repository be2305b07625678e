import type { EntityManager } from 'typeorm';
import { type HttpSender, NoAnswer } from '../http-client/http-sender.ts';
import { ForbiddenTarget } from '../http-client/public-address.ts';
import type { JobStore } from '../outbox/job-store.ts';
import type { JobResult, JobTry } from '../queue/job-handler.ts';
import {
  type DisabledReason,
  disabledBy,
  failuresUntilPause,
  longestLifeSeconds,
  nextAttemptSeconds,
  pauseSeconds,
} from '../webhooks/delivery-rules.ts';
import type { DeliverySlots } from '../webhooks/delivery-slots.ts';
import {
  type Attempt,
  disable,
  type Receiver,
  type Receivers,
  recordDelivered,
  recordFailure,
} from '../webhooks/receivers.ts';
import { signedHeaders } from '../webhooks/signature.ts';
import { recordDelivery } from './deliveries.ts';

/** Messages that wait for the end of the same pause do not all come at once. */
const mostChanceSeconds = 2;

interface Outbound {
  readonly store: Pick<JobStore, 'finish' | 'postpone'>;
  readonly sender: Pick<HttpSender, 'post'>;
  readonly receivers: Receivers;
  readonly slots: DeliverySlots;
}

export interface WebhookMessage {
  readonly userId: string;
  readonly type: string;
  readonly data: unknown;
}

type Response = Pick<Attempt, 'outcome' | 'status' | 'detail'> & { readonly retryAfter?: string | undefined };

/**
 * Delivers messages to the webhooks of users, by the rules of delivery-rules.ts. A receiver knows a message that comes twice
 * by `webhook-id`. What it answers is between it and its owner, who is shown it: it is no failure of the job.
 */
export class WebhookDelivery {
  readonly #outbound: Outbound;

  constructor(outbound: Outbound) {
    this.#outbound = outbound;
  }

  async deliver(job: JobTry, message: WebhookMessage): Promise<JobResult> {
    const { receivers, slots } = this.#outbound;
    const receiver = await receivers.find(message.userId);
    if (receiver === undefined || receiver.isDisabled) {
      const outcome = receiver === undefined ? 'nobody' : 'disabled';
      await this.#outbound.store.finish(job.id, (manager) =>
        recordDelivery(manager, { jobId: job.id, channel: 'webhook', outcome }),
      );
      return receiver === undefined ? 'done' : 'undeliverable';
    }
    if (receiver.pausedSeconds > 0) {
      return this.#hold(job, receiver, receiver.pausedSeconds);
    }
    return slots.within(receiver, {
      deliver: async () =>
        receiver.isProven || (await receivers.mayTry(receiver))
          ? this.#attempt(job, message, receiver)
          : this.#hold(job, receiver, pauseSeconds(failuresUntilPause)),
      hold: (seconds) => this.#hold(job, receiver, seconds),
    });
  }

  async #attempt(job: JobTry, { type, data }: WebhookMessage, receiver: Receiver): Promise<JobResult> {
    const body = JSON.stringify({ type, timestamp: job.enqueuedAt, data });
    const headers = signedHeaders(receiver.secret, job.id, body, Math.floor(Date.now() / 1_000));
    const startedAt = performance.now();
    const { retryAfter, ...response } = await this.#post({ url: receiver.url, headers, body }, job.signal);
    const durationMs = Math.round(performance.now() - startedAt);
    const attempt: Attempt = { messageId: job.id, type, number: job.attempt + 1, durationMs, ...response };
    if (attempt.outcome !== 'delivered') {
      const next = nextAttemptSeconds({ attempt: job.attempt, retryAfter, random: Math.random() });
      return this.#fail(job, receiver, attempt, next);
    }
    await this.#outbound.store.finish(job.id, async (manager) => {
      await recordDelivered(manager, receiver, attempt);
      await recordDelivery(manager, { jobId: job.id, channel: 'webhook', outcome: 'delivered' });
    });
    return 'done';
  }

  async #post(message: Parameters<HttpSender['post']>[0], signal: AbortSignal): Promise<Response> {
    try {
      const { status, retryAfter } = await this.#outbound.sender.post(message, signal);
      return status >= 200 && status < 300
        ? { outcome: 'delivered', status }
        : { outcome: 'refused', status, detail: `it answered ${status}`, retryAfter };
    } catch (error) {
      if (error instanceof ForbiddenTarget) {
        return { outcome: 'forbidden', detail: error.message };
      }
      if (error instanceof NoAnswer) {
        return { outcome: 'no-answer', detail: error.message };
      }
      throw error;
    }
  }

  async #fail(job: JobTry, receiver: Receiver, attempt: Attempt, next: number | undefined): Promise<JobResult> {
    const reason = disabledBy({
      status: attempt.status,
      isGivenUp: next === undefined,
      ageSeconds: job.ageSeconds,
      secondsSinceDelivery: receiver.secondsSinceDelivery ?? undefined,
    });
    if (next === undefined || reason !== undefined) {
      return this.#giveUp(job, receiver, reason, (manager) => recordFailure(manager, receiver, attempt));
    }
    const { detail: error = attempt.outcome } = attempt;
    await this.#outbound.store.postpone(job, { seconds: next, usesAttempt: true, error }, (manager) =>
      recordFailure(manager, receiver, { ...attempt, nextInSeconds: next }),
    );
    return 'postponed';
  }

  /** Has the message come again without an attempt, unless it is too old for that; after `seconds`, when there may be a slot. */
  async #hold(job: JobTry, receiver: Receiver, seconds: number): Promise<JobResult> {
    if (job.ageSeconds > longestLifeSeconds) {
      const secondsSinceDelivery = receiver.secondsSinceDelivery ?? undefined;
      const last = { status: undefined, isGivenUp: true, ageSeconds: job.ageSeconds, secondsSinceDelivery };
      return this.#giveUp(job, receiver, disabledBy(last));
    }
    const later = seconds + mostChanceSeconds * Math.random();
    await this.#outbound.store.postpone(job, { seconds: later, usesAttempt: false });
    return 'postponed';
  }

  async #giveUp(
    job: JobTry,
    receiver: Receiver,
    reason: DisabledReason | undefined,
    record: (manager: EntityManager) => Promise<void> = async () => undefined,
  ): Promise<JobResult> {
    await this.#outbound.store.finish(job.id, async (manager) => {
      await record(manager);
      if (reason !== undefined) {
        await disable(manager, receiver, reason);
      }
      await recordDelivery(manager, { jobId: job.id, channel: 'webhook', outcome: 'given up' });
    });
    return 'undeliverable';
  }
}
