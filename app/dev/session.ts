import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { AppProcess } from './app-process.ts';
import { compile, compileMigrations } from './compile.ts';
import { parseLine, readable } from './log-lines.ts';
import { account, seed } from './seed.ts';
import { type Servers, startServers } from './servers.ts';
import { type Change, watchFolders } from './watch.ts';

const execute = promisify(execFile);

export interface SessionOptions {
  /** The folder of the app. */
  readonly app: string;
  /** For all that is written; whoever made it removes it. */
  readonly directory: string;
  /** Loopback ports: of the API, and of the debuggers of API and worker. */
  readonly ports: { readonly api: number; readonly inspectApi: number; readonly inspectWorker: number };
  readonly write: (text: string) => void;
}

/** The API and the worker with all that they need, compiled and started again after each change. */
export class Session {
  readonly #options: SessionOptions;
  readonly #url: string;
  readonly #dist: string;
  #servers: Servers | undefined;
  #processes: readonly AppProcess[] = [];
  #watcher: { close(): void } | undefined;
  /** From then on it has been ready once. */
  #seeded = false;
  #closing = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#url = `http://127.0.0.1:${options.ports.api}`;
    this.#dist = join(options.directory, 'app', 'dist');
  }

  /** Resolves when the API answers, or when there is nothing to do but to wait for the next change. */
  async start(): Promise<void> {
    const since = performance.now();
    const { app } = this.#options;
    this.#layOut();
    this.#say('starting Postgres and Valkey');
    this.#servers = await startServers(app, (text) => this.#say(text));
    if (!this.#closing) {
      this.#watcher = watchFolders(app, ['src', 'migrations'], (change) => this.#apply(change));
      await this.#apply({ since, files: [] });
    }
  }

  /** Ends all that was started, however far that got; to be called again once an interrupted start has settled. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#watcher?.close();
    await Promise.all(this.#processes.map((one) => one.close()));
    await this.#servers?.stop();
  }

  async #apply({ since, files }: Change): Promise<void> {
    const withMigrations = !this.#seeded || files.some((file) => file.startsWith('migrations'));
    try {
      await compile(this.#options.app, this.#dist);
      if (this.#processes.length === 0 && this.#servers !== undefined) {
        this.#processes = this.#appProcesses(this.#servers);
      }
      if (withMigrations) {
        await compileMigrations(this.#options.app, join(this.#dist, 'migrations'));
        await this.#run(this.#servers?.migrate, join(this.#dist, 'migrate.mjs'));
      }
      await Promise.all(this.#processes.map((one) => one.stop()));
      if (!this.#closing) {
        const [apiIsReady = false] = await Promise.all(this.#processes.map((one) => one.start()));
        await (apiIsReady ? this.#served(since, files) : this.#say('the API did not start: waiting for a change'));
      }
    } catch (error) {
      this.#say(`${error instanceof Error ? error.message : error}\n› waiting for a change`);
    }
  }

  async #served(since: number, files: readonly string[]): Promise<void> {
    const seconds = ((performance.now() - since) / 1_000).toFixed(2);
    if (this.#seeded) {
      this.#say(`serves ${files.join(', ')} after ${seconds} s`);
    } else {
      await seed(this.#url);
      this.#seeded = true;
      this.#options.write(this.#banner(seconds));
    }
    const module = JSON.stringify(join(this.#dist, 'docs.mjs'));
    const script = `import { writeDocs } from ${module}; writeDocs(...process.argv.slice(1));`;
    await this.#run({}, '--input-type=module', '-e', script, this.#options.app, join(this.#dist, 'docs'));
  }

  #banner(seconds: string): string {
    const { inspectApi, inspectWorker } = this.#options.ports;
    const lines = {
      API: this.#url,
      Docs: `${this.#url}/docs`,
      Login: `${account.email} with password ${account.password}`,
      ...this.#servers?.addresses,
      Debugger: `127.0.0.1:${inspectApi} for the API, 127.0.0.1:${inspectWorker} for the worker`,
    };
    const rows = Object.entries(lines).map(([name, text]) => `  ${name.padEnd('Debugger'.length)}  ${text}`);
    const closing = `Ready after ${seconds} s. What you save in src/ or migrations/ is served; Ctrl-C removes it all.`;
    return `\n${rows.join('\n')}\n\n  ${closing}\n\n`;
  }

  #appProcesses({ api, worker }: Servers): readonly AppProcess[] {
    const { directory, ports } = this.#options;
    const common = { directory, onLine: (line: string) => this.#log(line) };
    const variables = { ...api, PORT: String(ports.api) };
    const go = { file: join(this.#dist, 'main.mjs'), variables, inspectPort: ports.inspectApi };
    const processes = [new AppProcess({ ...common, go, healthUrl: `${this.#url}/ready` })];
    if (worker !== undefined) {
      const healthUrl = `http://127.0.0.1:${worker['PORT']}/health`;
      const ofWorker = { file: join(this.#dist, 'worker.mjs'), variables: worker, inspectPort: ports.inspectWorker };
      processes.push(new AppProcess({ ...common, go: ofWorker, healthUrl }));
    }
    return processes;
  }

  /** Runs a script to its end. Rejects with what it wrote when it fails. */
  async #run(variables: Readonly<Record<string, string>> | undefined, ...args: readonly string[]): Promise<void> {
    await execute(process.execPath, args, { env: { ...variables } }).catch(
      ({ stdout, stderr }: { stdout: string; stderr: string }) => {
        throw new Error(`${stdout}${stderr}`.trimEnd().split('\n').map(readable).join('\n'));
      },
    );
  }

  /** Packages are looked for from the folder of what imports them, so the project's are linked beside it. */
  #layOut(): void {
    const { app, directory } = this.#options;
    mkdirSync(join(this.#dist, 'migrations'), { recursive: true });
    symlinkSync(join(dirname(app), 'node_modules'), join(directory, 'node_modules'));
    symlinkSync(join(app, 'node_modules'), join(directory, 'app', 'node_modules'));
  }

  #log(line: string): void {
    const fields = parseLine(line);
    const isOurs = fields?.['path'] === '/ready' || (!this.#seeded && fields?.['level'] === 'info');
    if (!this.#closing && !isOurs) {
      this.#options.write(`${readable(line)}\n`);
    }
  }

  #say(text: string): void {
    if (!this.#closing) {
      this.#options.write(`› ${text}\n`);
    }
  }
}
