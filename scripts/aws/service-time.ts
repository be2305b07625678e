import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Clock } from '../release/clock.ts';

/** HTTP has whole seconds, and an answer takes its time: what differs by less is the same time. */
const precisionMilliseconds = 3_000;

/** A client of the SDK, or a command of one. */
interface Answering {
  readonly middlewareStack: object;
}

/**
 * How far AWS's clock is ahead of this machine's, from the `Date` of its answers. What AWS dates (log lines, metrics,
 * when credentials expire) is compared with its own time, because a machine's clock may be minutes off.
 */
export class ServiceTime {
  #aheadMilliseconds = 0;

  /** Of the last answer; 0 before the first one, and where the clocks agree. */
  get aheadMilliseconds(): number {
    return this.#aheadMilliseconds;
  }

  /** Reads the time from every answer that the client gets. */
  follow(client: Answering): void {
    onDate(client, (time) => {
      const ahead = time - Date.now();
      this.#aheadMilliseconds = Math.abs(ahead) < precisionMilliseconds ? 0 : ahead;
    });
  }
}

/** The clock in AWS's time. */
export function inServiceTime(clock: Clock, { time }: { readonly time: ServiceTime }): Clock {
  return {
    now: () => clock.now() + time.aheadMilliseconds,
    sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
  };
}

/** Calls `seen` with the time of each answer, in milliseconds since the epoch. @param answering a client or a command */
export function onDate({ middlewareStack }: Answering, seen: (time: number) => void): void {
  // Each client has a stack of its own type; the step that is added here reads nothing that differs between them.
  (middlewareStack as SSMClient['middlewareStack']).add(
    (next) => async (request) => {
      const result = await next(request);
      const time = Date.parse(dateOf(result.response) ?? '');
      if (!Number.isNaN(time)) seen(time);
      return result;
    },
    // Without a name: a client and its command may both have it, and two of one name are refused.
    { step: 'deserialize', priority: 'high' },
  );
}

function dateOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null) return undefined;
  const [, date] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'date') ?? [];
  return typeof date === 'string' ? date : undefined;
}
