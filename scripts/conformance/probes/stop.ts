import { setTimeout as pause } from 'node:timers/promises';
import { numbersOf } from '../../../infra/contract/contract.ts';
import { type Process, readinessOf, type Serving } from '../../../infra/manifest/app.ts';
import { trafficTo } from '../door.ts';
import { NotChecked } from '../report.ts';
import { limitedIn, startTraffic, type Traffic, type TrafficReport } from '../traffic.ts';
import { anyTask, type Task, type Trial } from '../trial.ts';

/** From the order to stop a task to its SIGTERM: the platform withdraws it from the load balancer first. */
const platformSeconds = 10;
const killed = 137;
/** By SIGTERM: it has no handler for it, or raises it again when it has cleaned up, as Nest does. */
const terminated = 143;

/** As a platform stops a task while the load balancer has others: what is in flight ends, what comes goes there. */
export async function stopsUnderLoad(trial: Trial, serving: Serving): Promise<string> {
  const { name, http } = serving;
  const tasks = await trial.tasksOf(name);
  await anyTask(trial, name);
  if (trial.url === undefined)
    throw new NotChecked(
      `the release does not start, so that there is no load. Without it: ${await stopsAlone(trial, name)}`,
    );
  if (tasks.length < 2) {
    const alone = await stopsAlone(trial, name);
    const key = `${numbersOf(trial.contract, name).prefix}DesiredCount`;
    throw new NotChecked(
      `a task can only be stopped under load beside another: set ${key} to 2. Without load: ${alone}`,
    );
  }
  const send = trafficTo(trial, http, [http.version, http.liveness]);
  if (send === undefined)
    throw new NotChecked('the load balancer leads to none of its paths, so that nothing can be asked while it stops');
  const traffic = startTraffic(send, trial.signal);
  const ends = watchEnds(trial, name, tasks);
  try {
    await pause(1000, undefined, { signal: trial.signal });
    await trial.scale(name, tasks.length - 1);
    const draining = await findDraining(trial, serving, tasks, ends.first);
    const { exitCode, seconds } = await ends.first;
    return tellOfStop(trial, serving, { exitCode, seconds, draining, traffic: await traffic.stop() });
  } finally {
    ends.stop();
    await finish(trial, name, traffic, tasks.length);
  }
}

async function finish(trial: Trial, name: Process, traffic: Traffic, count: number): Promise<void> {
  await traffic.stop();
  await trial.scale(name, count);
}

export interface Stop {
  readonly exitCode: number;
  readonly seconds: number;
  readonly draining: boolean;
  readonly traffic: TrafficReport;
}

export function tellOfStop(
  trial: Pick<Trial, 'contract'>,
  { name, http }: Serving,
  { exitCode, seconds, draining, traffic }: Stop,
): string {
  const { requests, failures } = traffic;
  if (exitCode !== 0 && !(exitCode === terminated && draining)) throw new Error(whyWrong(exitCode));
  const { liveness } = http;
  const readiness = readinessOf(http);
  if (!draining && readiness !== liveness)
    throw new Error(`${readiness} was never other than 200 while ${liveness} still was: it stopped without draining`);
  if (failures.length > 0) throw new Error(`${failures.length} of ${requests} requests failed: ${failures[0]}`);
  const limit = numbersOf(trial.contract, name).stopTimeoutSeconds;
  const unseen = readiness === liveness ? '; draining not checked, because it has no readiness path' : '';
  return `0 of ${requests} requests failed, exit code ${exitCode}, ${seconds.toFixed(1)} s of at most ${limit} s${limitedIn(traffic)}${unseen}`;
}

/** Of a process that gets no requests, or gets none here. */
export async function stopsAlone(trial: Trial, process: Process): Promise<string> {
  const tasks = await trial.tasksOf(process);
  const { containerId } = await anyTask(trial, process);
  const { stopTimeoutSeconds } = numbersOf(trial.contract, process);
  const ends = watchEnds(trial, process, tasks);
  try {
    if (trial.url === undefined) await trial.docker.run(['stop', '--time', String(stopTimeoutSeconds), containerId]);
    else await trial.scale(process, tasks.length - 1);
    const { exitCode, seconds } = await ends.first;
    if (exitCode !== 0 && exitCode !== terminated)
      throw new Error(
        exitCode === killed
          ? `it ended with ${killed}: it was killed after ${stopTimeoutSeconds} s, because SIGTERM did not end it`
          : `it ended with ${exitCode}`,
      );
    const unheard =
      exitCode === terminated ? ', from SIGTERM: it has no handler, or raised it again when it was done' : '';
    return `exit code ${exitCode}${unheard}, ${seconds.toFixed(1)} s of at most ${stopTimeoutSeconds} s`;
  } finally {
    ends.stop();
    if (trial.url !== undefined) await trial.scale(process, tasks.length);
  }
}

function whyWrong(exitCode: number): string {
  if (exitCode === killed) return `it ended with ${killed}, killed`;
  return exitCode === terminated ? `SIGTERM ended it (${terminated}) before it drained` : `it ended with ${exitCode}`;
}

interface Ends {
  /** How the first container ended, and how long after the watch began. */
  readonly first: Promise<{ readonly exitCode: number; readonly seconds: number }>;
  stop(): void;
}

function watchEnds({ docker, contract, signal }: Trial, process: Process, tasks: readonly Task[]): Ends {
  const watch = new AbortController();
  const startedAt = Date.now();
  const timeoutMs = (numbersOf(contract, process).stopTimeoutSeconds + platformSeconds) * 1000;
  const options = { signal: AbortSignal.any([signal, watch.signal]), timeoutMs };
  const each = tasks.map(async ({ containerId }) => {
    const exitCode = Number(await docker.run(['wait', containerId], options));
    return { exitCode, seconds: (Date.now() - startedAt) / 1000 };
  });
  for (const end of each) end.catch(() => undefined);
  const first = Promise.race(each);
  first.catch(() => undefined);
  return { first, stop: () => watch.abort() };
}

/** Whether a task is seen that is not ready any more, and alive. */
async function findDraining(
  trial: Trial,
  { http }: Serving,
  tasks: readonly Task[],
  ended: Promise<unknown>,
): Promise<boolean> {
  let over = false;
  const end = ended.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  const statusOf = async ({ address }: Task, path: string) =>
    (await trial.observer.get(address, http.port, path).catch(() => undefined))?.status;
  while (!over) {
    for (const task of tasks) {
      const ready = await statusOf(task, readinessOf(http));
      if (ready !== undefined && ready !== 200 && (await statusOf(task, http.liveness)) === 200) return true;
    }
    await Promise.race([end, pause(100, undefined, { signal: trial.signal })]);
  }
  return false;
}
