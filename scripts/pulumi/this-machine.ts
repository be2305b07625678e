import { readFileSync, readlinkSync } from 'node:fs';

/**
 * This boot of the kernel and the namespace of process ids in it, where a process id means one process and no other:
 * containers and runners share host names, and after a reboot a process id is another process's. `undefined` where there
 * is no /proc.
 */
export const thisMachine: string | undefined = readMachine();

function readMachine(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/** Whether a process exists on this machine, of whatever user. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
