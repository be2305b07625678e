import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { LockHolder } from './locks.ts';
import { isAlive } from './this-machine.ts';

const recordSchema = z.object({ machine: z.string(), startedAt: z.iso.datetime() });

/**
 * The Pulumi processes that commands have started here, one file each. The lock of a backend names a host and a process;
 * neither says which machine it is, so only what was written down here tells that a process was one of ours.
 */
export class EngineProcesses {
  readonly #folder: string;
  readonly #machine: string | undefined;

  /**
   * @param directory the user's own project
   * @param machine `thisMachine`
   */
  constructor(directory: string, machine: string | undefined) {
    this.#folder = join(directory, '.stack', 'engine');
    this.#machine = machine;
  }

  /** Without a record the lock of a killed process is left to a person, so one that cannot be written stops nothing. */
  started(environment: string, processId: number, now: Date = new Date()): void {
    if (this.#machine === undefined) return;
    const record: z.output<typeof recordSchema> = { machine: this.#machine, startedAt: now.toISOString() };
    try {
      mkdirSync(join(this.#folder, environment), { recursive: true });
      writeFileSync(this.#file(environment, processId), JSON.stringify(record), { mode: 0o600 });
    } catch {
      // The project belongs to another user, or the disk is full.
    }
  }

  /** It had the lock, and freed it: none is left of those before it. */
  succeeded(environment: string): void {
    rmSync(join(this.#folder, environment), { recursive: true, force: true });
  }

  /** Whether a lock is that of a process that was started here and is dead. Unknown is no. */
  isLeftBehind(environment: string, { host, processId, at }: LockHolder): boolean {
    const record = this.#read(environment, processId);
    if (record === undefined || this.#machine === undefined) return false;
    // The time in a lock has no fraction.
    const after = Date.parse(at) >= Math.floor(Date.parse(record.startedAt) / 1000) * 1000;
    return record.machine === this.#machine && host === hostname() && after && !isAlive(processId);
  }

  #read(environment: string, processId: number): z.output<typeof recordSchema> | undefined {
    try {
      return recordSchema.parse(JSON.parse(readFileSync(this.#file(environment, processId), 'utf8')));
    } catch {
      return undefined;
    }
  }

  #file(environment: string, processId: number): string {
    return join(this.#folder, environment, `${processId}.json`);
  }
}
