import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

import { Refusal, UserError } from '../../messages/user-error.ts';
import { userName } from '../../messages/user-name.ts';
import type { Lock } from '../../release/target.ts';
import { isDenied, notAccessible } from './files.ts';

interface Holder {
  readonly pid: number;
  readonly purpose: string;
  readonly by: string;
  /** ISO 8601. */
  readonly since: string;
}

/** A connection that nobody refers to is closed by the garbage collector, and its lock is gone. */
const held = new Set<DatabaseSync>();

/** SQLITE_BUSY, https://sqlite.org/rescode.html#busy */
const busy = 5;
/** SQLITE_READONLY and SQLITE_CANTOPEN: the file or its folder is another user's. */
const deniedResults: ReadonlySet<unknown> = new Set([8, 14]);

/**
 * Takes a lock that the operating system releases when its holder dies, however it dies: an exclusive transaction on
 * an empty SQLite file, which holds a file lock on every platform. Nothing can become stale, so nothing is taken over.
 *
 * @param what is locked, as the message names it: `The environment staging`
 */
export function acquireLock(path: string, what: string, purpose: string, now = new Date()): Lock {
  const lock = tryLock(path);
  if (lock === undefined) throw locked(path, what);
  held.add(lock);
  const holder: Holder = { pid: process.pid, purpose, by: userName(), since: now.toISOString() };
  writeFileSync(holderPath(path), JSON.stringify(holder), { mode: 0o600 });
  return {
    async release() {
      rmSync(holderPath(path), { force: true });
      held.delete(lock);
      lock.close();
    },
  };
}

/** Waits for its turn instead of refusing; for short critical sections. */
export async function waitForLock(
  path: string,
  what: string,
  purpose: string,
  timeoutSeconds: number,
  signal?: AbortSignal,
): Promise<Lock> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    try {
      return acquireLock(path, what, purpose);
    } catch (error) {
      const isHeld = error instanceof UserError && error.code === 'ENVIRONMENT_LOCKED';
      if (!isHeld || performance.now() > deadline) throw error;
    }
    await pause(100, undefined, { signal });
  }
}

function tryLock(path: string): DatabaseSync | undefined {
  const database = openFile(path);
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return undefined;
    throw error instanceof Error && 'errcode' in error && deniedResults.has(error.errcode)
      ? notAccessible(path, 'written to', error)
      : error;
  }
}

function openFile(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    const refused = error instanceof Error && 'errcode' in error && deniedResults.has(error.errcode);
    throw refused || isDenied(error) ? notAccessible(dirname(path), 'written to', error) : error;
  }
}

function locked(path: string, what: string): UserError {
  const holder = readHolder(path);
  return new Refusal({
    code: 'ENVIRONMENT_LOCKED',
    message:
      holder === undefined
        ? `${what} is being changed by another process.`
        : `${what} is being changed by process ${holder.pid} (${holder.purpose}, ${holder.by}) since ${holder.since}.`,
    rule: 'One command at a time changes an environment.',
    remedy: 'Wait until it ends. The lock ends with the process, even if that is killed.',
  });
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(holderPath(path), 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function holderPath(path: string): string {
  return `${path}.holder.json`;
}
