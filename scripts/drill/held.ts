import { spawn } from 'node:child_process';

/** Something in a container that lasts until it is given back, or this process ends. */
export interface Held {
  giveBack(): Promise<void>;
}

/** Runs a Docker command that ends with its input. */
export function hold(executable: string, args: readonly string[]): Held {
  const child = spawn(executable, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => void child.once('close', resolve).once('error', () => resolve()));
  return {
    async giveBack() {
      child.stdin.end();
      await ended;
    },
  };
}
