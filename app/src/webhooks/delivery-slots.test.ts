import { describe, expect, it } from 'vitest';
import { DeliverySlots } from './delivery-slots.ts';

const proven = (userId: string) => ({ userId, isProven: true });
const unproven = (userId: string) => ({ userId, isProven: false });

/** Slots whose messages are under way until they are told to end, with a clock of their own. */
function slotsOf(concurrency: number) {
  const clock = { seconds: 1_000 };
  const slots = new DeliverySlots(concurrency, () => clock.seconds);
  const ends: (() => void)[] = [];
  const enter = async (webhook: ReturnType<typeof proven>): Promise<number> => {
    const { promise, resolve } = Promise.withResolvers<number>();
    void slots.within(webhook, {
      deliver: () =>
        new Promise<void>((end) => {
          ends.push(end);
          resolve(0);
        }),
      hold: async (seconds) => resolve(seconds),
    });
    return promise;
  };
  const endAll = async () => {
    for (const end of ends.splice(0)) {
      end();
    }
    await new Promise(setImmediate);
  };
  return { clock, enter, endAll };
}

async function entered(enter: () => Promise<number>, times: number): Promise<number> {
  const waits = await Promise.all(Array.from({ length: times }, enter));
  return waits.filter((seconds) => seconds === 0).length;
}

describe('the slots for messages', () => {
  it('are half of the worker’s for webhooks that are not proven, and one for each', async () => {
    const { enter, endAll } = slotsOf(4);
    expect(await entered(() => enter(unproven('one')), 2)).toBe(1);
    expect(await entered(() => enter(unproven('other')), 1)).toBe(1);
    expect(await entered(() => enter(unproven('third')), 1)).toBe(0);
    await endAll();
    expect(await entered(() => enter(unproven('third')), 1)).toBe(1);
  });

  it('are a quarter of the worker’s for one that is proven, and leave a quarter to jobs that are no messages', async () => {
    const { enter } = slotsOf(12);
    const counts = [];
    for (const userId of ['one', 'two', 'three', 'four']) {
      counts.push(await entered(() => enter(proven(userId)), 12));
    }
    expect(counts).toEqual([3, 3, 3, 0]);
  });

  it('are one for a webhook that is not proven any more, though messages from before are under way', async () => {
    const { enter, endAll } = slotsOf(12);
    expect(await enter(proven('one'))).toBe(0);
    expect(await enter(unproven('one'))).toBeGreaterThan(0);
    await endAll();
    expect(await enter(unproven('one'))).toBe(0);
  });

  it.each([1, 2, 3])('are never none, as with %i of the worker’s', async (concurrency) => {
    const { enter, endAll } = slotsOf(concurrency);
    expect(await enter(unproven('one'))).toBe(0);
    await endAll();
    expect(await enter(proven('one'))).toBe(0);
  });
});

describe('a message that finds no slot', () => {
  /** The one before it took ten minutes, and another one is under way. */
  const afterALongMessage = async () => {
    const slots = slotsOf(4);
    await slots.enter(unproven('one'));
    slots.clock.seconds += 600;
    await slots.endAll();
    await slots.enter(unproven('one'));
    return slots;
  };

  it('comes when the ones before it should be through', async () => {
    const { clock, enter, endAll } = slotsOf(8);
    await entered(() => enter(proven('one')), 2);
    clock.seconds += 3.9;
    await endAll();
    await entered(() => enter(proven('one')), 2);
    // Two at a time, of two seconds each: the average of 3.9 s and the 0.1 s that were assumed, once more halved with each.
    const waits = [await enter(proven('one')), await enter(proven('one')), await enter(proven('one'))];
    const [first = 0, second = 0, third = 0] = waits;
    expect(second - first).toBeCloseTo(third - second);
    expect(second - first).toBeCloseTo((0.1 / 4 + 3.9 * 0.75) / 2);
  });

  it('waits for a minute at most, whatever its receiver did before', async () => {
    const { enter } = await afterALongMessage();
    expect(await enter(unproven('one'))).toBe(60);
    expect(await enter(unproven('one'))).toBe(60);
  });

  it('does not wait for others that were told to come late, once its receiver is fast', async () => {
    const { enter, endAll } = await afterALongMessage();
    expect(await enter(unproven('one'))).toBe(60);
    for (let fast = 0; fast < 12; fast += 1) {
      await endAll();
      expect(await enter(unproven('one'))).toBe(0);
    }
    expect(await enter(unproven('one'))).toBeLessThan(1);
  });

  it('of a thousand comes about as soon as a fast receiver can take it', async () => {
    const { enter, endAll } = slotsOf(20);
    const isFast = async () => {
      await enter(proven('one'));
      await endAll();
    };
    for (let times = 0; times < 10; times += 1) {
      await isFast();
    }
    await entered(() => enter(proven('one')), 5);
    const waits = await Promise.all(Array.from({ length: 1_000 }, () => enter(proven('one'))));
    expect(Math.max(...waits)).toBeLessThan(2);
  });
});
