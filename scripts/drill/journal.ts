import { setTimeout as pause } from 'node:timers/promises';
import type { Journal, OpenJournal } from '../release/smoke.ts';

/** What became of the writes of a drill, read back when it was over. */
export interface Writes {
  /** Sent. */
  readonly written: number;
  /** Answered with success. */
  readonly acknowledged: number;
  /** Acknowledged, and not there afterwards. */
  readonly lost: readonly string[];
  /** When each of those was acknowledged, in milliseconds since the writing began; absent where nobody asks. */
  readonly lostAt?: readonly number[];
  /** There more than once, although written once. */
  readonly doubled: readonly string[];
  /** Not acknowledged; whether they are there is not promised. */
  readonly failed: number;
}

/** Why there is nothing to say about writes. */
export type NotChecked = { readonly notChecked: string };

export interface Writing {
  /** Writes no more, reads everything back, and removes it. */
  stop(): Promise<Writes | NotChecked>;
}

export interface WriteOptions {
  readonly url: string;
  /** Writes per second. */
  readonly rate: number;
  readonly maxSeconds: number;
  readonly signal: AbortSignal;
}

const writeTimeoutMs = 10_000;
const readBackSeconds = 30;

/** Compares what was acknowledged with what is there. */
export function compareWrites(written: number, acknowledged: readonly string[], found: readonly string[]): Writes {
  const counts = new Map<string, number>();
  for (const entry of found) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  return {
    written,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((entry) => !counts.has(entry)),
    doubled: [...counts].filter(([, count]) => count > 1).map(([entry]) => entry),
    failed: written - acknowledged.length,
  };
}

/**
 * Keeps writing through the app's public API, at a fixed rate, each entry once: a write that fails is not repeated, so an
 * entry that is there twice was doubled by something else.
 */
export async function startWriting(
  openJournal: OpenJournal,
  { url: baseUrl, rate, maxSeconds, signal }: WriteOptions,
): Promise<Writing & Pick<Journal, 'reads'>> {
  const journal = await openJournal({ baseUrl, fetch, signal });
  const acknowledged: string[] = [];
  const acknowledgedAt = new Map<string, number>();
  const beganAt = performance.now();
  const open = new Set<Promise<void>>();
  let written = 0;
  const write = () => {
    if (written >= rate * maxSeconds) return clearInterval(timer);
    const entry = `drill-${written++}`;
    const ended = journal
      .write(entry, AbortSignal.timeout(writeTimeoutMs))
      .then(
        () => {
          acknowledged.push(entry);
          acknowledgedAt.set(entry, performance.now() - beganAt);
        },
        () => undefined,
      )
      .finally(() => open.delete(ended));
    open.add(ended);
  };
  const timer = setInterval(write, 1000 / rate);
  return {
    reads: journal.reads,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      const found = await readBack(() => journal.read(AbortSignal.timeout(writeTimeoutMs)));
      if (typeof found === 'string') return { notChecked: `the writes could not be read back: ${found}` };
      await journal.close(AbortSignal.timeout(writeTimeoutMs)).catch(() => undefined);
      const writes = compareWrites(written, acknowledged, found);
      return { ...writes, lostAt: writes.lost.map((entry) => acknowledgedAt.get(entry) ?? 0) };
    },
  };
}

/** The app may still be recovering. @returns why not, if it never answers */
async function readBack(read: () => Promise<readonly string[]>): Promise<readonly string[] | string> {
  const deadline = performance.now() + readBackSeconds * 1000;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (performance.now() > deadline) return error instanceof Error ? error.message : String(error);
    }
    await pause(1000);
  }
}
