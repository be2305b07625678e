import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Contract } from '../../infra/contract/contract.ts';
import type { App, Process } from '../../infra/manifest/app.ts';
import { variablesOf } from '../../infra/manifest/fit.ts';
import { sourcesIn } from '../../infra/manifest/sources.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import { containerArguments } from '../local/apply/migrate.ts';
import type { Docker } from '../local/engine/docker.ts';
import type { RenderedRelease } from '../local/rendered-release.ts';
import type { Place } from '../local/state/place.ts';
import { inspectContainers, readSwarm, type SwarmTask, staysRunning } from '../local/swarm/swarm.ts';
import { labelNames } from '../local/translate/stack-document.ts';
import type { ContainerSpec } from '../local/translate/swarm-service.ts';
import type { SmokeTest } from '../release/flow.ts';
import { type Beside, type Observer, startObserver } from './observer/observer.ts';
import { NotChecked } from './report.ts';

/** A running container of a process. */
export interface Task {
  readonly containerId: string;
  /** On the environment's network. */
  readonly address: string;
}

/** What a container of its own is started with. */
export interface ApartRequest {
  /** Part of its name. */
  readonly purpose: string;
  readonly container: ContainerSpec;
  /** To be reached from this machine. */
  readonly port?: number;
}

/** An app under test, running as its task definition says, in an environment of its own. */
export interface Trial {
  readonly docker: Docker;
  readonly place: Place;
  readonly contract: Contract;
  readonly app: App;
  readonly settings: Settings;
  /** Id of the image. */
  readonly image: string;
  readonly rendered: RenderedRelease;
  /** Of the load balancer. Absent where the release did not start: then its processes run in a container each. */
  readonly url?: string;
  /** The app's own. Absent: it has none. */
  readonly smoke?: SmokeTest;
  readonly observer: Observer;
  readonly beside: Beside;
  readonly database: DatabaseControl;
  /** Those that run. */
  tasksOf(process: Process): Promise<readonly Task[]>;
  /** Has so many of a process run; ends before it is so. */
  scale(process: Process, count: number): Promise<void>;
  /** Starts a container beside the deployment; `remove` it. */
  startApart(request: ApartRequest): Promise<Apart>;
  readonly signal: AbortSignal;
}

export interface Apart {
  readonly containerId: string;
  /** Absent without a port. */
  readonly url?: string;
  readonly address: () => Promise<string>;
  /** How it ended; `undefined` if it still runs after that time. */
  wait(timeoutMs: number): Promise<number | undefined>;
  lines(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** The server of the environment, which nobody else uses. */
export interface DatabaseControl {
  /** Id of the container that it runs in. */
  container(): Promise<string>;
  stop(): Promise<void>;
  /** Resolves when it is healthy. */
  start(): Promise<void>;
}

export interface TrialRequest
  extends Pick<Trial, 'docker' | 'place' | 'contract' | 'app' | 'settings' | 'image' | 'rendered' | 'signal'> {
  readonly url?: string;
  readonly smoke?: SmokeTest;
  readonly nodeImage: string;
}

const databaseSeconds = 60;

export async function openTrial({ nodeImage, ...request }: TrialRequest): Promise<Trial> {
  const { docker, place, rendered, signal } = request;
  const { names, labels } = rendered.stacks;
  const own = { ...labels, [labelNames.service]: 'observer' };
  const beside = { docker, network: names.network, labels: own, image: nodeImage };
  const observer = await startObserver(beside, `${names.stack}-observer`);
  const running = async (service: string): Promise<readonly SwarmTask[]> => {
    const { services, tasksOf } = await readSwarm(docker, place.instance, place.environment);
    return services
      .filter((found) => found.labels[labelNames.service] === service)
      .flatMap(tasksOf)
      .filter(staysRunning);
  };
  const apart = request.url === undefined ? await startEach(request) : undefined;
  const scale = async (stack: string, service: string, count: number) => {
    await docker.run(['service', 'scale', '--detach', `${stack}_${service}=${count}`]);
  };
  return {
    ...request,
    observer,
    beside,
    database: controlDatabase(request, running, (name, count) => scale(names.dataStack, name, count)),
    async tasksOf(process) {
      if (apart !== undefined) {
        const found = apart.get(process);
        const still = found !== undefined && (await found.wait(0)) === undefined;
        return still ? [{ containerId: found.containerId, address: await found.address() }] : [];
      }
      return (await running(process)).flatMap(({ containerId, addresses: [address] }) =>
        containerId === undefined || address === undefined ? [] : [{ containerId, address }],
      );
    },
    scale: (process, count) => scale(names.stack, process, count),
    startApart: (apartRequest) => startApart(request, apartRequest),
    signal,
  };
}

/** Where the release did not start as a whole: one container of each process, as far as they stay up. */
async function startEach(request: Omit<TrialRequest, 'nodeImage'>): Promise<ReadonlyMap<Process, Apart>> {
  const entries = Object.entries(request.rendered.stacks.containers).map(
    async ([purpose, container]) => [purpose, await startApart(request, { purpose, container })] as const,
  );
  const started = new Map(await Promise.all(entries));
  await pause(apartStartSeconds * 1000, undefined, { signal: request.signal });
  return started;
}

/** An app that fails at its start has done so by then, mostly. */
const apartStartSeconds = 5;

const inspected = z.object({
  State: z.object({ Running: z.boolean(), ExitCode: z.number() }),
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.object({ IPAddress: z.string() })),
    Ports: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullish()).nullish(),
  }),
});

async function startApart(
  { docker, rendered, signal }: Omit<TrialRequest, 'nodeImage'>,
  { purpose, container, port }: ApartRequest,
): Promise<Apart> {
  const { names, labels } = rendered.stacks;
  const name = `${names.stack}-${purpose}-apart`;
  const variables = Object.fromEntries(
    Object.entries(container.secrets).map(([variable, from]) => [variable, rendered.secretVariables[from] ?? '']),
  );
  const publish = port === undefined ? [] : ['--publish', `127.0.0.1::${port}`];
  const own = { ...labels, [labelNames.service]: `${purpose}-apart` };
  await docker.attempt(['rm', '--force', name]);
  const containerId = await docker.run(
    [
      'run',
      '--detach',
      '--name',
      name,
      '--network',
      names.network,
      ...publish,
      ...containerArguments({ container, labels: own }),
    ],
    { variables, signal },
  );
  const inspect = async () => inspected.parse(await docker.api.get(`/containers/${containerId}/json`));
  const published = port === undefined ? undefined : (await inspect()).NetworkSettings.Ports?.[`${port}/tcp`]?.[0];
  return {
    containerId,
    ...(published === undefined ? {} : { url: `http://127.0.0.1:${published.HostPort}` }),
    address: async () => (await inspect()).NetworkSettings.Networks[names.network]?.IPAddress ?? '',
    async wait(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const { State } = await inspect();
        if (!State.Running) return State.ExitCode;
        if (performance.now() >= deadline) return undefined;
        await pause(200, undefined, { signal });
      }
    },
    async lines() {
      const { stdout, stderr } = await docker.attempt(['logs', containerId]);
      return `${stdout}\n${stderr}`.split('\n').filter((line) => line !== '');
    },
    remove: async () => void (await docker.attempt(['rm', '--force', '--volumes', containerId])),
  };
}

function controlDatabase(
  { docker, rendered, signal }: Pick<TrialRequest, 'docker' | 'rendered' | 'signal'>,
  running: (service: string) => Promise<readonly SwarmTask[]>,
  scale: (service: string, count: number) => Promise<void>,
): DatabaseControl {
  const name = rendered.program.database?.name ?? '';
  const until = async (reached: () => Promise<boolean>, what: string) => {
    const deadline = performance.now() + databaseSeconds * 1000;
    while (!(await reached())) {
      if (performance.now() > deadline) throw new Error(`the database did not ${what} within ${databaseSeconds} s`);
      await pause(200, undefined, { signal });
    }
  };
  const ids = async () =>
    (await running(name)).flatMap(({ containerId }) => (containerId === undefined ? [] : [containerId]));
  return {
    async container() {
      const [id] = await ids();
      if (id === undefined) throw new NotChecked('the database of the trial does not run');
      return id;
    },
    async stop() {
      const before = await ids();
      await scale(name, 0);
      await until(async () => {
        const states = [...(await inspectContainers(docker, before)).values()];
        return states.every((state) => !state.running);
      }, 'stop');
    },
    async start() {
      await scale(name, 1);
      await until(async () => {
        const states = [...(await inspectContainers(docker, await ids())).values()];
        return states.some(({ health }) => health === 'healthy');
      }, 'start');
    },
  };
}

/** Whether a process gets anything that has to do with the database. */
export function usesDatabase({ app, settings }: Pick<Trial, 'app' | 'settings'>, process: Process): boolean {
  return variablesOf(app, process, settings).some(([, value]) =>
    sourcesIn(value).some((source) => source.startsWith('database.')),
  );
}

export async function anyTask(trial: Pick<Trial, 'tasksOf'>, process: Process): Promise<Task> {
  const [task] = await trial.tasksOf(process);
  if (task === undefined) throw new NotChecked(`no task of ${process} stays up`);
  return task;
}
