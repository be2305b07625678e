import { readFile, statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { z } from 'zod';
import { UserError } from '../messages/user-error.ts';
import type { Finding, Prerequisite } from '../release/target.ts';
import type { LocalOptions } from './apply/work.ts';
import type { Docker } from './engine/docker.ts';
import { type EngineState, requireReady } from './engine/engine.ts';
import { inspectCurrent } from './observe/current.ts';
import type { Place } from './state/place.ts';
import { choosePort, isFreePort, positionOf } from './state/port.ts';
import { assertWritable } from './state/writable.ts';

/** Base images (0.4 GB), a release with its build cache (0.8 GB) and the database's first files. */
const neededDiskBytes = 2e9;
/** What two small tasks, Postgres, Valkey and the load balancer use, with room for a build. */
const neededMemoryBytes = 1e9;

/** Checked before the first change. What `up` can do itself, such as starting Docker, counts as met. */
export function localPrerequisites(place: Place, options: LocalOptions): Prerequisite[] {
  return [
    { name: 'Docker engine with BuildKit', check: () => checkEngine(options) },
    { name: 'instance name', check: () => checkInstance(place, options) },
    { name: 'port', check: () => checkPort(place, options) },
    { name: 'project folder', check: async () => ({ value: `${await assertWritable(place)} is writable` }) },
    { name: 'disk space', check: () => checkDisk(place, options) },
    { name: 'memory', check: checkMemory },
  ];
}

async function checkEngine(options: LocalOptions): Promise<Finding> {
  const found = await options.find();
  if (found.state === 'ready') return { value: await describeEngine(found.engine.docker, options) };
  if (options.chosenEngine !== undefined) throw notThere(found, options.chosenEngine);
  const { dockerExecutable } = options;
  const startable = found.state === 'stopped' || (dockerExecutable === undefined && found.state.startsWith('no-'));
  const { isRootOnDebian } = await import('./engine/engine-install.ts');
  if (startable && (await isRootOnDebian())) {
    return { value: found.state === 'stopped' ? 'not running: `up` starts it' : 'not installed: `up` installs it' };
  }
  requireReady(found);
  return {};
}

const version = z.object({ Version: z.string() });

async function describeEngine(docker: Docker, { chosenEngine }: LocalOptions): Promise<string> {
  const { Version } = version.parse(await docker.api.get('/version'));
  return `${Version}${chosenEngine === undefined ? '' : ` (${chosenEngine})`}`;
}

/** Another engine that this command could start would not be the one that was chosen. */
function notThere(found: EngineState, chosen: string): UserError {
  return new UserError({
    code: 'DOCKER_NOT_RUNNING',
    message: `No usable Docker engine answers at ${chosen}${'answer' in found ? `: ${found.answer.replace(/\.$/, '')}` : ''}.`,
    remedy: `Start that engine, or use this machine's own: unset ${chosen.split('=')[0]}.`,
  });
}

async function checkInstance(place: Place, { find }: LocalOptions): Promise<Finding> {
  const found = await find();
  if (found.state !== 'ready') return { unknown: 'no Docker engine answers yet' };
  const { network } = await inspectCurrent(found.engine.docker, place);
  return { value: `${place.instance} is ${network ? 'in use by this checkout' : 'free'}` };
}

/** The port that `up` would take, which is another one where a program has the environment's own. */
async function checkPort(place: Place, options: LocalOptions): Promise<Finding> {
  const found = await options.find();
  const current = found.state === 'ready' ? await inspectCurrent(found.engine.docker, place) : undefined;
  const kept = current?.loadBalancer?.port ?? current?.deployed?.port;
  const { environment } = place;
  const taken: number[] = [];
  const isFree = async (port: number) => {
    const free = await isFreePort(port);
    if (!free) taken.push(port);
    return free;
  };
  const position = await positionOf(place);
  const port = await choosePort({ position, asked: options.port, current: kept, isFree });
  if (current?.loadBalancer?.running === true && port === kept) return { value: `${port}, in use by ${environment}` };
  // A load balancer that does not run has lost its port to whoever came first.
  if (port === kept && !(await isFreePort(port))) {
    throw new UserError({
      code: 'PORT_TAKEN',
      message: `Port ${port} of ${environment} is taken by another program.`,
      remedy: `End that program, or move ${environment} with --port.`,
    });
  }
  return {
    value: taken.length === 0 ? `${port} is free` : `${port} is free (another program has ${taken.join(', ')})`,
  };
}

const engineInfo = z.object({ DockerRootDir: z.string() });

async function checkDisk({ projectDirectory }: Place, { find }: LocalOptions): Promise<Finding> {
  const found = await find();
  const info = found.state === 'ready' ? engineInfo.safeParse(await found.engine.docker.api.get('/info')) : undefined;
  // Images and volumes are in the engine's folder. In a virtual machine that is not a folder of this one.
  const engineFree =
    info?.success === true ? await freeBytes(info.data.DockerRootDir).catch(() => undefined) : undefined;
  const directory = engineFree === undefined ? projectDirectory : (info?.data?.DockerRootDir ?? projectDirectory);
  const free = engineFree ?? (await freeBytes(projectDirectory));
  if (free >= neededDiskBytes) return { value: `${gigabytes(free)} free in ${directory}` };
  throw new UserError({
    code: 'DISK_FULL',
    message: `${gigabytes(free)} of disk space are free in ${directory}.`,
    rule: `Images, build cache and database need ${gigabytes(neededDiskBytes)}.`,
    remedy: 'Free some space: `docker system df` shows what Docker uses, `docker system prune` removes what is unused.',
  });
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

async function checkMemory(): Promise<Finding> {
  const available = await availableMemory();
  if (available >= neededMemoryBytes) return { value: `${gigabytes(available)} available` };
  throw new UserError({
    code: 'MEMORY_SHORT',
    message: `${gigabytes(available)} of memory are available.`,
    rule: `Tasks, database and a build need ${gigabytes(neededMemoryBytes)}.`,
    remedy: 'Close other programs, or give Docker Desktop more memory.',
  });
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Free memory and what the kernel can take back from its caches, see proc_meminfo(5). */
async function availableMemory(): Promise<number> {
  const meminfo = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return kib === undefined ? freemem() : Number(kib) * 1024;
}
