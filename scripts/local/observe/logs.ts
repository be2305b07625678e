import type { LogLine, LogQuery } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import type { Place } from '../state/place.ts';
import { readSwarm } from '../swarm/swarm.ts';
import { labelNames } from '../translate/stack-document.ts';

/** `<service>.<slot>.<task>@<node>    | <text>`, as `docker service logs --no-trunc` writes it. */
const prefixed = /^(\S+?)\.(\d+)\.(\w+)@\S+\s+\| ?(.*)$/;

export function logArguments(swarmName: string, { follow, sinceSeconds, tail }: LogQuery): string[] {
  return [
    'service',
    'logs',
    '--no-trunc',
    ...(follow ? ['--follow'] : []),
    ...(sinceSeconds === undefined ? [] : ['--since', `${sinceSeconds}s`]),
    ...(tail === undefined ? [] : ['--tail', String(tail)]),
    swarmName,
  ];
}

/** `undefined`: not a line that a task wrote. */
export function parseLogLine(service: string, line: string): LogLine | undefined {
  const [, , slot, task, text] = prefixed.exec(line) ?? [];
  if (slot === undefined || task === undefined || text === undefined) return undefined;
  return { service, task: `${service}.${slot}.${task.slice(0, 12)}`, text };
}

/** Lines of one or of all services of an environment; those of several services come as they are written. */
export async function* readLogs(
  docker: Docker,
  place: Place,
  query: LogQuery,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const { services } = await readSwarm(docker, place.instance, place.environment);
  const sources = services
    .map(({ name, labels }) => ({ name, service: labels[labelNames.service] ?? name }))
    .filter(({ service }) => query.service === undefined || service === query.service)
    .map(({ name, service }) => linesOf(docker, name, service, query, signal)[Symbol.asyncIterator]());
  yield* merge(sources);
}

async function* linesOf(
  docker: Docker,
  swarmName: string,
  service: string,
  query: LogQuery,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  if (signal.aborted) return;
  try {
    for await (const line of docker.lines(logArguments(swarmName, query), signal)) {
      const parsed = parseLogLine(service, line);
      if (parsed !== undefined) yield parsed;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Yields whatever comes first from any of the sources, until all have ended. */
export async function* merge<Item>(sources: readonly AsyncIterator<Item>[]): AsyncIterable<Item> {
  const take = (source: AsyncIterator<Item>) => source.next().then((result) => ({ source, result }));
  const pending = new Map(sources.map((source) => [source, take(source)] as const));
  try {
    while (pending.size > 0) {
      const { source, result } = await Promise.race(pending.values());
      if (result.done === true) pending.delete(source);
      else {
        pending.set(source, take(source));
        yield result.value;
      }
    }
  } finally {
    await Promise.all([...pending.keys()].map((source) => source.return?.()));
  }
}
