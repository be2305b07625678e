import { setTimeout as delay } from 'node:timers/promises';

/** Time as the flows see it, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects when the signal aborts before the time is over. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, signal === undefined ? {} : { signal }),
};

/** Seconds since `startedAt`, to a tenth: no figure that we print is more exact than that. */
export function secondsSince(clock: Clock, startedAt: number): number {
  return Math.round((clock.now() - startedAt) / 100) / 10;
}
