import { describe, expect, it } from 'vitest';
import type { LogQuery } from '../../release/target.ts';
import type { Docker, DockerRunOptions } from '../engine/docker.ts';
import { labelNames } from '../translate/stack-document.ts';
import { parseLine, readLogs } from './logs.ts';

const place = { projectDirectory: '/project', instance: 'example', environment: 'staging' };

interface Container {
  readonly service: string;
  readonly slot: number;
  readonly state?: string;
  /** By seconds after noon. */
  readonly stdout?: Readonly<Record<number, string>>;
  readonly stderr?: Readonly<Record<number, string>>;
  /** Seconds and texts of what is written while somebody follows. */
  readonly later?: Readonly<Record<number, string>>;
}

const stamp = (seconds: number) => `2126-11-25T12:00:0${seconds}.000000000Z`;
const write = (lines: Readonly<Record<number, string>> = {}) =>
  Object.entries(lines).map(([seconds, text]) => `${stamp(Number(seconds))} ${text}`);

/** Containers of processes on a schedule, as the engine lists them. */
const jobs: object[] = [];

/** An engine with these containers: the key is the container's id. */
function engine(containers: () => Readonly<Record<string, Container>>) {
  const calls: { readonly args: readonly string[]; readonly options: DockerRunOptions }[] = [];
  const services = () => [...new Set(Object.values(containers()).map(({ service }) => service))];
  const api = {
    get: async (path: string) =>
      path === '/containers/json'
        ? jobs
        : path === '/services'
          ? services().map((service) => ({
              ID: service,
              Version: { Index: 1 },
              Spec: {
                Name: `example-staging_${service}`,
                Labels: {
                  [labelNames.service]: service,
                  ...(service === 'database' ? {} : { [labelNames.release]: '1' }),
                },
                Mode: { Replicated: { Replicas: 1 } },
                TaskTemplate: { ContainerSpec: { Image: 'x' } },
              },
            }))
          : Object.entries(containers())
              .filter(([, { slot }]) => slot > 0)
              .map(([id, { service, slot, state = 'running' }]) => ({
                ID: `task-of-${id}`,
                ServiceID: service,
                CreatedAt: stamp(0),
                Slot: slot,
                DesiredState: 'running',
                Status: { State: state, ContainerStatus: { ContainerID: id } },
                Spec: { ContainerSpec: { Image: 'x' } },
              })),
  };
  const docker: Docker = {
    executable: 'docker',
    api,
    run: () => expect.unreachable('nothing is changed'),
    async attempt(args, options = {}) {
      calls.push({ args, options });
      const found = containers()[args.at(-1) ?? ''];
      if (found === undefined)
        return { exitCode: 1, stdout: '', stderr: 'Error response from daemon: No such container' };
      return { exitCode: 0, stdout: write(found.stdout).join('\n'), stderr: write(found.stderr).join('\n') };
    },
    async *lines(args) {
      const found = containers()[args.at(-1) ?? ''];
      const since = args.includes('--since') ? (args[args.indexOf('--since') + 1] ?? '') : '';
      const all = [...write(found?.stdout), ...write(found?.later)];
      yield* all.filter((line) => line >= since);
    },
  };
  return { docker, calls };
}

async function read(containers: Readonly<Record<string, Container>>, query: Partial<LogQuery> = {}) {
  const { docker, calls } = engine(() => containers);
  const lines: string[] = [];
  for await (const { task, text } of readLogs(docker, place, { follow: false, ...query }, new AbortController().signal))
    lines.push(`${task.split('.').slice(0, 2).join('.')} ${text}`);
  return { lines, calls };
}

const two: Readonly<Record<string, Container>> = {
  a: { service: 'api', slot: 1, stdout: { 1: 'first', 4: 'fourth' }, stderr: { 2: 'second' } },
  b: { service: 'worker', slot: 1, stdout: { 3: 'third' } },
  c: { service: 'database', slot: 1, stderr: { 2: 'FATAL: password authentication failed' } },
};

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('log lines', () => {
  it('come in the order in which they were written, whoever wrote them', async () => {
    expect((await read(two)).lines).toEqual(['api.1 first', 'api.1 second', 'worker.1 third', 'api.1 fourth']);
  });

  it('are those of the release, and of a server where it is asked for by name', async () => {
    expect((await read(two, { service: 'database' })).lines).toEqual([
      'database.1 FATAL: password authentication failed',
    ]);
  });

  it('are the latest of each service', async () => {
    expect((await read(two, { tail: 1 })).lines).toEqual(['worker.1 third', 'api.1 fourth']);
  });

  it('of a container that is gone by now are none', async () => {
    const { docker } = engine(() => two);
    const gone: Docker = { ...docker, attempt: async () => ({ exitCode: 1, stdout: '', stderr: 'No such container' }) };
    const lines = await collect(readLogs(gone, place, { follow: false }, new AbortController().signal));

    expect(lines).toEqual([]);
  });

  it('are waited for no longer than half a minute', async () => {
    const { calls } = await read(two, { sinceSeconds: 60, tail: 5 });

    expect(calls[0]?.args.join(' ')).toBe('logs --timestamps --since 60s --tail 5 a');
    expect(calls.map(({ options }) => options.timeoutMs)).toEqual([30_000, 30_000]);
  });

  it('have their time', () => {
    expect(parseLine({ service: 'api', task: 'api.1' }, `${stamp(1)} {"msg":"a | b"}`)).toEqual({
      service: 'api',
      task: 'api.1',
      at: stamp(1),
      text: '{"msg":"a | b"}',
    });
    expect(parseLine({ service: 'api', task: 'api.1' }, `${stamp(1)} `)?.text).toBe('');
    expect(parseLine({ service: 'api', task: 'api.1' }, 'error from daemon in stream')).toBeUndefined();
  });
});

describe('log lines of a process on a schedule', () => {
  it('are those of its container, whether or not it runs', async () => {
    jobs.push({
      Id: 'd',
      Names: ['/example-staging-nightly-1'],
      ImageID: 'x',
      State: 'exited',
      Labels: { [labelNames.service]: 'nightly', [labelNames.job]: 'schedule' },
    });
    const containers = { ...two, d: { service: 'nightly', slot: 0, stdout: { 5: 'cleaned' } } };

    expect((await read(containers, { service: 'nightly' })).lines).toEqual(['nightly.d cleaned']);
    expect((await read(containers)).lines.at(-1)).toBe('nightly.d cleaned');
    jobs.pop();
  });
});

describe('a follower', () => {
  it('continues where reading ended, and finds the tasks of the next rollout', async () => {
    const before: Container = { service: 'api', slot: 1, stdout: { 1: 'read' }, later: { 2: 'followed' } };
    let containers: Readonly<Record<string, Container>> = { old: before };
    const { docker } = engine(() => containers);
    const stop = new AbortController();
    const lines: string[] = [];
    for await (const { text } of readLogs(docker, place, { follow: true }, stop.signal)) {
      lines.push(text);
      if (text === 'followed') {
        containers = {
          old: { ...before, state: 'shutdown' },
          new: { service: 'api', slot: 1, stdout: { 3: 'started' } },
        };
      }
      if (text === 'started') stop.abort();
    }

    expect(lines).toEqual(['read', 'followed', 'started']);
  });

  it('says why it cannot continue', async () => {
    const { docker } = engine(() => two);
    let reads = 0;
    const get = async (path: string) => {
      reads += 1;
      if (reads > 2) throw new Error('the engine is gone');
      return docker.api.get(path);
    };
    const lines = readLogs({ ...docker, api: { get } }, place, { follow: true }, new AbortController().signal);

    await expect(collect(lines)).rejects.toThrow('the engine is gone');
  });
});
