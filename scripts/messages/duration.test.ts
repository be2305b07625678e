import { describe, expect, it } from 'vitest';
import { formatAge, formatSeconds, parseSeconds } from './duration.ts';

describe('formatSeconds', () => {
  it.each([
    [0, '0.0 s'],
    [0.44, '0.4 s'],
    [59.9, '59.9 s'],
    [59.96, '1 min 0 s'],
    [125, '2 min 5 s'],
    [3599.6, '1 h 0 min'],
    [3780, '1 h 3 min'],
  ])('%d s is %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe('formatAge', () => {
  it.each([
    [0, 'just now'],
    [59_999, 'just now'],
    [60_000, '1 min ago'],
    [3_600_000, '1 h ago'],
    [2 * 86_400_000 + 5, '2 d ago'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(formatAge(milliseconds)).toBe(text);
  });
});

describe('parseSeconds', () => {
  it.each([
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7200],
    ['1d', 86_400],
    ['1w', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('%s is %s', (text, seconds) => {
    expect(parseSeconds(text)).toBe(seconds);
  });
});
