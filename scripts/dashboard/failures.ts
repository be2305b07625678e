import { isFailure, type ReadLine, readLogLine } from '../output/log-line.ts';
import type { LogLine, LogQuery } from '../release/target.ts';

/** So far back the first reading looks. */
const firstSeconds = 3600;
/** So many lines of each task it looks at: under load, an hour of them is hundreds of megabytes. */
const linesOfTask = 2_000;
/** A reading begins so long before the last one, for lines that were written meanwhile. */
const overlapSeconds = 5;
const kept = 200;

/** Errors and requests answered with 5xx of an environment. Each look reads only what was written since the one before. */
export class RecentFailures {
  readonly #read: (query: LogQuery) => AsyncIterable<LogLine>;
  readonly #now: () => number;
  /** By task, time and text: what two readings overlap in is one line. */
  readonly #found = new Map<string, LogLine>();
  #lookedAt: number | undefined;

  /** @param now milliseconds since the epoch */
  constructor(read: (query: LogQuery) => AsyncIterable<LogLine>, now: () => number) {
    this.#read = read;
    this.#now = now;
  }

  /** Latest first. */
  async look(): Promise<readonly ReadLine[]> {
    const startedAt = this.#now();
    const sinceSeconds =
      this.#lookedAt === undefined
        ? firstSeconds
        : Math.min(firstSeconds, Math.ceil((startedAt - this.#lookedAt) / 1000) + overlapSeconds);
    for await (const line of this.#read({ follow: false, sinceSeconds, tail: linesOfTask })) {
      if (isFailure(line)) this.#found.set(`${line.task} ${line.at ?? ''} ${line.text}`, line);
    }
    this.#lookedAt = startedAt;
    const latest = [...this.#found].sort(([, a], [, b]) => byTime(b, a));
    for (const [key] of latest.slice(kept)) this.#found.delete(key);
    return latest.slice(0, kept).map(([, line]) => readLogLine(line));
  }
}

/** Times all have the same number of digits, so they sort as texts; lines of the same moment stay as they were read. */
function byTime(a: LogLine, b: LogLine): number {
  const [one, other] = [a.at ?? '', b.at ?? ''];
  return one < other ? -1 : one > other ? 1 : 0;
}
