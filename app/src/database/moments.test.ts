import { describe, expect, it } from 'vitest';
import { isoOf, momentsAsTexts } from './moments.ts';

describe('a moment as Postgres writes it', () => {
  it.each([
    ['2026-11-21 09:00:00+00', '2026-11-21T09:00:00.000Z'],
    ['2026-11-21 09:00:00.5+00', '2026-11-21T09:00:00.500Z'],
    ['2026-11-21 09:00:00.05+00', '2026-11-21T09:00:00.050Z'],
    ['2026-11-21 09:00:00.123+00', '2026-11-21T09:00:00.123Z'],
    ['2026-11-21 09:00:00.123456+00', '2026-11-21T09:00:00.123Z'],
    ['2026-11-21 14:30:00.5+05:30', '2026-11-21T09:00:00.500Z'],
    ['2026-11-20 23:00:00-10', '2026-11-21T09:00:00.000Z'],
    ['0044-03-15 12:00:00+00 BC', '-000043-03-15T12:00:00.000Z'],
  ])('%s is %s', (written, iso) => {
    expect(isoOf(written)).toBe(iso);
  });

  it('is the only thing that is read otherwise', () => {
    expect(momentsAsTexts.getTypeParser(23, 'text')('7')).toBe(7);
    expect(momentsAsTexts.getTypeParser(1184, 'text')('2026-11-21 09:00:00+00')).toBe('2026-11-21T09:00:00.000Z');
  });
});
