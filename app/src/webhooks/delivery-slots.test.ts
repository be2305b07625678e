import { describe, expect, it } from 'vitest';
import { DeliverySlots } from './delivery-slots.ts';

const proven = (userId: string) => ({ userId, isProven: true });
const unproven = (userId: string) => ({ userId, isProven: false });

describe('the slots for messages', () => {
  it('are half of the worker’s for webhooks that are not proven, and one for each', () => {
    const slots = new DeliverySlots(4);
    expect(['one', 'one', 'other', 'third'].map((userId) => slots.enter(unproven(userId)))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    slots.leave(unproven('one'));
    expect(slots.enter(unproven('third'))).toBe(true);
  });

  it('are a quarter of the worker’s for one that is proven, and leave a quarter to jobs that are no messages', () => {
    const slots = new DeliverySlots(12);
    const entered = (userId: string) => Array.from({ length: 12 }, () => slots.enter(proven(userId))).filter(Boolean);
    expect(['one', 'two', 'three', 'four'].map((userId) => entered(userId).length)).toEqual([3, 3, 3, 0]);
    slots.leave(proven('one'));
    expect([slots.enter(proven('two')), slots.enter(proven('four'))]).toEqual([false, true]);
  });

  it('are one for a webhook that is not proven any more, though messages from before are on their way', () => {
    const slots = new DeliverySlots(12);
    slots.enter(proven('one'));
    expect(slots.enter(unproven('one'))).toBe(false);
    slots.leave(proven('one'));
    expect(slots.enter(unproven('one'))).toBe(true);
  });

  it.each([1, 2, 3])('are never none, as with %i of the worker’s', (concurrency) => {
    const slots = new DeliverySlots(concurrency);
    expect(slots.enter(unproven('one'))).toBe(true);
    slots.leave(unproven('one'));
    expect(slots.enter(proven('one'))).toBe(true);
  });
});
