import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { numbersOf } from '../../../infra/contract/contract.ts';
import { type Process, readinessOf, type Serving } from '../../../infra/manifest/app.ts';
import { readMemory } from '../../local/observe/memory.ts';
import { trafficTo, trafficToTask } from '../door.ts';
import { NotChecked, type Report } from '../report.ts';
import { limitedIn, repeatSmoke, type SmokeReport, startTraffic, type TrafficReport } from '../traffic.ts';
import { anyTask, type Task, type Trial, usesDatabase } from '../trial.ts';

const loadSeconds = 3;
const sampleMs = 200;
/** Enough to ask each task for more connections at once than it may open, and few enough for a small machine. */
const mostClients = 64;

/** What was seen of a process while it was under load. */
interface Load {
  readonly traffic: TrafficReport;
  readonly smoke?: SmokeReport;
  /** In use at its end. */
  readonly memoryMiB: number;
  /** Most of one task at a time. */
  readonly connections: number;
}

/** @returns how the app's smoke test went meanwhile */
export async function checkUnderLoad(
  trial: Trial,
  report: Report,
  prefix: string,
  serving: Serving,
  front: boolean,
): Promise<SmokeReport | undefined> {
  const { name } = serving;
  let load: Load | undefined;
  await report.check(`${prefix}stays inside its memory limit under load`, async () => {
    load = await putUnderLoad(trial, serving, front);
    return await staysInMemory(trial, name, load);
  });
  if (usesDatabase(trial, name)) {
    await report.check(`${prefix}opens no more database connections than it may`, async () => {
      if (load === undefined) throw new NotChecked('it could not be put under load');
      return staysInPool(trial, name, load);
    });
  }
  return load?.smoke;
}

async function putUnderLoad(trial: Trial, { name, http }: Serving, front: boolean): Promise<Load> {
  const tasks = await trial.tasksOf(name);
  const task = await anyTask(trial, name);
  const clients = Math.min(mostClients, Math.max(4, 2 * numbersOf(trial.contract, name).poolSize * tasks.length));
  const send = trafficTo(trial, http, [readinessOf(http), http.liveness]) ?? trafficToTask(trial, task, http);
  const traffic = startTraffic(send, trial.signal, clients);
  const { smoke: test, url } = trial;
  const smoke = front && test !== undefined && url !== undefined ? repeatSmoke(test, url, trial.signal) : undefined;
  let connections = await mostConnections(trial, tasks);
  try {
    const until = performance.now() + loadSeconds * 1000;
    while (performance.now() < until) {
      connections = Math.max(connections, await mostConnections(trial, tasks));
      await pause(sampleMs, undefined, { signal: trial.signal });
    }
    const { used } = await readMemory(trial.docker, task.containerId);
    const [sent, tested] = await Promise.all([traffic.stop(), smoke?.stop()]);
    return {
      traffic: sent,
      memoryMiB: used / 2 ** 20,
      connections,
      ...(tested === undefined ? {} : { smoke: tested }),
    };
  } finally {
    await Promise.all([traffic.stop(), smoke?.stop()]);
  }
}

const limits = z.object({ HostConfig: z.object({ Memory: z.number() }) });

async function staysInMemory(trial: Trial, process: Process, { traffic, memoryMiB }: Load): Promise<string> {
  const { requests, limited, failures } = traffic;
  if (failures.length > 0) throw new Error(`${failures.length} of ${requests} requests failed: ${failures[0]}`);
  const { containerId } = await anyTask(trial, process);
  const { HostConfig } = limits.parse(await trial.docker.api.get(`/containers/${containerId}/json`));
  const limit = HostConfig.Memory / 2 ** 20;
  const asked = numbersOf(trial.contract, process).containerMemoryMiB;
  if (limit !== asked) throw new Error(`its limit is ${limit} MiB, the contract says ${asked}`);
  if (2 * limited > requests)
    throw new NotChecked(`a rate limiter answered ${limited} of ${requests} requests with 429: that was no load`);
  return `${memoryMiB.toFixed(1)} of ${limit} MiB after ${requests} requests${limitedIn(traffic)}`;
}

function staysInPool(trial: Trial, process: Process, { connections, traffic, smoke }: Load): string {
  const { poolSize } = numbersOf(trial.contract, process);
  const seen = `${connections} of ${poolSize} in one task`;
  if (connections > poolSize) throw new Error(`it opened ${connections} in one task, which may open ${poolSize}`);
  if (connections === 0) throw new NotChecked('it opened none: what was asked of it needs no database');
  const asked = `under ${traffic.requests} requests${smoke === undefined ? '' : ` and ${smoke.runs} smoke tests`}`;
  return `${seen}, ${asked}${limitedIn(traffic)}`;
}

/** Nobody can give a process in the background its work from outside, so fewer connections than it may open prove nothing. */
export async function staysInPoolAtRest(trial: Trial, process: Process): Promise<string> {
  const { poolSize } = numbersOf(trial.contract, process);
  await anyTask(trial, process);
  const connections = await mostConnections(trial, await trial.tasksOf(process));
  if (connections > poolSize)
    throw new Error(`it opened ${connections} in one task without any job, and may open ${poolSize}`);
  throw new NotChecked(`nobody can give it jobs from here; without any it opened ${connections} of ${poolSize}`);
}

/** As the database's own container sees them. */
async function mostConnections({ docker, database, rendered }: Trial, tasks: readonly Task[]): Promise<number> {
  const table = await docker.run(['exec', await database.container(), 'cat', '/proc/net/tcp', '/proc/net/tcp6']);
  const port = rendered.program.database?.port ?? 0;
  const open = connectionsByAddress(table, port);
  return Math.max(0, ...tasks.map(({ address }) => open.get(address) ?? 0));
}

/**
 * Established connections to a port, by the address of the client.
 * https://docs.kernel.org/networking/proc_net_tcp.html
 */
export function connectionsByAddress(table: string, port: number): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of table.split('\n')) {
    const [, local = '', remote = '', state] = line.trim().split(/\s+/);
    if (state !== '01' || Number.parseInt(local.split(':')[1] ?? '', 16) !== port) continue;
    const address = addressOf(remote.split(':')[0] ?? '');
    found.set(address, (found.get(address) ?? 0) + 1);
  }
  return found;
}

/** Four bytes, the last one first; an IPv4 address in IPv6 has them at its end. */
function addressOf(hexadecimal: string): string {
  const bytes = hexadecimal.slice(-8).match(/../g) ?? [];
  return bytes
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}
