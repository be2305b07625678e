import { describe, expect, it, vi } from 'vitest';
import { pinnedRelease, promotedRelease } from './pin.ts';
import { entry } from './testing/ledger-entry.ts';
import { release } from './testing/memory-flow.ts';

const [asked, set, promoted] = [release('1.0.0'), release('2.0.0'), release('3.0.0')];

describe('what an environment is pinned to', () => {
  it.each([
    ['what promote or rollback asks for, whatever is set', asked, set, 'promoted', asked],
    ['the setting, over what was promoted', undefined, set, 'promoted', set],
    ['what was promoted, where releases come by promotion', undefined, undefined, 'promoted', promoted],
    ['nothing, where releases are built', undefined, undefined, 'build', undefined],
    ['the setting, where releases are built', undefined, set, 'build', set],
  ] as const)('is %s', async (_, given, pinned, source, expected) => {
    const settings = () => ({ source, ...(pinned === undefined ? {} : { pinned }) });

    expect(await pinnedRelease({ asked: given, settings, promoted: () => promoted })).toBe(expected);
  });

  it('is decided without the settings of another commit, which need not be readable now', async () => {
    const settings = vi.fn(() => ({ source: 'build' as const }));
    await pinnedRelease({ asked, settings, promoted: () => undefined });

    expect(settings).not.toHaveBeenCalled();
  });
});

describe('what the ledger says was promoted', () => {
  it.each([
    ['nothing before the first promotion', [entry('1.0.0')], undefined],
    ['the last promotion', [entry('1.0.0', { action: 'promote' }), entry('2.0.0', { action: 'promote' })], '2.0.0'],
    ['it still, after an up of the same release', [entry('1.0.0', { action: 'promote' }), entry('1.0.0')], '1.0.0'],
    [
      'what a rollback brought',
      [entry('2.0.0', { action: 'promote' }), entry('1.0.0', { action: 'rollback' })],
      '1.0.0',
    ],
    [
      'not a promotion that failed',
      [entry('1.0.0', { action: 'promote' }), entry('2.0.0', { action: 'promote', outcome: 'failed' })],
      '1.0.0',
    ],
  ])('is %s', (_, entries, version) => {
    expect(promotedRelease(entries)?.version).toBe(version);
  });
});
