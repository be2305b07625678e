import { describe, expect, it } from 'vitest';
import { inWords } from '../queue/retry-schedule.ts';
import { disabledBy, longestLifeSeconds, nextAttemptSeconds, pauseSeconds } from './delivery-rules.ts';

describe('a webhook that fails', () => {
  it.each([
    [4, 0],
    [5, 30],
    [6, 60],
    [9, 480],
    [10, 900],
    [500, 900],
  ])('%i times in a row is paused for %i s', (failures, seconds) => {
    expect(pauseSeconds(failures)).toBe(seconds);
  });

  const hour = 3_600;
  it.each([
    ['is asked not to come again', { status: 410, isGivenUp: false, ageSeconds: 1, secondsSinceDelivery: 1 }, 'gone'],
    [
      'never took a message',
      { status: 500, isGivenUp: true, ageSeconds: 80 * hour, secondsSinceDelivery: undefined },
      'failing',
    ],
    [
      'took one before this one was enqueued',
      { status: undefined, isGivenUp: true, ageSeconds: 80 * hour, secondsSinceDelivery: 81 * hour },
      'failing',
    ],
    [
      'took another one meanwhile',
      { status: 500, isGivenUp: true, ageSeconds: 80 * hour, secondsSinceDelivery: 79 * hour },
      undefined,
    ],
    [
      'gets this one again',
      { status: 500, isGivenUp: false, ageSeconds: 80 * hour, secondsSinceDelivery: undefined },
      undefined,
    ],
  ] as const)('and %s is disabled as that', (_name, failure, reason) => {
    expect(disabledBy(failure)).toBe(reason);
  });
});

describe('a message', () => {
  it.each([
    ['the schedule', undefined, 5],
    ['the receiver, when it names a later time', '120', 120],
    ['the schedule, when the receiver names an earlier one', '1', 5],
    ['the schedule, when the receiver names a date', 'Wed, 21 Oct 2015 07:28:00 GMT', 5],
    ['nobody who names a time that is too far off', '999999999', 86_400],
  ])('is tried again by %s', (_name, retryAfter, seconds) => {
    expect(nextAttemptSeconds({ attempt: 0, retryAfter, random: 0 })).toBe(seconds);
  });

  it('is given up after its last attempt, whatever the receiver asks for', () => {
    expect(nextAttemptSeconds({ attempt: 9, retryAfter: '10', random: 0 })).toBeUndefined();
  });

  it('does not outlive its schedule with the most that chance adds', () => {
    expect(inWords(Math.round(longestLifeSeconds))).toBe('83 h 8 min 36 s');
  });
});
