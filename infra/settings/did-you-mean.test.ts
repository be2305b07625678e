import { describe, expect, it } from 'vitest';
import { didYouMean } from './did-you-mean.ts';

const keys = ['apiMemoryMiB', 'apiDesiredCount', 'vpcCidr'];

describe('didYouMean', () => {
  it.each([
    ['apiMemory', 'apiMemoryMiB'],
    ['APIMEMORYMIB', 'apiMemoryMiB'],
    ['apiDesirecCount', 'apiDesiredCount'],
    ['desiredCount', 'apiDesiredCount'],
    ['vpcCird', 'vpcCidr'],
  ])('%s: %s', (word, expected) => {
    expect(didYouMean(word, keys)).toBe(expected);
  });

  it.each(['colour', 'x', ''])('has nothing to say on "%s"', (word) => {
    expect(didYouMean(word, keys)).toBeUndefined();
  });
});
