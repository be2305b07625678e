import type { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cache, longestStaleMs } from './cache.ts';

/** The few commands that are used, on a Map; `away` makes it fail as a Valkey that can't be reached. */
class FakeValkey {
  readonly #kept = new Map<string, { readonly value: string; readonly until: number }>();
  away = false;
  readonly #client = {
    get: async (key: string) => this.#find(key),
    set: async (key: string, value: string, ...flags: readonly unknown[]) => {
      const before = this.#find(key);
      if (!flags.includes('NX') || before === null) {
        const [unit, count] = [flags[0], Number(flags[1])];
        this.#kept.set(key, { value, until: performance.now() + (unit === 'PX' ? count : count * 1_000) });
      }
      return flags.includes('GET') ? before : 'OK';
    },
  };

  #find(key: string): string | null {
    const found = this.#kept.get(key);
    return found !== undefined && performance.now() < found.until ? found.value : null;
  }

  async use<Result>(work: (client: Redis) => Promise<Result>): Promise<Result | undefined> {
    // What is not there would throw when it is called: the double can't hide a new command.
    return this.away ? undefined : work(this.#client as unknown as Redis);
  }
}

class FakeDatabase {
  state = 'old';
  loads = 0;
  readonly load = async () => {
    this.loads += 1;
    return this.state;
  };

  /** A load that reads now and answers when told. */
  slowLoad() {
    const released = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const load = async () => {
      const found = await this.load();
      began.resolve();
      await released.promise;
      return found;
    };
    return { load, began: began.promise, release: released.resolve };
  }
}

function setUp() {
  const valkey = new FakeValkey();
  const cache = new Cache(valkey as never);
  const database = new FakeDatabase();
  const read = (load = database.load, from = cache) => from.read('user-1', 'summary', String, load);
  return { valkey, cache, database, read };
}

describe('the cache', () => {
  it('keeps what was read, for each scope apart', async () => {
    const { cache, database, read } = setUp();
    expect([await read(), await read()]).toEqual(['old', 'old']);
    expect(database.loads).toBe(1);
    await cache.read('user-2', 'summary', String, database.load);
    expect(database.loads).toBe(2);
  });

  it('gives what is written to whoever reads after it', async () => {
    const { cache, database, read } = setUp();
    await read();
    database.state = 'new';
    await cache.invalidate('user-1');
    expect(await read()).toBe('new');
  });

  it('is neither joined by a read after a write, nor made stale by one that began before it and ends after it', async () => {
    const { cache, database, read } = setUp();
    const slow = database.slowLoad();
    const early = read(slow.load);
    await slow.began;
    database.state = 'new';
    await cache.invalidate('user-1');
    expect(await read()).toBe('new');
    slow.release();
    expect(await early).toBe('old');
    expect(await read()).toBe('new');
  });

  it('loads once for all who ask at the same time, and again after a failure', async () => {
    const { database, read } = setUp();
    const slow = database.slowLoad();
    const all = [read(slow.load), read(slow.load), read(slow.load)];
    await slow.began;
    slow.release();
    expect(await Promise.all(all)).toEqual(['old', 'old', 'old']);
    expect(database.loads).toBe(1);

    const { read: readElsewhere } = setUp();
    await expect(readElsewhere(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await readElsewhere()).toBe('old');
  });

  it('reads the database each time while Valkey is unreachable, and shares no load', async () => {
    const { valkey, database, read } = setUp();
    valkey.away = true;
    const slow = database.slowLoad();
    const early = read(slow.load);
    await slow.began;
    database.state = 'new';
    expect(await read()).toBe('new');
    slow.release();
    expect(await early).toBe('old');
  });

  it('trusts nothing of a scope whose write Valkey did not hear of, until it did', async () => {
    const { valkey, cache, database, read } = setUp();
    await read();
    valkey.away = true;
    database.state = 'new';
    await cache.invalidate('user-1');
    valkey.away = false;
    expect(await read()).toBe('new');
    expect(await read()).toBe('new');
    expect(database.loads).toBe(2);
  });

  describe('as time passes', () => {
    const passTime = () => vi.useFakeTimers({ toFake: ['performance'] });
    afterEach(() => void vi.useRealTimers());

    it('asks again when an unheard write is older than anything that may be kept', async () => {
      passTime();
      const { valkey, cache, read } = setUp();
      valkey.away = true;
      await cache.invalidate('user-1');
      valkey.away = false;
      vi.advanceTimersByTime(longestStaleMs + 1);
      const set = vi.spyOn(valkey, 'use');
      await read();
      // Version, entry, keeping: no fourth call for the write.
      expect(set).toHaveBeenCalledTimes(3);
    });

    it('shows a write of which Valkey never hears, in another process, after `longestStaleMs`', async () => {
      passTime();
      const { valkey, cache, database, read } = setUp();
      const other = new Cache(valkey as never);
      const readElsewhere = () => read(database.load, other);
      await readElsewhere();
      valkey.away = true;
      database.state = 'new';
      await cache.invalidate('user-1');
      valkey.away = false;
      vi.advanceTimersByTime(longestStaleMs - 1);
      expect(await readElsewhere()).toBe('old');
      vi.advanceTimersByTime(1);
      expect(await readElsewhere()).toBe('new');
    });

    it.each([1_000, longestStaleMs])('counts the %i ms that the query took', async (tookMs) => {
      passTime();
      const { database, read } = setUp();
      const slow = database.slowLoad();
      const early = read(slow.load);
      await slow.began;
      database.state = 'new';
      vi.advanceTimersByTime(tookMs);
      slow.release();
      expect(await early).toBe('old');
      vi.advanceTimersByTime(longestStaleMs - tookMs);
      expect(await read()).toBe('new');
    });
  });
});
