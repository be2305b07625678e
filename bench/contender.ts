import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { freePort } from './postgres.ts';

/** A server that is measured: how it is started, and where. */
export interface Contender {
  readonly name: string;
  readonly argv: readonly string[];
  readonly directory: string;
  readonly variables: Readonly<Record<string, string>>;
}

export interface Running {
  readonly url: string;
  /** From the start of the process to the first 200 of /ready, in milliseconds. */
  readonly readyAfterMs: number;
  /** Resident memory, in MiB. */
  residentMiB(): number;
  /** What its threads have run since the start, in seconds: unlike throughput it does not depend on what else runs. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** Starts a contender on a free port and polls /ready without pause, because the interval would be part of the figure. */
export async function start(contender: Contender): Promise<Running> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawn(process.execPath, contender.argv, {
    cwd: contender.directory,
    env: { ...contender.variables, PATH: process.env['PATH'], PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/ready`, child, contender.name);
  const readyAfterMs = performance.now() - startedAt;
  return {
    url,
    readyAfterMs,
    residentMiB: () => residentKiB(child.pid) / 1024,
    cpuSeconds: () => cpuSeconds(child.pid),
    stop: () => end(child),
  };
}

async function untilReady(url: string, child: ChildProcess, name: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it was ready`);
    if ((await status(url)) === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`${name} was not ready within 20 s`);
}

function status(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    request(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', () => resolve(undefined))
      .end();
  });
}

function residentKiB(pid: number | undefined): number {
  const found = /VmRSS:\s+(?<kib>\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.groups?.['kib']);
}

/** utime and stime of proc_pid_stat(5), counted from behind the name, which may hold anything; the kernel's tick is 10 ms. */
function cpuSeconds(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
