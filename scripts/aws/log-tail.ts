import {
  type CloudWatchLogsClient,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Clock } from '../release/clock.ts';
import type { LogLine, LogQuery } from '../release/target.ts';
import { explainAwsError } from './aws-errors.ts';

const pollMilliseconds = 2_000;
/** Without a start, CloudWatch reads a group from its beginning, which may be months away. */
const defaultSinceSeconds = 15 * 60;
/** What CloudWatch ingests may come a little late and out of order: a follower looks back so far again. */
const overlapMilliseconds = 10_000;

/** One log group of a service; streams in it are `<container>/<container>/<task>`. */
export interface LogSource {
  readonly service: string;
  readonly logGroup: string;
}

/** The lines of some services, oldest first; with `follow`, until the signal aborts. */
export async function* readLogs(
  logs: CloudWatchLogsClient,
  sources: readonly LogSource[],
  query: LogQuery,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<LogLine> {
  let seen: ReadonlySet<string> = new Set();
  let since = clock.now() - (query.sinceSeconds ?? defaultSinceSeconds) * 1000;
  for (let first = true; !signal.aborted; first = false) {
    const now = clock.now();
    const found = (
      await Promise.all(
        sources.map((source) => readSource(logs, source, { startTime: since, contains: query.contains }, signal)),
      )
    ).map((events) => (first && query.tail !== undefined ? lastOf(events, query.tail) : events));
    const news = found.flat().filter(({ event }) => !seen.has(event.eventId ?? ''));
    for (const { line } of news.toSorted((a, b) => (a.event.timestamp ?? 0) - (b.event.timestamp ?? 0))) yield line;
    // Only what this round saw can come again: the next one starts just before it ended.
    seen = new Set(found.flat().map(({ event }) => event.eventId ?? ''));
    if (!query.follow) return;
    since = now - overlapMilliseconds;
    await clock.sleep(pollMilliseconds, signal).catch(() => undefined);
  }
}

interface Found {
  readonly event: FilteredLogEvent;
  readonly line: LogLine;
}

async function readSource(
  logs: CloudWatchLogsClient,
  { service, logGroup }: LogSource,
  { startTime, contains }: { readonly startTime: number; readonly contains: string | undefined },
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  let nextToken: string | undefined;
  do {
    const page = await logs
      .send(
        new FilterLogEventsCommand({
          logGroupName: logGroup,
          startTime: Math.max(0, Math.floor(startTime)),
          ...filterFor(contains),
          ...(nextToken === undefined ? {} : { nextToken }),
        }),
        { abortSignal: signal },
      )
      .catch((error: unknown) => {
        // Interrupted, or nothing was ever deployed: either way there is nothing more to show.
        if (signal.aborted || error instanceof ResourceNotFoundException) return { events: [], nextToken: undefined };
        throw explainAwsError(error);
      });
    for (const event of page.events ?? []) {
      const task = event.logStreamName?.split('/').at(-1) ?? '';
      const at = event.timestamp === undefined ? {} : { at: new Date(event.timestamp).toISOString() };
      found.push({ event, line: { service, task, ...at, text: (event.message ?? '').replace(/\n$/, '') } });
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined && !signal.aborted);
  return found;
}

/**
 * The exact text, as a term: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. What
 * ends a term is not searched for there: the lines are filtered here as well.
 */
function filterFor(text: string | undefined): { readonly filterPattern?: string } {
  return text === undefined || /["\\]/.test(text) ? {} : { filterPattern: `"${text}"` };
}

function lastOf<T>(items: readonly T[], count: number): readonly T[] {
  return count === 0 ? [] : items.slice(-count);
}
