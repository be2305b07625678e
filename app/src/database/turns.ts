import { currentAsker } from '../logging/request-context.ts';
import { Slots } from '../slots/slots.ts';
import { DatabaseBusy } from './errors.ts';

/** A quarter of the pool: a locked row that every write waits for must leave room for those who only read. */
const shareOfReads = 4;
/** How many wait for each connection, at the most: a statement takes milliseconds, so they wait for a moment. */
const waitingForEach = 25;

/**
 * Who gets a connection of the pool next. Its own queue has no end, and keeps turns for clients that have gone; here a
 * request waits for as long as a connection may take to be made, and is refused as what it is.
 */
export class Turns {
  readonly #all: Slots;
  readonly #writes: Slots;

  constructor(connections: number, longestWaitMs: number) {
    const kept = connections > 1 ? Math.ceil(connections / shareOfReads) : 0;
    this.#all = slotsOf(connections, longestWaitMs);
    this.#writes = slotsOf(connections - kept, longestWaitMs);
  }

  get waiting(): number {
    return this.#all.waiting + this.#writes.waiting;
  }

  read<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#all.run(work, currentAsker);
  }

  write<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#writes.run(() => this.#all.run(work, currentAsker), currentAsker);
  }
}

function slotsOf(size: number, longestWaitMs: number): Slots {
  return new Slots({ size, mostWaiting: size * waitingForEach, longestWaitMs, refusal: () => new DatabaseBusy() });
}
