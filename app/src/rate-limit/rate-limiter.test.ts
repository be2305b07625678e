import { describe, expect, it } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';

const withoutValkey = { use: async () => undefined };

function limiter(limits = { perMinute: 12, authPerMinute: 3 }) {
  return new RateLimiter(withoutValkey as never, limits);
}

async function refusals(of: RateLimiter, limitClass: 'usual' | 'auth', who: string, count: number): Promise<number> {
  let refused = 0;
  for (let request = 0; request < count; request += 1) {
    await of.count(limitClass, who).catch(() => (refused += 1));
  }
  return refused;
}

describe('the rate limit without Valkey', () => {
  it('counts for each who by itself', async () => {
    const own = limiter();
    // 12 a minute are 2 in each window of ten seconds.
    expect(await refusals(own, 'usual', 'one', 5)).toBe(3);
    expect(await refusals(own, 'usual', 'other', 2)).toBe(0);
  });

  it('counts passwords by the minute, and apart from the rest', async () => {
    const own = limiter();
    expect(await refusals(own, 'auth', 'one', 5)).toBe(2);
    expect(await refusals(own, 'usual', 'one', 2)).toBe(0);
  });

  it('says when to come back', async () => {
    const own = limiter();
    await refusals(own, 'usual', 'one', 2);
    await expect(own.count('usual', 'one')).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      retryAfterSeconds: expect.toSatisfy((seconds: number) => seconds >= 1 && seconds <= 10),
    });
  });
});
