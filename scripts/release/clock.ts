import { setTimeout as delay } from 'node:timers/promises';

/** Time for flows, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects if the signal aborts first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, signal === undefined ? {} : { signal }),
};

/** Seconds since `startedAt`, to a tenth: no printed figure is more precise. */
export function secondsSince(clock: Clock, startedAt: number): number {
  return Math.round((clock.now() - startedAt) / 100) / 10;
}
