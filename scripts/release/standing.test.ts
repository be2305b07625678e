import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from './ledger.ts';
import {
  attempts,
  contractMigrationsBrought,
  contractMigrationsSince,
  goodReleases,
  restorableReleases,
  runningDigest,
  standing,
  unfinished,
} from './standing.ts';
import { entry } from './testing/ledger-entry.ts';
import { contract, expand, release } from './testing/memory-flow.ts';

const versions = (entries: readonly LedgerEntry[]) => entries.map(({ release }) => release.version);

describe('attempts', () => {
  it('takes the last entry of an attempt and the time of its first', () => {
    const started = entry('1.0.0', { outcome: 'started', at: '2026-11-21T08:00:00.000Z' });
    const ended = { ...started, outcome: 'good' as const, at: '2026-11-21T08:01:00.000Z' };
    expect(attempts([started, ended])).toEqual([{ entry: ended, startedAt: '2026-11-21T08:00:00.000Z' }]);
  });

  it('keeps the order in which they started', () => {
    const first = entry('1.0.0', { outcome: 'started' });
    const second = entry('2.0.0');
    expect(versions(attempts([first, second, { ...first, outcome: 'failed' }]).map(({ entry }) => entry))).toEqual([
      '1.0.0',
      '2.0.0',
    ]);
  });

  it('finds those that never ended', () => {
    const killed = entry('2.0.0', { outcome: 'started' });
    expect(unfinished([entry('1.0.0'), killed]).map(({ entry }) => entry)).toEqual([killed]);
    expect(unfinished([killed, { ...killed, outcome: 'failed' }])).toEqual([]);
  });
});

describe('standing', () => {
  it.each([
    ['nothing', [], undefined],
    ['the last good one', [entry('1.0.0'), entry('2.0.0')], '2.0.0'],
    ['an unverified one, for it runs', [entry('1.0.0'), entry('2.0.0', { outcome: 'unverified' })], '2.0.0'],
    ['not one that failed', [entry('1.0.0'), entry('2.0.0', { outcome: 'failed' })], '1.0.0'],
    ['not one that was rolled back', [entry('1.0.0'), entry('2.0.0', { outcome: 'rolled-back' })], '1.0.0'],
    ['not one that only started', [entry('1.0.0'), entry('2.0.0', { outcome: 'started' })], '1.0.0'],
    ['what a rollback brought', [entry('1.0.0'), entry('2.0.0'), entry('1.0.0', { action: 'rollback' })], '1.0.0'],
  ])('is %s', (_, entries, version) => {
    expect(standing(entries)?.release.version).toBe(version);
  });
});

describe('goodReleases', () => {
  const back = (version: string) => entry(version, { action: 'rollback' });
  it.each([
    ['in the order in which they came', [entry('1'), entry('2')], ['1', '2']],
    ['one after a second up of the same', [entry('1'), entry('1')], ['1']],
    ['without failed ones', [entry('1'), entry('2', { outcome: 'failed' })], ['1']],
    ['without what a rollback left', [entry('1'), entry('2'), back('1')], ['1']],
    ['further back after two rollbacks', [entry('1'), entry('2'), entry('3'), back('2'), back('1')], ['1']],
    ['over two steps', [entry('1'), entry('2'), entry('3'), back('1')], ['1']],
    ['with what came after a rollback', [entry('1'), entry('2'), back('1'), entry('3')], ['1', '3']],
    ['with an old release brought up again', [entry('1'), entry('2'), entry('1')], ['1', '2', '1']],
    ['with a rollback forward to one that was left', [entry('1'), entry('2'), back('1'), back('2')], ['1', '2']],
  ])('lists them %s', (_, entries, expected) => {
    expect(versions(goodReleases(entries))).toEqual(expected);
  });
});

describe('restorableReleases', () => {
  it('lists each verified version once, the latest first', () => {
    const entries = [entry('1'), entry('2'), entry('1', { action: 'rollback' }), entry('3', { outcome: 'unverified' })];
    expect(versions(restorableReleases(entries))).toEqual(['1', '2']);
  });
});

describe('runningDigest', () => {
  const task = (version: string) => ({ id: version, digest: release(version).digest, healthy: true });
  const observed = (...tasks: ReturnType<typeof task>[]) => ({
    url: '',
    services: [{ name: 'api', desired: 2, tasks, revision: '' }],
  });
  it('is the one that all tasks run', () => {
    expect(runningDigest(observed(task('1'), task('1')))).toBe(release('1').digest);
  });
  it('is unknown where tasks differ or none runs', () => {
    expect(runningDigest(observed(task('1'), task('2')))).toBeUndefined();
    expect(runningDigest(observed())).toBeUndefined();
    expect(runningDigest(undefined)).toBeUndefined();
  });
});

describe('contract migrations', () => {
  const create = expand('0-create');
  const drop = contract('1-drop');
  const first = entry('1', { release: release('1', create) });
  const second = (facts: Partial<LedgerEntry> = {}) => entry('2', { release: release('2', create, drop), ...facts });
  it.each([
    ['forbid a release from before them', [first, second()], ['1-drop']],
    ['forbid it although the rollout after them failed', [first, second({ outcome: 'failed' })], ['1-drop']],
    ['forbid it although the command was killed', [first, second({ outcome: 'started' })], ['1-drop']],
    ['do not count where the image was never built', [first, second({ outcome: 'failed', built: false })], []],
  ])('%s', (_, entries, names) => {
    expect(contractMigrationsSince(entries, first.release).map(({ name }) => name)).toEqual(names);
  });

  it('do not forbid a release that contains them, nor do expand migrations', () => {
    expect(contractMigrationsSince([first, second()], second().release)).toEqual([]);
    expect(contractMigrationsSince([entry('0'), first], release('0'))).toEqual([]);
  });

  it('are brought by a release when the schema does not have them', () => {
    expect(contractMigrationsBrought([first], second().release)).toEqual([drop]);
    expect(contractMigrationsBrought([first, second()], release('3', create, drop))).toEqual([]);
  });
});
