import { describe, expect, it } from 'vitest';
import type { OpenJournal } from '../release/smoke.ts';
import { compareWrites, startWriting } from './journal.ts';

const signal = new AbortController().signal;
const options = { url: 'http://127.0.0.1:1', rate: 200, maxSeconds: 0.05, signal };

/** Keeps entries as it is told: an app whose API acknowledges, loses or doubles. */
function journalOf(keep: (entry: string, kept: string[]) => void): {
  readonly open: OpenJournal;
  readonly closed: () => boolean;
} {
  const kept: string[] = [];
  let closed = false;
  return {
    closed: () => closed,
    open: async () => ({
      reads: { path: '/', headers: {} },
      async write(entry) {
        keep(entry, kept);
      },
      async read() {
        return kept;
      },
      async close() {
        closed = true;
      },
    }),
  };
}

async function writesOf(keep: (entry: string, kept: string[]) => void) {
  let asked = 0;
  const { open, closed } = journalOf((entry, kept) => {
    asked += 1;
    keep(entry, kept);
  });
  const writing = await startWriting(open, options);
  await expect.poll(() => asked).toBe(options.rate * options.maxSeconds);
  const writes = await writing.stop();
  expect(closed()).toBe(true);
  return writes;
}

describe('the writes of a drill', () => {
  it('are all read back, and then removed', async () => {
    const writes = await writesOf((entry, kept) => void kept.push(entry));
    expect(writes).toEqual({ written: 10, acknowledged: 10, lost: [], lostAt: [], doubled: [], failed: 0 });
  });

  it('are lost where they are acknowledged and not there', async () => {
    const writes = await writesOf((entry, kept) => void (entry === 'drill-3' || kept.push(entry)));
    expect(writes).toMatchObject({ acknowledged: 10, lost: ['drill-3'], lostAt: [expect.any(Number)], doubled: [] });
  });

  it('are doubled where they are there twice, acknowledged or not', async () => {
    const writes = await writesOf((entry, kept) => {
      kept.push(entry);
      if (entry === 'drill-4') kept.push(entry);
    });
    expect(writes).toMatchObject({ lost: [], doubled: ['drill-4'] });
  });

  it('may be there or not where they failed', async () => {
    const writes = await writesOf((entry, kept) => {
      if (entry === 'drill-5') kept.push(entry);
      if (entry === 'drill-5' || entry === 'drill-6') throw new Error('503');
      kept.push(entry);
    });
    expect(writes).toEqual({ written: 10, acknowledged: 8, lost: [], lostAt: [], doubled: [], failed: 2 });
  });

  it('are compared by what is there', () => {
    expect(compareWrites(3, ['a', 'b'], ['b', 'c', 'c'])).toEqual({
      written: 3,
      acknowledged: 2,
      lost: ['a'],
      doubled: ['c'],
      failed: 1,
    });
  });
});
