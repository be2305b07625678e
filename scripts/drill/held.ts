import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Docker } from '../local/engine/docker.ts';
import { readMemory } from '../local/observe/memory.ts';

/** Something in a container that lasts until it is given back, or this process ends. */
export interface Held {
  giveBack(): Promise<void>;
}

const recheckMs = 2000;
/** Less is not worth a process of its own: a fiftieth of what the drill leaves free. */
const leastShare = 0.0006;

/**
 * Has a container use so much memory that this share of its limit is in use, and keeps it there: what was in use by files
 * may be forgotten by the kernel as soon as memory is short, and counts as free from then on.
 */
export async function holdMemory(docker: Docker, container: string, share: number): Promise<Held> {
  const held: Held[] = [];
  const stop = new AbortController();
  const fill = async () => {
    const { used, limit } = await readMemory(docker, container);
    const bytes = Math.floor(limit * share - used);
    if (bytes < limit * leastShare) return;
    const one = holdBytes(docker.executable, container, bytes);
    held.push(one);
    await one.filled;
  };
  await fill();
  const keeping = (async () => {
    while (!stop.signal.aborted) {
      await pause(recheckMs, undefined, { signal: stop.signal });
      await fill();
    }
    // A container that is gone holds nothing, and one that cannot be asked is left as it is: the promise shows it.
  })().catch(() => undefined);
  return {
    async giveBack() {
      stop.abort();
      await keeping;
      await Promise.all(held.map((one) => one.giveBack()));
    },
  };
}

/** A command in the container that ends with its input. `filled`: it holds all of it, or has ended. */
function holdBytes(executable: string, container: string, bytes: number): Held & { readonly filled: Promise<void> } {
  const script = `{ head -c ${bytes} /dev/zero; echo >&2; cat; } | tail -c ${bytes} > /dev/null`;
  const child = spawn(executable, ['exec', '--interactive', container, '/bin/sh', '-c', script], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => void child.once('close', resolve).once('error', () => resolve()));
  const said = new Promise<void>((resolve) => void child.stderr.once('data', () => resolve()));
  child.stderr.resume();
  return {
    filled: Promise.race([said, ended]),
    async giveBack() {
      child.stdin.end();
      await ended;
    },
  };
}
