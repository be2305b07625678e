import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import type { Certificates } from './certificates.ts';
import { freePort } from './postgres-server.ts';
import type { Variables } from './running-app.ts';

const password = 'e2e-valkey-password';

/** Why tests that need Valkey are skipped; `undefined`: they run. */
export function valkeyMissing(): string | undefined {
  const binary = inject('valkey');
  return 'missing' in binary ? binary.missing : undefined;
}

/** A real server on a port of its own, with a password, that keeps nothing on disk, as ElastiCache does. */
export class ValkeyServer {
  readonly port: number;
  readonly #directory: string;
  readonly #tls: Certificates | undefined;
  #process: ChildProcess | undefined;

  private constructor(port: number, tls: Certificates | undefined) {
    this.port = port;
    this.#tls = tls;
    this.#directory = mkdtempSync(join(tmpdir(), 'todo-valkey-'));
  }

  /** `tls`: the server then speaks nothing else. */
  static async start(tls?: Certificates): Promise<ValkeyServer> {
    const server = new ValkeyServer(await freePort(), tls);
    await server.start();
    return server;
  }

  /** What a process needs to reach it. */
  get variables(): Variables {
    return {
      VALKEY_HOST: '127.0.0.1',
      VALKEY_PORT: String(this.port),
      VALKEY_PASSWORD: password,
      VALKEY_TLS: this.#tls === undefined ? 'disable' : 'verify-full',
    };
  }

  async start(): Promise<void> {
    const binary = inject('valkey');
    if ('missing' in binary) {
      throw new Error(binary.missing);
    }
    const child = spawn(binary.path, ['-'], { cwd: this.#directory, stdio: ['pipe', 'pipe', 'inherit'] });
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

  /** Copies `primary` from now on, and refuses writes; its connections stay open. Resolves when it has all. */
  async follow(primary: ValkeyServer): Promise<void> {
    await this.#command((client) => client.replicaof('127.0.0.1', primary.port));
    while (!/^master_link_status:up/m.test(await this.#command((client) => client.info('replication')))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends to be a copy: it takes writes. */
  async promote(): Promise<void> {
    await this.#command((client) => client.replicaof('NO', 'ONE'));
  }

  async #command<Result>(work: (client: Redis) => Promise<Result>): Promise<Result> {
    const client = new Redis({ port: this.port, password });
    return work(client).finally(() => client.disconnect());
  }

  /** At once, as a host does that fails: what it held is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.kill('SIGKILL') === true) {
      await once(child, 'exit');
    }
  }

  /** Stays connected and says nothing, as a host does that hangs. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #configuration(): string {
    const lines = [
      'bind 127.0.0.1',
      `requirepass ${password}`,
      `masterauth ${password}`,
      // A copy begins at once rather than after five seconds, in which others might ask for one too.
      'repl-diskless-sync-delay 0',
      'save ""',
      'appendonly no',
      'maxmemory 64mb',
      'maxmemory-policy noeviction',
      ...(this.#tls === undefined
        ? [`port ${this.port}`]
        : ['port 0', `tls-port ${this.port}`, ...this.#tlsFiles(this.#tls)]),
    ];
    return `${lines.join('\n')}\n`;
  }

  #tlsFiles(tls: Certificates): readonly string[] {
    const files = {
      'tls-cert-file': tls.serverCertificate,
      'tls-key-file': tls.serverKey,
      'tls-ca-cert-file': tls.certificate,
    };
    const settings = Object.entries(files).map(([name, content]) => {
      const file = join(this.#directory, `${name}.pem`);
      writeFileSync(file, content, { mode: 0o600 });
      return `${name} ${file}`;
    });
    return [...settings, 'tls-auth-clients no'];
  }
}
