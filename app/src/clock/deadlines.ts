/** What is told when it took too long. Extends what it is about, instead of being kept in a Map: nothing has to be hashed. */
export abstract class Expiring<Entry> {
  /** Of `Deadlines` alone, as are its neighbours. */
  until: number | undefined;
  before: Entry | undefined;
  after: Entry | undefined;

  abstract expire(): void;
}

/**
 * Waits of one length, of which hardly any comes to its end: one timer looks after all of them. To set and clear one for
 * each request is a measurable part of it.
 */
export class Deadlines<Entry extends Expiring<Entry>> {
  readonly #afterMs: number;
  #first: Entry | undefined;
  #last: Entry | undefined;
  #size = 0;
  #isTimed = false;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  get size(): number {
    return this.#size;
  }

  /** The one that was added first, and so expires first. */
  get first(): Entry | undefined {
    return this.#first;
  }

  *[Symbol.iterator](): Generator<Entry, void> {
    for (let entry = this.#first; entry !== undefined; entry = entry.after) {
      yield entry;
    }
  }

  /** Has `expire` called in time unless the entry is deleted before. */
  add(entry: Entry): void {
    entry.until = performance.now() + this.#afterMs;
    entry.before = this.#last;
    if (this.#last === undefined) {
      this.#first = entry;
    } else {
      this.#last.after = entry;
    }
    this.#last = entry;
    this.#size += 1;
    if (!this.#isTimed) {
      this.#time(this.#afterMs);
    }
  }

  /** Does nothing to one that is not in it. */
  delete(entry: Entry): void {
    if (entry.until === undefined) {
      return;
    }
    const { before, after } = entry;
    if (before === undefined) {
      this.#first = after;
    } else {
      before.after = after;
    }
    if (after === undefined) {
      this.#last = before;
    } else {
      after.before = before;
    }
    entry.until = undefined;
    entry.before = undefined;
    entry.after = undefined;
    this.#size -= 1;
  }

  #time(delayMs: number): void {
    this.#isTimed = true;
    setTimeout(() => this.#expire(), delayMs).unref();
  }

  #expire(): void {
    this.#isTimed = false;
    const now = performance.now();
    for (let entry = this.#first; entry?.until !== undefined; entry = this.#first) {
      if (entry.until > now) {
        this.#time(entry.until - now);
        return;
      }
      this.delete(entry);
      entry.expire();
    }
  }
}
