import { describe, expect, it } from 'vitest';
import { memorySizesMiB } from './fargate-sizes.ts';

describe('memorySizesMiB', () => {
  // Smallest, largest, how many: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
  it.each([
    [256, 512, 2048, 3],
    [512, 1024, 4096, 4],
    [1024, 2048, 8192, 7],
    [2048, 4096, 16384, 13],
    [4096, 8192, 30720, 23],
    [8192, 16384, 61440, 12],
    [16384, 32768, 122880, 12],
  ])('of %i CPU units go from %i to %i MiB in %i sizes', (cpuUnits, least, most, count) => {
    const sizes = memorySizesMiB(cpuUnits);

    expect(sizes[0]).toBe(least);
    expect(sizes.at(-1)).toBe(most);
    expect(sizes).toHaveLength(count);
  });

  it.each([
    [8192, 4096],
    [16384, 8192],
  ])('of %i CPU units are %i MiB apart', (cpuUnits, step) => {
    const [first = 0, second = 0] = memorySizesMiB(cpuUnits);

    expect(second - first).toBe(step);
  });

  it('of a size that Fargate does not have are none', () => {
    expect(memorySizesMiB(300)).toEqual([]);
  });
});
