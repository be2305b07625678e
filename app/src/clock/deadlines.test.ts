import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines, Expiring } from './deadlines.ts';

class Wait extends Expiring<Wait> {
  readonly name: string;
  readonly #onExpire: (name: string) => void;

  constructor(name: string, onExpire: (name: string) => void) {
    super();
    this.name = name;
    this.#onExpire = onExpire;
  }

  expire(): void {
    this.#onExpire(this.name);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function waiting(...names: readonly string[]) {
  const deadlines = new Deadlines<Wait>(1_000);
  const expired: string[] = [];
  const add = (name: string) => {
    const wait = new Wait(name, (late) => expired.push(late));
    deadlines.add(wait);
    return wait;
  };
  return { deadlines, expired, add, waits: names.map(add) };
}

const namesIn = (deadlines: Deadlines<Wait>) => [...deadlines].map(({ name }) => name);

describe('deadlines', () => {
  it('expire each when its own time is over, with one timer', () => {
    const { deadlines, expired, add } = waiting('first');
    vi.advanceTimersByTime(400);
    add('second');
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(599);
    expect(expired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect([expired, namesIn(deadlines)]).toEqual([['first'], ['second']]);
    vi.advanceTimersByTime(400);
    expect([expired, deadlines.size, vi.getTimerCount()]).toEqual([['first', 'second'], 0, 0]);
  });

  it('expire what was added after all others had gone', () => {
    const { deadlines, expired, add, waits } = waiting('gone');
    vi.advanceTimersByTime(500);
    for (const wait of waits) {
      deadlines.delete(wait);
    }
    vi.advanceTimersByTime(2_000);
    add('later');
    vi.advanceTimersByTime(999);
    expect(expired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(expired).toEqual(['later']);
  });

  it.each([
    ['the first', 0, ['b', 'c']],
    ['one between', 1, ['a', 'c']],
    ['the last', 2, ['a', 'b']],
  ])('keep their order when %s is deleted, once or twice', (_, index, left) => {
    const { deadlines, expired, waits } = waiting('a', 'b', 'c');
    const wait = waits[index];
    if (wait !== undefined) {
      deadlines.delete(wait);
      deadlines.delete(wait);
    }
    expect([namesIn(deadlines), deadlines.size, deadlines.first?.name]).toEqual([left, 2, left[0]]);
    vi.advanceTimersByTime(1_000);
    expect(expired).toEqual(left);
  });

  it('let one that expires delete another and add it again', () => {
    const deadlines = new Deadlines<Wait>(1_000);
    const expired: string[] = [];
    const other = new Wait('other', (name) => expired.push(name));
    const first = new Wait('first', (name) => {
      expired.push(name);
      deadlines.delete(other);
      deadlines.add(other);
    });
    deadlines.add(first);
    deadlines.add(other);
    vi.advanceTimersByTime(1_000);
    expect([expired, namesIn(deadlines)]).toEqual([['first'], ['other']]);
    vi.advanceTimersByTime(1_000);
    expect(expired).toEqual(['first', 'other']);
  });
});
