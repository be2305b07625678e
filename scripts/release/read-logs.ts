import { UserError } from '../messages/user-error.ts';
import { nothingRuns } from './nothing-runs.ts';
import type { LogLine, LogQuery, Target } from './target.ts';

/**
 * Reads until there is no more, or until `signal` aborts; `show` gets each line as it comes.
 * Rejects with `NOTHING_RUNS` where no service exists, instead of waiting for lines that nobody writes.
 */
export async function readLogs(
  target: Target,
  environment: string,
  query: LogQuery,
  signal: AbortSignal,
  show: (line: LogLine) => void,
): Promise<readonly LogLine[]> {
  const observed = await target.observe(environment);
  const services = observed?.services ?? [];
  // After a first `up` that failed, the database may have lines although no service of the release exists.
  if (observed === undefined || (query.follow && services.length === 0)) {
    throw nothingRuns(target, environment, 'to read');
  }
  const lines: LogLine[] = [];
  for await (const line of target.logs(environment, query, signal)) {
    lines.push(line);
    show(line);
  }
  if (lines.length === 0 && services.length === 0) throw nothingRuns(target, environment, 'to read');
  if (lines.length === 0)
    assertService(
      environment,
      query.service,
      services.map(({ name }) => name),
    );
  return lines;
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
