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

interface Waiter {
  /** Its turn has come. */
  readonly admit: () => void;
}

/** So much at once, a bounded queue behind it, and no turn for those whose client has gone. */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #waiters = new Set<Waiter>();
  #free: number;

  constructor(options: SlotsOptions) {
    this.#options = options;
    this.#free = options.size;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** @throws what `refusal` makes, when the queue is full or the wait too long; Abandoned */
  async run<Result>(work: () => Promise<Result>, abandoned?: () => AbortSignal | undefined): Promise<Result> {
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      await this.#wait(abandoned?.());
    }
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #wait(abandoned: AbortSignal | undefined): Promise<void> {
    const { mostWaiting, longestWaitMs, refusal } = this.#options;
    if (abandoned?.aborted === true) {
      throw new Abandoned();
    }
    if (this.#waiters.size >= mostWaiting) {
      throw refusal();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        abandoned?.removeEventListener('abort', onAbandoned);
        this.#waiters.delete(waiter);
      };
      const waiter = {
        admit: () => {
          leave();
          resolve();
        },
      };
      const onAbandoned = () => {
        leave();
        reject(new Abandoned());
      };
      const timer = setTimeout(() => {
        leave();
        reject(refusal());
      }, longestWaitMs);
      abandoned?.addEventListener('abort', onAbandoned, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** The slot goes to whoever waits longest. */
  #leave(): void {
    const [next] = this.#waiters;
    if (next === undefined) {
      this.#free += 1;
    } else {
      next.admit();
    }
  }
}
