import { once } from 'node:events';
import { pause } from '../clock/clock.ts';
import type { Logger } from '../logging/logger.ts';

/** Work that is done seldom is not left for its whole pause because it failed once. */
const pauseAfterFailureMs = { least: 1_000, most: 5_000 } as const;

/** Work that is done again and again, never twice at once. */
export interface RepeatedWork {
  readonly name: string;
  readonly pauseMs: number;
  /** `true`: there is more to do right now. A number: there will be in so many milliseconds, if that is before the pause ends. */
  run(): Promise<boolean | number>;
}

/** Repeats each until it is stopped. What fails is said and tried again: databases come back. */
export class Repeater {
  readonly #logger: Logger;
  readonly #stopped = new AbortController();
  readonly #loops: Promise<void>[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param when what all of it needs has been tried to be reached: before, it could only fail */
  start(when: Promise<unknown>, ...all: readonly RepeatedWork[]): void {
    const { signal } = this.#stopped;
    const begun = Promise.race([when, once(signal, 'abort')]);
    for (const work of all) {
      this.#loops.push(begun.then(() => this.#repeat(work)));
    }
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#loops);
  }

  async #repeat(work: RepeatedWork): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const pauseMs = await this.#runOnce(work);
      if (pauseMs > 0) {
        await pause(pauseMs, signal);
      }
    }
  }

  async #runOnce(work: RepeatedWork): Promise<number> {
    try {
      const more = await work.run();
      return typeof more === 'number' ? Math.min(more, work.pauseMs) : more ? 0 : work.pauseMs;
    } catch (error) {
      this.#logger.warn({ operation: work.name, err: error }, `${work.name} failed and is tried again`);
      return Math.min(Math.max(work.pauseMs, pauseAfterFailureMs.least), pauseAfterFailureMs.most);
    }
  }
}
