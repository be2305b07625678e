import { EventEmitter, on } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { latestPerService } from '../../release/read-logs.ts';
import type { LogLine, LogQuery } from '../../release/target.ts';
import { type Docker, dockerFailed } from '../engine/docker.ts';
import { jobContainers } from '../scheduler/container.ts';
import type { Place } from '../state/place.ts';
import { readSwarm } from '../swarm/swarm.ts';
import { labelNames } from '../translate/stack-document.ts';

/** `docker logs` without --follow ends once it has read what there is. */
const readTimeoutMs = 30_000;
/** How often a follower looks for new tasks. */
const pollMs = 1_000;

/** Tasks of these states write nothing more. */
const ended: ReadonlySet<string> = new Set(['complete', 'shutdown', 'failed', 'rejected', 'orphaned', 'remove']);

interface Source {
  readonly service: string;
  readonly task: string;
  readonly containerId: string;
  readonly ended: boolean;
}

/**
 * Log lines of the release's services, or of the one that is asked for, in the order in which they were written.
 *
 * Read from each container: `docker service logs` waits for ever for the lines of a task whose container is gone, as after
 * each rollout, and gives the lines of several tasks in any order.
 */
export async function* readLogs(
  docker: Docker,
  place: Place,
  query: LogQuery,
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const startedAt = new Date().toISOString();
  const sources = await sourcesOf(docker, place, query);
  const found = await Promise.all(sources.map((source) => readLines(docker, source, query, signal)));
  yield* latestPerService(found.flat().toSorted(byTime), query.tail ?? Number.POSITIVE_INFINITY);
  if (!query.follow || signal.aborted) return;
  const follower = new Follower(docker, signal);
  sources.forEach((source, index) => {
    follower.add(source, found[index]?.at(-1)?.at ?? startedAt);
  });
  yield* follower.lines(() => sourcesOf(docker, place, query));
}

async function sourcesOf(docker: Docker, place: Place, { service: asked }: LogQuery): Promise<readonly Source[]> {
  const { services, tasksOf } = await readSwarm(docker, place.instance, place.environment);
  const jobs = (await jobContainers(docker, place.instance, place.environment)).filter(
    ({ name }) => asked === undefined || name === asked,
  );
  const ofJobs = jobs.map(({ id, name, running }) => {
    // It runs again at its next time: a follower waits for it.
    return { service: name, task: `${name}.${id.slice(0, 12)}`, containerId: id, ended: !running };
  });
  const ofServices = services.flatMap((service) => {
    const { name, labels } = service;
    const known = labels[labelNames.service] ?? name;
    if (asked === undefined ? !(labelNames.release in labels) : known !== asked) return [];
    return tasksOf(service).flatMap(({ id, slot, state, containerId }) =>
      containerId === undefined
        ? []
        : [{ service: known, task: `${known}.${slot}.${id.slice(0, 12)}`, containerId, ended: ended.has(state) }],
    );
  });
  return [...ofServices, ...ofJobs];
}

/** A container that is gone by now has no lines. */
async function readLines(
  docker: Docker,
  source: Source,
  { sinceSeconds, tail }: LogQuery,
  signal: AbortSignal,
): Promise<readonly LogLine[]> {
  const since = sinceSeconds === undefined ? [] : ['--since', `${sinceSeconds}s`];
  const last = tail === undefined ? [] : ['--tail', String(tail)];
  const { exitCode, stdout, stderr } = await docker.attempt(
    ['logs', '--timestamps', ...since, ...last, source.containerId],
    { signal, timeoutMs: readTimeoutMs },
  );
  if (exitCode !== 0) {
    if (/no such container/i.test(stderr)) return [];
    throw dockerFailed(['logs', source.containerId], { exitCode, stdout: '', stderr: stderr.split('\n').at(-1) ?? '' });
  }
  const lines = `${stdout}\n${stderr}`.split('\n').flatMap((line) => parseLine(source, line) ?? []);
  return lines.toSorted(byTime);
}

/** `2026-11-25T14:02:11.123456789Z text`, as `docker logs --timestamps` writes it; `undefined`: not what a task wrote. */
export function parseLine({ service, task }: Pick<Source, 'service' | 'task'>, line: string): LogLine | undefined {
  const [, at, text] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) ?(.*)$/.exec(line) ?? [];
  return at === undefined || text === undefined ? undefined : { service, task, at, text };
}

/** Times all have the same number of digits, so they sort as texts. */
function byTime(a: LogLine, b: LogLine): number {
  return (a.at ?? '') < (b.at ?? '') ? -1 : (a.at ?? '') > (b.at ?? '') ? 1 : 0;
}

/** Follows containers, and those that come later, until the signal aborts. */
class Follower {
  readonly #docker: Docker;
  readonly #signal: AbortSignal;
  readonly #known = new Set<string>();
  readonly #emitter = new EventEmitter();
  /** Listens from the start: what is written before `lines` is read is kept for it. */
  readonly #events: AsyncIterable<unknown[]>;

  constructor(docker: Docker, signal: AbortSignal) {
    this.#docker = docker;
    this.#signal = signal;
    this.#events = on(this.#emitter, 'line', { signal });
  }

  /** @param after time of the last line that is known already */
  add(source: Source, after: string): void {
    if (this.#known.has(source.containerId)) return;
    this.#known.add(source.containerId);
    if (!source.ended) this.#watch(this.#follow(source, after));
  }

  async *lines(find: () => Promise<readonly Source[]>): AsyncIterable<LogLine> {
    this.#watch(this.#discover(find));
    try {
      for await (const [line] of this.#events) yield line as LogLine;
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    }
  }

  /** What fails while nobody waits for it ends the iteration of `lines`. */
  #watch(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#signal.aborted) this.#emitter.emit('error', error);
    });
  }

  async #discover(find: () => Promise<readonly Source[]>): Promise<void> {
    for (;;) {
      await pause(pollMs, undefined, { signal: this.#signal });
      for (const source of await find()) this.add({ ...source, ended: false }, '');
    }
  }

  async #follow(source: Source, after: string): Promise<void> {
    const since = after === '' ? [] : ['--since', after];
    const args = ['logs', '--follow', '--timestamps', ...since, source.containerId];
    for await (const text of this.#docker.lines(args, this.#signal)) {
      const line = parseLine(source, text);
      if (line?.at !== undefined && line.at > after) this.#emitter.emit('line', line);
    }
  }
}
