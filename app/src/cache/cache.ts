import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Valkey } from '../valkey/valkey.ts';

/**
 * No answer shows a state that was left longer ago than this, whatever befalls Valkey or the process that wrote: an entry
 * ends so long after the query that it is of began.
 */
export const longestStaleMs = 5_000;
/** Longer than any entry lives: a version that is forgotten leaves nothing that could be found. */
const versionSeconds = 3_600;
const mostUnsettled = 10_000;

/**
 * Keeps what is expensive to read. Each scope (a user) has a version, a random one, which is part of the key of all that
 * is kept for it; whoever writes gives the scope a new version after the commit and before the answer.
 * So a read that began before a write may keep what it found, but under a version that nobody asks for any more:
 * no read that begins after the answer to a write sees the state before it. While Valkey is unreachable every read goes to the database.
 */
@Injectable()
export class Cache {
  readonly #valkey: Pick<Valkey, 'use'>;
  readonly #flights = new Map<string, Promise<unknown>>();
  /** Scopes whose new version did not reach Valkey, and until when what it may still hold for them can live. */
  readonly #unsettled = new Map<string, number>();

  constructor(valkey: Valkey) {
    this.#valkey = valkey;
  }

  /** What `load` gives, or gave within `longestStaleMs`. Requests that ask for the same at once share one `load`. */
  async read<Value>(
    scope: string,
    name: string,
    parse: (kept: unknown) => Value,
    load: () => Promise<Value>,
  ): Promise<Value> {
    const version = await this.#versionOf(scope);
    if (version === undefined) {
      // Without a version two reads can't be told apart by what was written between them: none is shared.
      return load();
    }
    const key = `cache:${scope}:${version}:${name}`;
    const flight = this.#flights.get(key) ?? this.#takeOff(key, load);
    return parse(await flight);
  }

  /** Call it after the commit and wait for it before the answer. Never rejects. */
  async invalidate(scope: string): Promise<void> {
    const reached = await this.#valkey.use((client) =>
      client.set(versionKey(scope), randomUUID(), 'EX', versionSeconds),
    );
    if (reached !== undefined) {
      this.#unsettled.delete(scope);
      return;
    }
    this.#unsettled.delete(scope);
    this.#unsettled.set(scope, performance.now() + longestStaleMs);
    const [oldest] = this.#unsettled.keys();
    if (this.#unsettled.size > mostUnsettled && oldest !== undefined) {
      this.#unsettled.delete(oldest);
    }
  }

  async #versionOf(scope: string): Promise<string | undefined> {
    const unsettledUntil = this.#unsettled.get(scope);
    if (unsettledUntil !== undefined && performance.now() < unsettledUntil) {
      await this.invalidate(scope);
      if (this.#unsettled.has(scope)) {
        return undefined;
      }
    }
    const fresh = randomUUID();
    const found = await this.#valkey.use((client) =>
      client.set(versionKey(scope), fresh, 'EX', versionSeconds, 'NX', 'GET'),
    );
    return found === null ? fresh : found;
  }

  #takeOff<Value>(key: string, load: () => Promise<Value>): Promise<unknown> {
    const flight = this.#readThrough(key, load).finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  async #readThrough(key: string, load: () => Promise<unknown>): Promise<unknown> {
    const kept = await this.#valkey.use((client) => client.get(key));
    if (typeof kept === 'string') {
      return JSON.parse(kept);
    }
    const startedAt = performance.now();
    const value = await load();
    // What was true when the query began: a slow one gives an entry that ends soon, or none.
    const leftMs = Math.floor(longestStaleMs - (performance.now() - startedAt));
    if (leftMs > 0) {
      await this.#valkey.use((client) => client.set(key, JSON.stringify(value), 'PX', leftMs));
    }
    return value;
  }
}

function versionKey(scope: string): string {
  return `cache-version:${scope}`;
}
