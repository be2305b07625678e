import { describe, expect, it } from 'vitest';
import { Abandonment } from '../logging/request-context.ts';
import { Slots } from './slots.ts';

class Busy extends Error {}

function slotsOf(size: number, mostWaiting = 10, longestWaitMs = 60_000) {
  return new Slots({ size, mostWaiting, longestWaitMs, refusal: () => new Busy('busy') });
}

/** Work that ends when it is told to. */
function piece() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const state = { started: false };
  const work = () => {
    state.started = true;
    return promise;
  };
  return { work, state, end: () => resolve('done'), fail: () => reject(new Error('failed')) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('slots', () => {
  it('let so much run at once, and the next in the order in which it came', async () => {
    const slots = slotsOf(1);
    const [first, second, third] = [piece(), piece(), piece()];
    const runs = [first, second, third].map(({ work }) => slots.run(work));
    await settled();
    expect([first, second, third].map(({ state }) => state.started)).toEqual([true, false, false]);
    first.end();
    await settled();
    expect([second, third].map(({ state }) => state.started)).toEqual([true, false]);
    second.fail();
    await expect(runs[1]).rejects.toThrow('failed');
    third.end();
    expect(await runs[2]).toBe('done');
    expect(slots.waiting).toBe(0);
  });

  it('refuse at once what would have to wait behind too many', async () => {
    const slots = slotsOf(1, 1);
    const running = piece();
    void slots.run(running.work);
    const waiting = slots.run(piece().work);
    await expect(slots.run(piece().work)).rejects.toBeInstanceOf(Busy);
    expect(slots.waiting).toBe(1);
    waiting.catch(() => undefined);
  });

  it('refuse what waited too long, and keep no place for it', async () => {
    const slots = slotsOf(1, 1, 5);
    const running = piece();
    void slots.run(running.work);
    await expect(slots.run(piece().work)).rejects.toBeInstanceOf(Busy);
    expect(slots.waiting).toBe(0);
  });

  it('give no turn to what nobody waits for: it leaves the queue at once', async () => {
    const slots = slotsOf(1, 2);
    const [running, left, next] = [piece(), piece(), piece()];
    const first = slots.run(running.work);
    const client = new Abandonment();
    const abandoned = slots.run(left.work, () => client);
    const patient = slots.run(next.work);
    client.end();
    await expect(abandoned).rejects.toMatchObject({ code: 'ABANDONED' });
    expect(slots.waiting).toBe(1);
    running.end();
    await first;
    next.end();
    expect(await patient).toBe('done');
    expect(left.state.started).toBe(false);
  });
});
