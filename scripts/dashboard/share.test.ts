import { describe, expect, it } from 'vitest';
import { shared } from './share.ts';

describe('a shared reading', () => {
  it('is one for all who ask while it lasts and while its answer is good', async () => {
    let now = 0;
    let reads = 0;
    let end = (_value: number): void => undefined;
    const read = shared(
      () => {
        reads += 1;
        return new Promise<number>((resolve) => {
          end = resolve;
        });
      },
      900,
      () => now,
    );

    const first = read();
    now = 5_000;
    const second = read();
    end(1);
    expect([await first, await second, reads]).toEqual([1, 1, 1]);

    now = 5_899;
    expect([await read(), reads]).toEqual([1, 1]);

    now = 5_900;
    const third = read();
    end(2);
    expect([await third, reads]).toEqual([2, 2]);
  });

  it('that failed is no answer for good', async () => {
    let now = 0;
    let reads = 0;
    const read = shared(
      async () => {
        reads += 1;
        if (reads === 1) throw new Error('away');
        return reads;
      },
      900,
      () => now,
    );

    await expect(read()).rejects.toThrow('away');
    now = 1_000;
    expect(await read()).toBe(2);
  });
});
