import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Go } from './warm.ts';

export interface AppProcessOptions {
  /** Of the session; `app/dist/packages.mjs` is there. */
  readonly directory: string;
  readonly go: Go;
  /** Of `/ready` or `/health`. */
  readonly healthUrl: string;
  /** Each line that it writes. */
  readonly onLine: (line: string) => void;
}

const readyWithinMs = 30_000;
const stopWithinMs = 2_000;
const pollMs = 10;
/** Node's own lines about the debugger, said again at each start. */
const ofInspector = /^(Debugger (listening on|attached|ending)|For help, see: https:|Waiting for the debugger)/;

/** The API or the worker as a process of its own, replaced after each change by one that has loaded its packages before. */
export class AppProcess {
  readonly #options: AppProcessOptions;
  #running: ChildProcess | undefined;
  #warm: ChildProcess;

  constructor(options: AppProcessOptions) {
    this.#options = options;
    this.#warm = this.#warmUp();
  }

  /** Resolves when it answers; `false`: it ended before, and its log says why. */
  async start(): Promise<boolean> {
    const { go, healthUrl } = this.#options;
    const child = runs(this.#warm) ? this.#warm : this.#warmUp();
    this.#running = child;
    child.send(go);
    const deadline = performance.now() + readyWithinMs;
    let ready = false;
    while (!ready && runs(child) && performance.now() < deadline) {
      await sleep(pollMs);
      ready = await fetch(healthUrl).then(
        ({ ok }) => ok,
        () => false,
      );
    }
    // Not sooner: it would take the processor from the one that is waited for.
    this.#warm = this.#warmUp();
    return ready;
  }

  /** Gracefully; a process that takes longer than a person would wait is cut off. */
  async stop(): Promise<void> {
    const child = this.#running;
    this.#running = undefined;
    if (child !== undefined && runs(child)) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const cut = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
      await exited;
      clearTimeout(cut);
    }
  }

  async close(): Promise<void> {
    const warm = this.#warm;
    if (runs(warm)) {
      const exited = once(warm, 'exit');
      warm.kill('SIGKILL');
      await exited;
    }
    await this.stop();
  }

  #warmUp(): ChildProcess {
    const child = fork(join(import.meta.dirname, 'warm.ts'), [this.#options.directory], {
      env: { NODE_ENV: 'development' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) {
        // What it says while it ends was asked for, and is of no interest.
        const isHeard = (line: string) => (this.#running === child || child === this.#warm) && !ofInspector.test(line);
        createInterface({ input: stream }).on('line', (line) => isHeard(line) && this.#options.onLine(line));
      }
    }
    return child;
  }
}

const runs = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;
