import { setTimeout as pause } from 'node:timers/promises';
import { readAlarms } from '../local/alarms/read.ts';
import type { Docker } from '../local/engine/docker.ts';
import { observe } from '../local/observe/observe.ts';
import type { Place } from '../local/state/place.ts';
import { readSwarm, staysRunning } from '../local/swarm/swarm.ts';
import { labelNames } from '../local/translate/stack-document.ts';
import type { AlarmChange, EndedTask, Sample, SampledService } from './evidence.ts';

export interface Watch {
  readonly samples: readonly Sample[];
  readonly ended: readonly EndedTask[];
  readonly alarms: readonly AlarmChange[];
  stop(): Promise<void>;
}

const intervalMs = 500;

/**
 * Samples what runs, twice a second, and notes each container of the environment that ends.
 *
 * @param now milliseconds since the load began
 */
export function watch(docker: Docker, place: Place, now: () => number): Watch {
  const samples: Sample[] = [];
  const ended: EndedTask[] = [];
  const alarms: AlarmChange[] = [];
  const stopping = new AbortController();
  const { signal } = stopping;
  const sampling = (async () => {
    while (!signal.aborted) {
      const at = now();
      // An engine that does not answer for a moment leaves a gap, which the report shows.
      const services = await sample(docker, place).catch(() => undefined);
      if (services !== undefined) samples.push({ at, services });
      await pause(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  })();
  const listening = followAlarms(docker, place, now, alarms, signal);
  const following = followEnds(docker, place, ended, signal).catch(() => undefined);
  return {
    samples,
    ended,
    alarms,
    async stop() {
      stopping.abort();
      await Promise.all([sampling, following, listening]);
    },
  };
}

export async function sample(docker: Docker, place: Place): Promise<readonly SampledService[]> {
  const [observed, swarm] = await Promise.all([
    observe(docker, place),
    readSwarm(docker, place.instance, place.environment),
  ]);
  return (observed?.services ?? []).map(({ name, desired, tasks }) => {
    const service = swarm.services.find(({ labels }) => labels[labelNames.service] === name);
    return {
      name,
      desired,
      ready: tasks.filter(({ healthy }) => healthy).length,
      containers: (service === undefined ? [] : swarm.tasksOf(service))
        .filter(staysRunning)
        .flatMap(({ containerId }) => (containerId === undefined ? [] : [containerId])),
    };
  });
}

/** Notes which alarms begin and end to fire; those that fire from the start are no news. */
async function followAlarms(
  docker: Docker,
  place: Place,
  now: () => number,
  changes: AlarmChange[],
  signal: AbortSignal,
): Promise<void> {
  let before: ReadonlySet<string> | undefined;
  while (!signal.aborted) {
    const at = now();
    // One that does not answer for a moment leaves a gap; where alarms are off, there is nothing to note.
    const states = await readAlarms(docker, place).catch(() => undefined);
    if (states !== undefined) {
      const firing = new Set(states.filter(({ state }) => state === 'firing').map(({ name }) => name));
      const known = before ?? firing;
      for (const name of firing) if (!known.has(name)) changes.push({ at, name, fires: true });
      for (const name of known) if (!firing.has(name)) changes.push({ at, name, fires: false });
      before = firing;
    }
    await pause(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

interface EngineEvent {
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> };
}

async function followEnds(docker: Docker, place: Place, ended: EndedTask[], signal: AbortSignal): Promise<void> {
  const { instance, environment } = place;
  const labels = [`label=${labelNames.instance}=${instance}`, `label=${labelNames.environment}=${environment}`];
  const filters = ['type=container', 'event=die', 'event=oom', ...labels].flatMap((filter) => ['--filter', filter]);
  const outOfMemory = new Set<string>();
  for await (const line of docker.lines(['events', ...filters, '--format', '{{json .}}'], signal)) {
    const { Action, Actor = {} }: EngineEvent = JSON.parse(line);
    const { ID: container = '', Attributes = {} } = Actor;
    if (Action === 'oom') outOfMemory.add(container);
    if (Action !== 'die') continue;
    ended.push({
      service: Attributes[labelNames.service] ?? '',
      container,
      exitCode: Number(Attributes['exitCode'] ?? Number.NaN),
      outOfMemory: outOfMemory.has(container),
    });
  }
}
