import { monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 10;
const nanosecondsPerMs = 1e6;

/** How late the event loop comes to what is due, at the 99th percentile of the last window and the one before. */
export class EventLoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  #previousMs = 0;

  constructor() {
    this.#histogram.enable();
  }

  get p99Ms(): number {
    return Math.max(this.#previousMs, this.#currentMs());
  }

  startWindow(): void {
    this.#previousMs = this.#currentMs();
    this.#histogram.reset();
  }

  stop(): void {
    this.#histogram.disable();
  }

  /** The histogram measures the whole interval; what exceeds its resolution is the lag. */
  #currentMs(): number {
    return this.#histogram.count === 0
      ? 0
      : Math.max(0, this.#histogram.percentile(99) / nanosecondsPerMs - resolutionMs);
  }
}
