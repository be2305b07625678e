import autocannon from 'autocannon';
import { createDocker } from '../../scripts/local/engine/docker.ts';
import { type Checkout, createCheckout } from '../../scripts/testing/checkout.ts';
import { docker, taskContainers } from '../../scripts/testing/containers.ts';
import { oneTask } from '../../scripts/testing/quick-settings.ts';
import { newSession } from '../../scripts/testing/session.ts';
import type { Row } from '../table.ts';

const instance = `bench${process.pid}c`;
const rounds = 5;
const seconds = 10;
/** Far below what one task can do: at a limit, retries and waits would be counted as work. */
const requestsPerSecond = 150;
/** Of twenty requests, one creates a todo and the others list twenty. */
const readsPerWrite = 19;
const seeded = 40;
/** The API limits the requests of each user per minute. */
const people = 8;

/** Servers whose CPU time grows with the requests, by what it is called in a row. */
const servers = ['a task of the API', 'Postgres', 'Valkey'] as const;
type Server = (typeof servers)[number];

const rowNames = {
  cpu: (server: Server) => `CPU time of ${server} for 1,000 requests, ${readsPerWrite} of ${readsPerWrite + 1} reads`,
  bytes: 'bytes of an answer, on average',
  heldMs: 'latency of one request at a time',
};

/** What a request costs, in the units of the model. */
export interface Costs {
  /** Seconds of CPU for 1,000 requests. */
  readonly apiCpu: number;
  readonly databaseCpu: number;
  readonly valkeyCpu: number;
  /** Of an answer. */
  readonly bytes: number;
  /** How long a request may hold a connection to the database: at most as long as it takes. */
  readonly heldSeconds: number;
}

/** @returns `undefined` where it was never measured */
export function costsOf(rows: readonly Row[], middle: (figures: readonly number[]) => number): Costs | undefined {
  const of = (name: string) => {
    const found = rows.find((row) => row.name === name);
    return found === undefined ? undefined : middle(found.ours);
  };
  const [apiCpu, databaseCpu, valkeyCpu] = servers.map((server) => of(rowNames.cpu(server)));
  const [bytes, heldMs] = [of(rowNames.bytes), of(rowNames.heldMs)];
  if (apiCpu === undefined || databaseCpu === undefined || valkeyCpu === undefined) return undefined;
  if (bytes === undefined || heldMs === undefined) return undefined;
  return { apiCpu, databaseCpu, valkeyCpu, bytes, heldSeconds: heldMs / 1000 };
}

/** What 1,000 requests cost each server of an environment on this machine, as its containers' own clocks say. */
export async function benchCapacity(): Promise<Row[]> {
  const checkout = await createCheckout(instance, { processes: true });
  try {
    await checkout.configure('staging', oneTask);
    const { url } = (await succeeded(checkout, 'up')) as { readonly url: string };
    return await measure(url);
  } finally {
    await checkout.stack('down', 'staging', '--yes');
    checkout.remove();
  }
}

async function succeeded(checkout: Checkout, ...words: readonly string[]): Promise<unknown> {
  const { exitCode, json, talk } = await checkout.stack(...words);
  if (exitCode !== 0) throw new Error(`stack ${words.join(' ')}:\n${talk}`);
  return json;
}

async function measure(url: string): Promise<Row[]> {
  const users: User[] = [];
  for (let user = 0; user < people; user += 1) users.push(await newUser(url));
  for (const { create } of users) await load(url, [create], { amount: seeded, connections: 4 });
  const lists = users.map(({ list }) => list);
  await load(url, lists, { amount: 5_000, connections: 8 });
  const mixed = users.flatMap(({ list, create }) => [...Array.from({ length: readsPerWrite }, () => list), create]);
  const cpu = Object.fromEntries(servers.map((server) => [server, [] as number[]])) as Record<Server, number[]>;
  const [bytes, heldMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const idle = await during(() => new Promise((resolve) => setTimeout(resolve, seconds * 1000)));
    const busy = await during(() =>
      load(url, mixed, { duration: seconds, connections: 8, overallRate: requestsPerSecond }),
    );
    const { requests, throughput } = busy.result;
    for (const server of servers) cpu[server].push(((busy.cpu[server] - idle.cpu[server]) / requests.total) * 1000);
    bytes.push(throughput.total / requests.total);
    heldMs.push((await load(url, lists, { amount: 500, connections: 1 })).latency.p50);
  }
  return [
    ...servers.map((server) => ({ name: rowNames.cpu(server), unit: 's', ours: cpu[server] })),
    { name: rowNames.bytes, unit: 'B', ours: bytes },
    { name: rowNames.heldMs, unit: 'ms', ours: heldMs },
  ];
}

interface User {
  readonly list: autocannon.Request;
  readonly create: autocannon.Request;
}

async function newUser(url: string): Promise<User> {
  const headers = { ...(await newSession(url)), 'content-type': 'application/json' };
  return {
    list: { method: 'GET', path: '/todos?limit=20', headers },
    create: { method: 'POST', path: '/todos', headers, body: JSON.stringify({ title: 'Measured' }) },
  };
}

async function load(
  url: string,
  requests: autocannon.Request[],
  extent: Pick<autocannon.Options, 'amount' | 'duration' | 'connections' | 'overallRate'>,
): Promise<autocannon.Result> {
  const result = await autocannon({ url, requests, ...extent });
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0) throw new Error(`${failed} of ${result.requests.total} requests to ${url} failed`);
  return result;
}

interface During<Result> {
  readonly result: Result;
  /** In seconds. */
  readonly cpu: Readonly<Record<Server, number>>;
}

async function during<Result>(work: () => Promise<Result>): Promise<During<Result>> {
  const before = await cpuSeconds();
  const result = await work();
  const after = await cpuSeconds();
  const spent = servers.map((server) => [server, after[server] - before[server]] as const);
  return { result, cpu: Object.fromEntries(spent) as Record<Server, number> };
}

async function cpuSeconds(): Promise<Record<Server, number>> {
  const names: Record<Server, string> = {
    'a task of the API': 'api',
    Postgres: 'database',
    Valkey: 'valkey',
  };
  const socket = (await docker('context', 'inspect', '--format', '{{.Endpoints.docker.Host}}')).replace('unix://', '');
  const { api } = createDocker('docker', socket);
  const read = async (server: Server) => {
    const environment = server === 'a task of the API' ? 'staging' : 'staging-data';
    const [id, ...others] = await taskContainers(instance, environment, names[server]);
    if (id === undefined || others.length > 0) throw new Error(`${others.length + 1} containers of ${server}`);
    const stats = (await api.get(`/containers/${id}/stats?stream=false&one-shot=true`)) as {
      readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
    };
    return [server, stats.cpu_stats.cpu_usage.total_usage / 1e9] as const;
  };
  return Object.fromEntries(await Promise.all(servers.map(read))) as Record<Server, number>;
}
