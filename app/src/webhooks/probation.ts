/**
 * Slots for webhooks that did not take their last message, or never one: half of a worker's, and one for each webhook. So
 * receivers that hang, however many somebody registers, leave the rest to those that answer.
 */
export class Probation {
  readonly #most: number;
  readonly #inside = new Set<string>();

  /** @param concurrency how many jobs the worker does at once */
  constructor(concurrency: number) {
    this.#most = Math.max(1, Math.floor(concurrency / 2));
  }

  /** `false`: not now. After `true` comes `leave`. */
  enter(userId: string): boolean {
    if (this.#inside.has(userId) || this.#inside.size >= this.#most) {
      return false;
    }
    this.#inside.add(userId);
    return true;
  }

  leave(userId: string): void {
    this.#inside.delete(userId);
  }
}
