import { UserError } from '../messages/user-error.ts';
import { nothingRuns } from './nothing-runs.ts';
import type { LogLine, LogQuery, Target } from './target.ts';

export interface LogReading extends LogQuery {
  /** Leaves lines out; `tail` then counts those that are left. */
  readonly keep?: (line: LogLine) => boolean;
}

/**
 * Reads until there is no more, or until `signal` aborts; `show` gets each line as it comes.
 * Rejects with `NOTHING_RUNS` where no service exists, instead of waiting for lines that nobody writes.
 */
export async function readLogs(
  target: Target,
  environment: string,
  { keep, tail, ...asked }: LogReading,
  signal: AbortSignal,
  show: (line: LogLine) => void,
): Promise<readonly LogLine[]> {
  const observed = await target.observe(environment);
  const services = observed?.services ?? [];
  // After a first `up` that failed, the database may have lines although no service of the release exists.
  if (observed === undefined || (asked.follow && services.length === 0)) {
    throw nothingRuns(target, environment, 'to read');
  }
  const lines: LogLine[] = [];
  // What is filtered is cut afterwards: the latest hundred lines may all be of other requests.
  const later = keep !== undefined && tail !== undefined && !asked.follow;
  const query = keep === undefined && tail !== undefined ? { ...asked, tail } : asked;
  for await (const line of target.logs(environment, query, signal)) {
    if (keep?.(line) === false) continue;
    lines.push(line);
    if (!later) show(line);
  }
  if (later) {
    const latest = latestPerService(lines, tail);
    latest.forEach(show);
    return latest;
  }
  if (lines.length === 0 && services.length === 0) throw nothingRuns(target, environment, 'to read');
  if (lines.length === 0)
    assertService(
      environment,
      asked.service,
      services.map(({ name }) => name),
    );
  return lines;
}

/** Of each service so many of the latest lines; lines come oldest first. */
export function latestPerService(lines: readonly LogLine[], count: number): readonly LogLine[] {
  const counts = new Map<string, number>();
  const kept = lines.toReversed().filter(({ service }) => {
    const seen = (counts.get(service) ?? 0) + 1;
    counts.set(service, seen);
    return seen <= count;
  });
  return kept.reverse();
}

/** No line may mean that nothing was written, or that the name is wrong. */
function assertService(environment: string, service: string | undefined, names: readonly string[]): void {
  if (service === undefined || names.includes(service)) return;
  throw new UserError({
    code: 'SERVICE_UNKNOWN',
    message: `${environment} has no service ${service}.`,
    remedy: `Its services are: ${names.join(', ')}.`,
  });
}
