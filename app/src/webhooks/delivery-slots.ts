import { performance } from 'node:perf_hooks';
import type { Receiver } from './receivers.ts';

type Webhook = Pick<Receiver, 'userId' | 'isProven'>;

interface Load {
  underWay: number;
  /** How long a slot was taken, on average: the latest count most. */
  secondsPerMessage: number;
  /** When there may be a slot for one more message than those that were told to wait. */
  nextSlotAt: number;
}

const assumedSecondsPerMessage = 0.1;
const shortestWaitSeconds = 0.5;
/** A receiver that is fast again gets the messages that waited for it within this time. */
const longestWaitSeconds = 60;
const mostIdleLoads = 1_000;

/**
 * How many messages are on their way at once. Nobody's receiver may hold up anybody else's, nor the jobs that are no
 * messages: a webhook has a quarter of a worker's slots at most, and all of them together leave a quarter. Webhooks that
 * are not proven have one slot each, and half of all together; so receivers that hang, however many somebody registers,
 * leave the rest to those that answer.
 *
 * Messages that find no slot are told different times, as far apart as slots of their webhook come free: a backlog drains as
 * fast as its receiver takes it, and each message comes about twice.
 */
export class DeliverySlots {
  readonly #most: { readonly all: number; readonly unproven: number; readonly ofOne: number };
  readonly #loads = new Map<string, Load>();
  readonly #now: () => number;
  #all = 0;
  #unproven = 0;

  /**
   * @param concurrency how many jobs the worker does at once
   * @param now seconds of a clock that is never set
   */
  constructor(concurrency: number, now: () => number = () => performance.now() / 1_000) {
    const quarter = Math.floor(concurrency / 4);
    this.#most = {
      all: Math.max(1, concurrency - Math.max(1, quarter)),
      unproven: Math.max(1, Math.floor(concurrency / 2)),
      ofOne: concurrency < 4 ? 1 : Math.max(2, quarter),
    };
    this.#now = now;
  }

  /** Runs `deliver` in a slot. Where there is none, runs `hold` with the seconds after which there may be one. */
  async within<T>(
    webhook: Webhook,
    { deliver, hold }: { readonly deliver: () => Promise<T>; readonly hold: (seconds: number) => Promise<T> },
  ): Promise<T> {
    const load = this.#loadOf(webhook);
    if (!this.#hasRoom(webhook, load)) {
      return hold(this.#waitSeconds(webhook, load));
    }
    const startedAt = this.#now();
    this.#count(webhook, load, 1);
    // A slot is free though others were told to wait: the receiver is faster than it was.
    load.nextSlotAt = Math.min(load.nextSlotAt, startedAt);
    try {
      return await deliver();
    } finally {
      this.#count(webhook, load, -1);
      load.secondsPerMessage = (load.secondsPerMessage + this.#now() - startedAt) / 2;
    }
  }

  #hasRoom({ isProven }: Webhook, { underWay }: Load): boolean {
    const { all, unproven, ofOne } = this.#most;
    const ofThis = isProven ? underWay < ofOne : underWay === 0 && this.#unproven < unproven;
    return ofThis && this.#all < all;
  }

  #waitSeconds({ isProven }: Webhook, load: Load): number {
    const now = this.#now();
    const earliest = Math.max(load.nextSlotAt, now + shortestWaitSeconds);
    const slots = isProven ? this.#most.ofOne : 1;
    load.nextSlotAt = Math.min(earliest + load.secondsPerMessage / slots, now + longestWaitSeconds);
    return load.nextSlotAt - now;
  }

  #count({ isProven }: Webhook, load: Load, change: 1 | -1): void {
    load.underWay += change;
    this.#all += change;
    this.#unproven += isProven ? 0 : change;
  }

  #loadOf({ userId }: Webhook): Load {
    const known = this.#loads.get(userId);
    if (known !== undefined) {
      return known;
    }
    this.#forgetIdle();
    const load = { underWay: 0, secondsPerMessage: assumedSecondsPerMessage, nextSlotAt: 0 };
    this.#loads.set(userId, load);
    return load;
  }

  #forgetIdle(): void {
    if (this.#loads.size < mostIdleLoads) {
      return;
    }
    const now = this.#now();
    for (const [userId, { underWay, nextSlotAt }] of this.#loads) {
      if (underWay === 0 && nextSlotAt <= now) {
        this.#loads.delete(userId);
      }
    }
  }
}
