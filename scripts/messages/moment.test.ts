import { expect, it } from 'vitest';
import { parseMoment } from './moment.ts';

const now = Date.parse('2026-12-24T12:00:00Z');

it.each([
  ['2026-12-24T11:00:00Z', '2026-12-24T11:00:00.000Z'],
  ['2026-12-24T12:00:00+01:00', '2026-12-24T11:00:00.000Z'],
  ['2026-12-24T11:00Z', '2026-12-24T11:00:00.000Z'],
  ['10m', '2026-12-24T11:50:00.000Z'],
])('parseMoment reads %s', (text, moment) => {
  expect(parseMoment(text, now)).toBe(moment);
});

it.each(['yesterday', '2026-12-24', '2026-12-24T11:00:00', '2026-13-24T11:00:00Z'])(
  'parseMoment refuses %s, which is another moment elsewhere or none',
  (text) => {
    expect(() => parseMoment(text, now)).toThrow(/is no time/);
  },
);
