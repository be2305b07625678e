import { readFile, statfs } from 'node:fs/promises';
import { freemem } from 'node:os';

import { UserError } from '../messages/user-error.ts';
import type { Prerequisite } from '../release/target.ts';
import type { LocalOptions } from './apply/work.ts';
import { requireReady } from './engine/engine.ts';
import { isRootOnDebian } from './engine/engine-install.ts';
import { inspectCurrent } from './observe/current.ts';
import type { Place } from './state/place.ts';
import { choosePort, isFreePort } from './state/port.ts';

/** Base images (0.4 GB), a release with its build cache (0.8 GB) and the database's first files. */
const neededDiskBytes = 2e9;
/** What two small tasks, the database and the load balancer really use, with room for a build. */
const neededMemoryBytes = 1e9;

/** What has to hold before the first change; what `up` can bring about by itself holds already. */
export function localPrerequisites(place: Place, options: LocalOptions): Prerequisite[] {
  return [
    { name: 'Docker engine with BuildKit', check: () => checkEngine(options) },
    { name: 'instance name is free or ours', check: () => checkInstance(place, options) },
    { name: 'port', check: () => checkPort(place, options) },
    { name: 'disk space', check: () => checkDisk(place) },
    { name: 'memory', check: checkMemory },
  ];
}

async function checkEngine({ dockerExecutable, find }: LocalOptions): Promise<void> {
  const found = await find();
  if (found.state === 'ready') return;
  const mendable = found.state === 'stopped' || (dockerExecutable === undefined && found.state.startsWith('no-'));
  if (mendable && (await isRootOnDebian())) return;
  requireReady(found);
}

async function checkInstance(place: Place, { find }: LocalOptions): Promise<void> {
  const found = await find();
  if (found.state === 'ready') await inspectCurrent(found.engine.docker, place);
}

async function checkPort(place: Place, options: LocalOptions): Promise<void> {
  if (options.port === undefined) return;
  const found = await options.find();
  const current =
    found.state === 'ready' ? (await inspectCurrent(found.engine.docker, place)).loadBalancer?.port : undefined;
  await choosePort({ environment: place.environment, asked: options.port, current, isFree: isFreePort });
}

async function checkDisk({ projectDirectory }: Place): Promise<void> {
  const { bavail, bsize } = await statfs(projectDirectory);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededDiskBytes) return;
  throw new UserError({
    code: 'DISK_FULL',
    message: `${(freeBytes / 1e9).toFixed(1)} GB of disk space are free.`,
    rule: `Images, build cache and database need ${neededDiskBytes / 1e9} GB.`,
    remedy:
      'Free some space; `docker system df` shows what Docker uses, `docker system prune` removes what nobody uses.',
  });
}

async function checkMemory(): Promise<void> {
  const availableBytes = await availableMemory();
  if (availableBytes >= neededMemoryBytes) return;
  throw new UserError({
    code: 'MEMORY_SHORT',
    message: `${(availableBytes / 1e9).toFixed(1)} GB of memory are available.`,
    rule: `Tasks, database and a build need ${neededMemoryBytes / 1e9} GB.`,
    remedy: 'End other programs, or give Docker Desktop more memory.',
  });
}

/** Free memory and what the kernel can take back from its caches, see proc_meminfo(5). */
async function availableMemory(): Promise<number> {
  const meminfo = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return kib === undefined ? freemem() : Number(kib) * 1024;
}
