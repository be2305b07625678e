import { Deadlines, Expiring } from '../clock/deadlines.ts';
import { domainError } from '../errors/domain-error.ts';

/** Nobody waits for the answer any more (nginx's status for it); nobody is told, either. */
class Abandoned extends domainError('abandoned', 'ABANDONED', 'The client went away before it was answered.') {}

interface SlotsOptions {
  /** How much is done at once. */
  readonly size: number;
  /** How many wait at the most for something to end. */
  readonly mostWaiting: number;
  /** How long each of them does. */
  readonly longestWaitMs: number;
  /** What those are told who would have to wait longer. */
  readonly refusal: () => Error;
}

/** Whoever asked for work, and may go away before it is done. */
export interface Asker {
  readonly hasGone: boolean;
  /** Calls `listener` when the asker goes away. */
  add(listener: () => void): void;
  delete(listener: () => void): void;
}

/** So much at once, a bounded queue behind it, and no turn for those whose client has gone. */
export class Slots {
  readonly #options: SlotsOptions;
  /** In the order in which they came, which is the one in which they expire. */
  readonly #waiters: Deadlines<Waiter>;
  #free: number;

  constructor(options: SlotsOptions) {
    this.#options = options;
    this.#waiters = new Deadlines(options.longestWaitMs);
    this.#free = options.size;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** @throws what `refusal` makes, when the queue is full or the wait too long; Abandoned */
  async run<Result>(work: () => Promise<Result>, asker?: () => Asker | undefined): Promise<Result> {
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      await this.#wait(asker?.());
    }
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #wait(asker: Asker | undefined): Promise<void> {
    const { mostWaiting, refusal } = this.#options;
    if (asker?.hasGone === true) {
      throw new Abandoned();
    }
    if (this.#waiters.size >= mostWaiting) {
      throw refusal();
    }
    const waiter = new Waiter(this.#waiters, asker, refusal);
    this.#waiters.add(waiter);
    return waiter.turn;
  }

  /** The slot goes to whoever waits longest. */
  #leave(): void {
    const next = this.#waiters.first;
    if (next === undefined) {
      this.#free += 1;
    } else {
      next.admit();
    }
  }
}

/** Resolves `turn` when its turn has come, or rejects it. */
class Waiter extends Expiring<Waiter> {
  readonly #queue: Deadlines<Waiter>;
  readonly #asker: Asker | undefined;
  readonly #refusal: () => Error;
  readonly #settle = Promise.withResolvers<void>();
  readonly #abandon = () => this.#reject(new Abandoned());

  constructor(queue: Deadlines<Waiter>, asker: Asker | undefined, refusal: () => Error) {
    super();
    this.#queue = queue;
    this.#asker = asker;
    this.#refusal = refusal;
    asker?.add(this.#abandon);
  }

  get turn(): Promise<void> {
    return this.#settle.promise;
  }

  admit(): void {
    this.#leave();
    this.#settle.resolve();
  }

  expire(): void {
    this.#reject(this.#refusal());
  }

  #reject(error: Error): void {
    this.#leave();
    this.#settle.reject(error);
  }

  #leave(): void {
    this.#queue.delete(this);
    this.#asker?.delete(this.#abandon);
  }
}
