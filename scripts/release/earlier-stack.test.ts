import { describe, expect, it } from 'vitest';
import { chooseEarlierStack } from './earlier-stack.ts';
import { entry } from './testing/ledger-entry.ts';

const commit = (letter: string) => letter.repeat(40);
const good = (version: string, programCommit: string, settingsHash = 'settings') =>
  entry(version, { programCommit, settingsHash });
const choose = (entries: Parameters<typeof chooseEarlierStack>[2], version?: string) =>
  chooseEarlierStack('local', 'staging', entries, version);

describe('chooseEarlierStack', () => {
  it('takes the last good stack that differs from the one that stands', () => {
    const entries = [good('1.0.0', commit('a')), good('2.0.0', commit('b'))];
    expect(choose(entries)).toEqual({ version: '1.0.0', commit: commit('a'), settingsHash: 'settings' });
  });

  it('sees another stack in other settings or another program, though the release is the same', () => {
    const settings = [good('1.0.0', commit('a')), good('1.0.0', commit('a'), 'others')];
    expect(choose(settings)).toMatchObject({ version: '1.0.0', settingsHash: 'settings' });
    const programs = [good('1.0.0', commit('a')), good('1.0.0', commit('b'))];
    expect(choose(programs)).toMatchObject({ commit: commit('a') });
  });

  it('skips what failed or was rolled back', () => {
    const failed = entry('1.5.0', { outcome: 'failed', programCommit: commit('c') });
    const entries = [good('1.0.0', commit('a')), failed, good('2.0.0', commit('b'))];
    expect(choose(entries)).toMatchObject({ version: '1.0.0' });
  });

  it('takes the latest stack of a version that is named', () => {
    const entries = [good('1.0.0', commit('a')), good('1.0.0', commit('b')), good('2.0.0', commit('c'))];
    expect(choose(entries, '1.0.0')).toMatchObject({ commit: commit('b') });
  });

  it('refuses a program that was not committed, and says with what it ran', () => {
    const dirty = [good('1.0.0', `${commit('a')}-dirty`), good('2.0.0', commit('b'))];
    expect(() => choose(dirty)).toThrowError(
      expect.objectContaining({ code: 'PROGRAM_NOT_COMMITTED', message: expect.stringContaining('aaaaaaa') }),
    );
    const unknown = [good('1.0.0', 'unknown'), good('2.0.0', commit('b'))];
    expect(() => choose(unknown)).toThrowError(expect.objectContaining({ code: 'PROGRAM_NOT_COMMITTED' }));
  });

  it('says which versions there are when none fits', () => {
    const entries = [good('1.0.0', commit('a')), good('2.0.0', commit('b'))];
    expect(() => choose(entries, '9.9.9')).toThrowError(
      expect.objectContaining({ code: 'NO_EARLIER_STACK', remedy: 'Choose one of: 1.0.0.' }),
    );
    expect(() => choose([good('1.0.0', commit('a'))])).toThrowError(
      expect.objectContaining({ code: 'NO_EARLIER_STACK' }),
    );
  });
});
