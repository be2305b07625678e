import { describe, expect, it } from 'vitest';
import { Probation } from './probation.ts';

describe('the slots for webhooks that are not proven', () => {
  it('are half of the worker’s, and one for each webhook', () => {
    const probation = new Probation(4);
    expect(['one', 'one', 'other', 'third'].map((userId) => probation.enter(userId))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    probation.leave('one');
    expect(probation.enter('third')).toBe(true);
  });

  it('are never none', () => {
    expect(new Probation(1).enter('one')).toBe(true);
  });
});
