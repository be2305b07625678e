import { readFile } from 'node:fs/promises';

/** A process that can be told from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, in the kernel's own terms; absent where that can't be read (no /proc). */
  readonly startedAt?: string;
}

/** `undefined`: no such process. */
export async function processIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  if (!responds(pid)) return undefined;
  const startedAt = await startTime(pid);
  return startedAt === 'ended' ? undefined : { pid, ...(startedAt === undefined ? {} : { startedAt }) };
}

export async function isRunning(recorded: ProcessIdentity): Promise<boolean> {
  const found = await processIdentity(recorded.pid);
  if (found === undefined) return false;
  return recorded.startedAt === undefined || found.startedAt === undefined || found.startedAt === recorded.startedAt;
}

/** Signal 0 asks whether a process can be signalled; EPERM means that it is there and somebody else's. */
function responds(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Fields 3 (state) and 22 (clock ticks from boot to start) of /proc/<pid>/stat, see proc_pid_stat(5), and the boot that
 * they count from. The name in field 2 may hold spaces and parentheses, so fields are counted from its end.
 * A zombie has ended.
 */
async function startTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'ended';
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()}+${fields[19]}`;
  } catch {
    return undefined;
  }
}
