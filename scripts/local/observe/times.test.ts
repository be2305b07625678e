import { expect, it } from 'vitest';
import { spansOf } from './times.ts';

const task = (createdAt: number, startedAt: number, runningAt: number) => ({ createdAt, startedAt, runningAt });

it('spansOf takes each phase from the first to the last task', () => {
  expect(
    spansOf({
      started: [task(0, 1800, 5200), task(100, 2400, 6000)],
      ended: [13_000, 13_400],
      watchedUntil: 9100,
      now: 20_000,
    }),
  ).toEqual([
    { phases: ['pull'], seconds: 2.4 },
    { phases: ['boot'], seconds: 3.6 },
    { phases: ['drain', 'stop'], seconds: 7.4 },
    { phases: ['bake'], seconds: 3.1 },
  ]);
});

it('spansOf says that old tasks have not ended, and nothing of what there was not', () => {
  const started = [task(0, 2000, 5000)];
  expect(spansOf({ started, ended: [9000, undefined], now: 10_000 })?.at(-1)).toEqual({
    phases: ['drain', 'stop'],
    seconds: 5,
    ongoing: true,
  });
  expect(spansOf({ started, ended: [], now: 10_000 })?.map(({ phases }) => phases)).toEqual([['pull'], ['boot']]);
  expect(spansOf({ started: [], ended: [], now: 10_000 })).toBeUndefined();
});
