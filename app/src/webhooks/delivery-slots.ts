import type { Receiver } from './receivers.ts';

type Webhook = Pick<Receiver, 'userId' | 'isProven'>;

/**
 * How many messages are on their way at once. Nobody's receiver may hold up anybody else's, nor the jobs that are no
 * messages: a webhook has a quarter of a worker's slots at most, and all of them together leave a quarter. Webhooks that
 * are not proven have one slot each, and half of all together; so receivers that hang, however many somebody registers,
 * leave the rest to those that answer.
 */
export class DeliverySlots {
  readonly #most: { readonly all: number; readonly unproven: number; readonly ofOne: number };
  readonly #ofWebhook = new Map<string, number>();
  #all = 0;
  #unproven = 0;

  /** @param concurrency how many jobs the worker does at once */
  constructor(concurrency: number) {
    const quarter = Math.floor(concurrency / 4);
    this.#most = {
      all: Math.max(1, concurrency - Math.max(1, quarter)),
      unproven: Math.max(1, Math.floor(concurrency / 2)),
      ofOne: concurrency < 4 ? 1 : Math.max(2, quarter),
    };
  }

  /** `false`: not now. After `true` comes `leave`, with the same webhook. */
  enter({ userId, isProven }: Webhook): boolean {
    const ofThis = this.#ofWebhook.get(userId) ?? 0;
    const hasRoom = isProven ? ofThis < this.#most.ofOne : ofThis === 0 && this.#unproven < this.#most.unproven;
    if (!hasRoom || this.#all >= this.#most.all) {
      return false;
    }
    this.#count(userId, isProven, 1);
    return true;
  }

  leave({ userId, isProven }: Webhook): void {
    this.#count(userId, isProven, -1);
  }

  #count(userId: string, isProven: boolean, change: 1 | -1): void {
    this.#all += change;
    this.#unproven += isProven ? 0 : change;
    const ofThis = (this.#ofWebhook.get(userId) ?? 0) + change;
    if (ofThis === 0) {
      this.#ofWebhook.delete(userId);
    } else {
      this.#ofWebhook.set(userId, ofThis);
    }
  }
}
