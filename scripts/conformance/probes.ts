import { setTimeout as pause } from 'node:timers/promises';
import { healthCheckProgram } from '../../infra/compute/container/health-check.ts';
import type { Contract } from '../../infra/contract/contract.ts';
import { type App, frontOf, readinessOf } from '../../infra/manifest/app.ts';
import type { Docker } from '../local/engine/docker.ts';
import { startTraffic } from './traffic.ts';

/** An app under test, running as the task definition says. */
export interface Trial {
  readonly docker: Docker;
  readonly contract: Contract;
  readonly app: App;
  /** Id of the image. */
  readonly image: string;
  readonly url: string;
  /** Command of the service that serves, as its task definition has it; absent: the image's own. */
  readonly command: readonly string[] | undefined;
  /** Ids of the containers that serve. */
  containers(): Promise<readonly string[]>;
  /** Has so many of them run; ends before it is so. */
  scale(count: number): Promise<void>;
  /** The last lines that they wrote. */
  logLines(): Promise<readonly string[]>;
  readonly signal: AbortSignal;
}

export interface Probe {
  readonly name: string;
  /** Resolves with what was seen, rejects with what was wrong. */
  readonly run: (trial: Trial) => Promise<string>;
}

const requestTimeoutMs = 5000;
const trafficSeconds = 3;
/** An app without a database or a port has nothing to wait for. */
const refusalTimeoutMs = 20_000;
/** From the order to stop a task to its SIGTERM: the platform withdraws it from the load balancer first. */
const platformSeconds = 10;

/** What docs/your-app.md asks of an app, each under the name by which that page knows it. */
export function probesOf(app: App): readonly Probe[] {
  const { http } = frontOf(app);
  const { liveness, version } = http;
  const readiness = readinessOf(http);
  return [
    { name: `GET ${liveness} is 200`, run: async (trial) => await answers(trial, liveness, 200) },
    ...(readiness === liveness
      ? []
      : [{ name: `GET ${readiness} is 200`, run: async (trial: Trial) => await answers(trial, readiness, 200) }]),
    ...(version === undefined
      ? []
      : [{ name: `GET ${version} says what runs`, run: async (trial: Trial) => await saysVersion(trial, version) }]),
    { name: 'its health check tells by its exit code', run: hasHealthCheck },
    ...always,
  ];
}

const always: readonly Probe[] = [
  { name: 'runs as a number that is not root', run: isNotRoot },
  { name: 'works with a read-only root file system', run: isReadOnly },
  { name: 'refuses to start without its variables', run: refusesToStart },
  { name: 'logs JSON lines', run: logsJson },
  { name: 'stays inside its memory limit under load', run: staysInMemory },
  { name: 'loses no request when it is stopped under load, and ends with 0 in time', run: stopsWell },
];

async function answers({ url, signal }: Trial, path: string, status: number): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);
  const response = await fetch(`${url}${path}`, { signal: limit, redirect: 'manual' });
  const body = await response.text();
  if (response.status !== status) throw new Error(`GET ${path} gave ${response.status}: ${body.slice(0, 200)}`);
  return `GET ${path} gave ${status}`;
}

async function saysVersion({ url, signal }: Trial, path: string): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);
  const body: unknown = await (await fetch(`${url}${path}`, { signal: limit })).json();
  const fields = typeof body === 'object' && body !== null ? body : {};
  const version: unknown = Reflect.get(fields, 'version');
  if (typeof version !== 'string') throw new Error(`GET ${path} has no text version`);
  return `GET ${path} gave ${version}`;
}

async function hasHealthCheck(trial: Trial): Promise<string> {
  const container = await anyContainer(trial);
  const { liveness } = frontOf(trial.app).http;
  const [health, nowhere] = await Promise.all([
    healthCheck(trial, container, liveness),
    healthCheck(trial, container, '/there-is-no-such-path'),
  ]);
  if (health !== 0) throw new Error(`for ${liveness} it ended with ${health}`);
  if (nowhere === 0) throw new Error('it ended with 0 for a path that does not exist');
  return `0 for ${liveness}, another code for a path that does not exist`;
}

async function isNotRoot(trial: Trial): Promise<string> {
  const { docker } = trial;
  const listed = await docker.run(['top', await anyContainer(trial), '-eo', 'pid,uid,args']);
  const owners = listed
    .split('\n')
    .slice(1)
    .map((line) => Number(line.trim().split(/\s+/)[1]));
  if (owners.length === 0 || owners.some((owner) => !(owner > 0)))
    throw new Error(`processes run as ${owners.join(', ')}`);
  return `all processes run as ${[...new Set(owners)].join(', ')}`;
}

async function isReadOnly(trial: Trial): Promise<string> {
  const { docker } = trial;
  const container = await anyContainer(trial);
  const inspected = await docker.run([
    'inspect',
    '--format',
    '{{.HostConfig.ReadonlyRootfs}} {{.State.Health.Status}}',
    container,
  ]);
  if (inspected !== 'true healthy') throw new Error(`read-only and health are "${inspected}"`);
  return 'healthy with it';
}

/** Without variables it cannot work: the sooner it says so, the sooner the rollout is rolled back. */
async function refusesToStart({ docker, image, command, signal }: Trial): Promise<string> {
  const name = `stack-refusal-${process.pid}`;
  try {
    const { exitCode, stdout, stderr } = await docker.attempt(
      ['run', '--name', name, '--network', 'none', '--no-healthcheck', image, ...(command ?? [])],
      { signal, timeoutMs: refusalTimeoutMs },
    );
    if (exitCode === 0) throw new Error('it ended with 0');
    if (`${stdout}${stderr}`.trim() === '') throw new Error(`it ended with ${exitCode} and said nothing`);
    return `exit code ${exitCode}: ${(stdout.trim() || stderr.trim()).split('\n')[0]?.slice(0, 160)}`;
  } finally {
    await docker.attempt(['rm', '--force', name]);
  }
}

async function logsJson({ logLines }: Trial): Promise<string> {
  const lines = await logLines();
  if (lines.length === 0) throw new Error('it wrote no line at all');
  const others = lines.filter((line) => !isJsonObject(line));
  if (others.length > 0)
    throw new Error(`${others.length} of ${lines.length} lines are none: ${others[0]?.slice(0, 160)}`);
  return `${lines.length} of ${lines.length} lines`;
}

function isJsonObject(line: string): boolean {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null;
  } catch {
    return false;
  }
}

async function staysInMemory(trial: Trial): Promise<string> {
  const { docker, contract, url, signal } = trial;
  const container = await anyContainer(trial);
  const traffic = startTraffic(`${url}${readinessOf(frontOf(trial.app).http)}`, signal);
  await pause(trafficSeconds * 1000, undefined, { signal });
  const used = await docker.run(['stats', '--no-stream', '--format', '{{.MemUsage}}', container]);
  const { requests, failures } = await traffic.stop();
  if (failures.length > 0) throw new Error(`${failures.length} of ${requests} requests failed: ${failures[0]}`);
  const limit = Number(await docker.run(['inspect', '--format', '{{.HostConfig.Memory}}', container])) / 2 ** 20;
  const asked = contract.processes[frontOf(trial.app).name]?.containerMemoryMiB;
  if (limit !== asked) throw new Error(`its limit is ${limit} MiB, the contract says ${asked}`);
  return `${used.trim()} after ${requests} requests`;
}

/** As a platform takes a task away while the load balancer has others: what is in flight ends, what comes goes there. */
async function stopsWell(trial: Trial): Promise<string> {
  const { contract, url, signal } = trial;
  const containers = await trial.containers();
  if (containers.length < 2)
    throw new Error('a task can only be stopped under load beside another: set apiDesiredCount to 2');
  const traffic = startTraffic(`${url}${frontOf(trial.app).http.version ?? frontOf(trial.app).http.liveness}`, signal);
  const ends = watchEnds(trial, containers);
  try {
    await pause(1000, undefined, { signal });
    await trial.scale(containers.length - 1);
    const draining = await findDraining(trial, containers, ends.first);
    const { exitCode, seconds } = await ends.first;
    const { requests, failures } = await traffic.stop();
    if (exitCode !== 0) throw new Error(`it ended with ${exitCode}${exitCode === 137 ? ', killed' : ''}`);
    const { liveness } = frontOf(trial.app).http;
    const readiness = readinessOf(frontOf(trial.app).http);
    if (!draining && readiness !== liveness)
      throw new Error(`${readiness} was never other than 200 while ${liveness} still was: it stopped without draining`);
    if (failures.length > 0) throw new Error(`${failures.length} of ${requests} requests failed: ${failures[0]}`);
    const limit = contract.stopTimeoutSeconds;
    const unseen = readiness === liveness ? '; draining not checked, because it has no readiness path' : '';
    return `0 of ${requests} requests failed, exit code 0, ${seconds.toFixed(1)} s of at most ${limit} s${unseen}`;
  } finally {
    ends.stop();
    await traffic.stop();
    await trial.scale(containers.length);
  }
}

interface Ends {
  /** How the first container ended, and how long after the watch began. */
  readonly first: Promise<{ readonly exitCode: number; readonly seconds: number }>;
  stop(): void;
}

function watchEnds({ docker, contract, signal }: Trial, containers: readonly string[]): Ends {
  const watch = new AbortController();
  const startedAt = Date.now();
  const timeoutMs = (contract.stopTimeoutSeconds + platformSeconds) * 1000;
  const options = { signal: AbortSignal.any([signal, watch.signal]), timeoutMs };
  const each = containers.map(async (container) => {
    const exitCode = Number(await docker.run(['wait', container], options));
    return { exitCode, seconds: (Date.now() - startedAt) / 1000 };
  });
  for (const end of each) end.catch(() => undefined);
  return { first: Promise.race(each), stop: () => watch.abort() };
}

/** Whether a container is seen that is not ready any more, and alive. */
async function findDraining(trial: Trial, containers: readonly string[], ended: Promise<unknown>): Promise<boolean> {
  let over = false;
  const end = ended.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  while (!over) {
    for (const container of containers) {
      const ready = await healthCheck(trial, container, readinessOf(frontOf(trial.app).http));
      if (ready !== 0 && (await healthCheck(trial, container, frontOf(trial.app).http.liveness)) === 0) return true;
    }
    await Promise.race([end, pause(200, undefined, { signal: trial.signal })]);
  }
  return false;
}

async function healthCheck({ docker, app }: Trial, container: string, path: string): Promise<number> {
  return (await docker.attempt(['exec', container, ...(healthCheckProgram(app, frontOf(app).name) ?? []), path]))
    .exitCode;
}

async function anyContainer({ containers }: Trial): Promise<string> {
  const [container] = await containers();
  if (container === undefined) throw new Error('no container of it runs');
  return container;
}
