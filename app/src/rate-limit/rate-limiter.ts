import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { RateLimiterAbstract, RateLimiterMemory } from 'rate-limiter-flexible';
import type { RateLimits } from '../env/services.ts';
import { RATE_LIMITS } from '../env/tokens.ts';
import { TooManyRequests } from '../errors/too-many-requests.ts';
import { Valkey } from '../valkey/valkey.ts';
import type { LimitClass } from './limited.ts';

type Counted = Exclude<LimitClass, 'none'>;

/** Short, so that who was too fast waits for seconds; passwords are guessed slowly, so there it is a whole minute. */
const windowSeconds: Readonly<Record<Counted, number>> = { usual: 10, auth: 60 };

interface Limiters {
  readonly own: RateLimiterMemory;
  shared: RateLimiterAbstract | undefined;
}

/** Counts requests in Valkey for all tasks together, and in this task alone while Valkey is unreachable. */
@Injectable()
export class RateLimiter {
  readonly #valkey: Pick<Valkey, 'use'>;
  readonly #limits: RateLimits;
  #limiters: Promise<Readonly<Record<Counted, Limiters>>> | undefined;

  constructor(valkey: Valkey, @Inject(RATE_LIMITS) limits: RateLimits) {
    this.#valkey = valkey;
    this.#limits = limits;
  }

  /** @throws TooManyRequests */
  async count(limitClass: Counted, who: string): Promise<void> {
    this.#limiters ??= this.#createLimiters();
    const limiters = (await this.#limiters)[limitClass];
    const waitMs =
      (await this.#valkey.use(async (client) => {
        limiters.shared ??= await this.#createShared(limitClass, client);
        return waitMsOf(limiters.shared, who);
      })) ?? (await waitMsOf(limiters.own, who));
    if (waitMs > 0) {
      throw new TooManyRequests(Math.ceil(waitMs / 1_000));
    }
  }

  /** Loaded with the first request: a start does not wait for it. */
  async #createLimiters() {
    const { RateLimiterMemory: Memory } = await import('rate-limiter-flexible');
    const create = (limitClass: Counted): Limiters => ({
      own: new Memory(this.#optionsOf(limitClass)),
      shared: undefined,
    });
    return { usual: create('usual'), auth: create('auth') };
  }

  async #createShared(limitClass: Counted, client: Redis): Promise<RateLimiterAbstract> {
    const { RateLimiterRedis } = await import('rate-limiter-flexible');
    const options = this.#optionsOf(limitClass);
    // Who is over the limit is refused without asking again.
    return new RateLimiterRedis({ ...options, storeClient: client, inMemoryBlockOnConsumed: options.points });
  }

  #optionsOf(limitClass: Counted) {
    const perMinute = limitClass === 'auth' ? this.#limits.authPerMinute : this.#limits.perMinute;
    const duration = windowSeconds[limitClass];
    return { keyPrefix: `limit-${limitClass}`, points: Math.ceil((perMinute * duration) / 60), duration };
  }
}

/** How long `who` has to wait; 0: not at all. Rejects when the store fails. */
async function waitMsOf(limiter: RateLimiterAbstract, who: string): Promise<number> {
  try {
    await limiter.consume(who);
    return 0;
  } catch (refused) {
    if (isRefusal(refused)) {
      // The window ends in less than a millisecond: still not now.
      return Math.max(1, refused.msBeforeNext);
    }
    throw refused;
  }
}

/** The library rejects with a count, which is no Error, when the limit is reached. */
function isRefusal(refused: unknown): refused is { readonly msBeforeNext: number } {
  return typeof refused === 'object' && refused !== null && !(refused instanceof Error) && 'msBeforeNext' in refused;
}
