import { describe, expect, it } from 'vitest';
import { secondsUntilNextDay } from './daily-caps.ts';

describe('the caps of a day', () => {
  it.each([
    ['2026-11-25T00:00:00.000Z', 86_400],
    ['2026-11-25T23:59:59.001Z', 1],
    // Summer time ends that night: it is no concern of UTC's.
    ['2026-10-24T22:30:00.000Z', 5_400],
  ])('at %s renew in %i s', (now, seconds) => {
    expect(secondsUntilNextDay(new Date(now))).toBe(seconds);
  });
});
