import { expect, it } from 'vitest';
import { compareReleases, compareSettings } from './difference.ts';
import { contract, expand, release } from './testing/memory-flow.ts';

it('compareSettings lists what differs by key and only counts what is equal', () => {
  expect(compareSettings({ a: '1', b: '2', d: '4' }, { d: '4', b: '3', c: '5' })).toEqual({
    different: [
      { key: 'a', from: '1', to: undefined },
      { key: 'b', from: '2', to: '3' },
      { key: 'c', from: undefined, to: '5' },
    ],
    equal: 1,
  });
});

it('compareReleases tells which migrations run, and which stay behind', () => {
  const one = release('1', expand('0'), contract('1'));
  const two = release('2', expand('0'), expand('2'));
  expect(compareReleases(one, two)).toEqual({
    before: one,
    after: two,
    migrationsToRun: ['2'],
    migrationsLeft: ['1'],
  });
  expect(compareReleases(undefined, two)).toMatchObject({ migrationsToRun: ['0', '2'], migrationsLeft: [] });
});
