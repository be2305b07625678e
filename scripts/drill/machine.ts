import { cpus, release, totalmem } from 'node:os';
import { createEngineFinder } from '../local/engine/engine.ts';

/** Where a drill ran: figures without it say little. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Of the engine; `unknown` where it does not say. */
  readonly docker: string;
  /** ISO 8601. */
  readonly at: string;
}

/** @param executable of Docker's client; absent: the first suitable one */
export async function describeMachine(executable: string | undefined): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    docker: await engineVersion(executable),
    at: new Date().toISOString(),
  };
}

/** By the client that the drills used: the first on the PATH may be another one. */
async function engineVersion(executable: string | undefined): Promise<string> {
  const found = await createEngineFinder({ executable })();
  if (found.state !== 'ready') return 'unknown';
  const { exitCode, stdout } = await found.engine.docker.attempt(['version', '--format', '{{.Server.Version}}']);
  return exitCode === 0 ? stdout.trim() : 'unknown';
}
