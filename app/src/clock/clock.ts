import { setTimeout as sleep } from 'node:timers/promises';

type Cancel = () => void;

/** Time as an argument, so that tests decide how it passes. */
export interface Clock {
  /** Milliseconds from an arbitrary start; never goes back. */
  now(): number;
  after(delayMs: number, action: () => void): Cancel;
  every(intervalMs: number, action: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  every(intervalMs, action) {
    const timer = setInterval(action, intervalMs);
    return () => clearInterval(timer);
  },
};

/** Resolves after `delayMs`, or at once when `signal` is aborted. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => undefined);
}
