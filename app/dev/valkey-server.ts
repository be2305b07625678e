import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const valkeyPassword = 'valkey-on-this-machine';

/** A real Valkey or Redis on a loopback port, with a password, that keeps nothing on disk, as ElastiCache does. */
export class LocalValkey {
  readonly port: number;
  readonly #binary: string;
  readonly #directory: string;
  readonly #settings: (directory: string) => readonly string[];
  #process: ChildProcess | undefined;

  /** `settings`: further lines of its configuration, and the files in `directory` that they name. */
  constructor(binary: string, port: number, settings: (directory: string) => readonly string[] = () => []) {
    this.port = port;
    this.#binary = binary;
    this.#settings = settings;
    this.#directory = mkdtempSync(join(tmpdir(), 'todo-valkey-'));
  }

  /** What a process needs to reach it. */
  get variables(): Readonly<Record<string, string>> {
    return {
      VALKEY_HOST: '127.0.0.1',
      VALKEY_PORT: String(this.port),
      VALKEY_PASSWORD: valkeyPassword,
      VALKEY_TLS: 'disable',
    };
  }

  async start(): Promise<void> {
    const child = spawn(this.#binary, ['-'], { cwd: this.#directory, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process = child;
    // By its standard input: arguments are seen by every user of the machine.
    child.stdin.end(this.#configuration());
    const log: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.push(line);
        if (/Ready to accept connections/i.test(line)) {
          resolve();
        }
      });
      child.once('close', () => reject(new Error(`Valkey did not start:\n${log.join('\n')}`)));
    });
  }

  /** At once, as a host does that fails: what it held is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.kill('SIGKILL') === true) {
      await once(child, 'exit');
    }
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  protected signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  #configuration(): string {
    const lines = [
      'bind 127.0.0.1',
      `port ${this.port}`,
      `requirepass ${valkeyPassword}`,
      'save ""',
      'appendonly no',
      'maxmemory 64mb',
      'maxmemory-policy noeviction',
      ...this.#settings(this.#directory),
    ];
    return `${lines.join('\n')}\n`;
  }
}
