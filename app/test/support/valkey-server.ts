import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, inject, it } from 'vitest';
import { freePort } from '../../dev/postgres-server.ts';
import { LocalValkey, valkeyPassword } from '../../dev/valkey-server.ts';
import type { Certificates } from './certificates.ts';

/** Why tests that need Valkey are skipped; `undefined`: they run. */
function valkeyMissing(): string | undefined {
  const binary = inject('valkey');
  return 'missing' in binary ? binary.missing : undefined;
}

const missing = valkeyMissing();
const titleOf = (title: string) => (missing === undefined ? title : `${title} (skipped: ${missing})`);

/** `describe` and `it`, skipped with the reason where this machine has no Valkey. */
export const describeWithValkey = (title: string, tests: () => void) =>
  describe.skipIf(missing !== undefined)(titleOf(title), tests);
export const itWithValkey = (title: string, test: () => Promise<void>, timeoutMs?: number) =>
  it.skipIf(missing !== undefined)(titleOf(title), test, timeoutMs);

/** A real server on a port of its own that can do what hosts do: fail, hang, change roles. */
export class ValkeyServer extends LocalValkey {
  readonly #tls: Certificates | undefined;

  private constructor(binary: string, port: number, tls: Certificates | undefined) {
    super(binary, port, (directory) => [
      `masterauth ${valkeyPassword}`,
      // A copy begins at once rather than after five seconds, in which others might ask for one too.
      'repl-diskless-sync-delay 0',
      ...(tls === undefined ? [] : ['port 0', `tls-port ${port}`, ...tlsFiles(directory, tls)]),
    ]);
    this.#tls = tls;
  }

  /** `tls`: the server then speaks nothing else. */
  static async start(tls?: Certificates): Promise<ValkeyServer> {
    const binary = inject('valkey');
    if ('missing' in binary) {
      throw new Error(binary.missing);
    }
    const server = new ValkeyServer(binary.path, await freePort(), tls);
    await server.start();
    return server;
  }

  override get variables(): Readonly<Record<string, string>> {
    return { ...super.variables, VALKEY_TLS: this.#tls === undefined ? 'disable' : 'verify-full' };
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

  /** Stays connected and says nothing, as a host does that hangs. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  async #command<Result>(work: (client: Redis) => Promise<Result>): Promise<Result> {
    const client = new Redis({ port: this.port, password: valkeyPassword });
    return work(client).finally(() => client.disconnect());
  }
}

function tlsFiles(directory: string, tls: Certificates): readonly string[] {
  const files = {
    'tls-cert-file': tls.serverCertificate,
    'tls-key-file': tls.serverKey,
    'tls-ca-cert-file': tls.certificate,
  };
  const settings = Object.entries(files).map(([name, content]) => {
    const file = join(directory, `${name}.pem`);
    writeFileSync(file, content, { mode: 0o600 });
    return `${name} ${file}`;
  });
  return [...settings, 'tls-auth-clients no'];
}
