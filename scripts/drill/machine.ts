import { cpus, release, totalmem } from 'node:os';
import { execa } from 'execa';

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

const answerMs = 10_000;

export async function describeMachine(): Promise<Machine> {
  const { stdout, exitCode } = await execa('docker', ['version', '--format', '{{.Server.Version}}'], {
    reject: false,
    timeout: answerMs,
  });
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    docker: exitCode === 0 ? String(stdout).trim() : 'unknown',
    at: new Date().toISOString(),
  };
}
