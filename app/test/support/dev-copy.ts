import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../dev/postgres-server.ts';

const project = join(import.meta.dirname, '..', '..', '..');
const copied = [
  'src',
  'migrations',
  'build',
  'dev',
  'package.json',
  'development.env',
  'development.migrate.env',
  'development.worker.env',
];

/** `npm run dev` on a copy of the app that a test may edit, with a folder of its own for all that is temporary. */
export class DevCopy {
  /** All that it has written. */
  output = '';
  readonly #directory: string;
  readonly #child: ChildProcess;

  private constructor(directory: string, child: ChildProcess) {
    this.#directory = directory;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  static async start(): Promise<DevCopy> {
    const directory = mkdtempSync(join(tmpdir(), 'dev-copy-'));
    // Postgres runs as somebody else when this is root, and must get through.
    chmodSync(directory, 0o711);
    mkdirSync(join(directory, 'tmp'), { mode: 0o711 });
    for (const part of copied) {
      cpSync(join(project, 'app', part), join(directory, 'app', part), { recursive: true });
    }
    cpSync(join(project, 'package.json'), join(directory, 'package.json'));
    symlinkSync(join(project, 'node_modules'), join(directory, 'node_modules'));
    symlinkSync(join(project, 'app', 'node_modules'), join(directory, 'app', 'node_modules'));
    const child = spawn(process.execPath, [join(directory, 'app/dev/dev.ts'), '--port', String(await freePort())], {
      // biome-ignore lint/style/noProcessEnv: it is to find the Valkey that this process would.
      env: { PATH: process.env['PATH'], TMPDIR: join(directory, 'tmp'), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, which is what a terminal interrupts.
      detached: true,
    });
    return new DevCopy(directory, child);
  }

  /** Polls until `pattern` is in what it has written since `from`; gives the match. */
  async says(pattern: RegExp, from = 0, withinMs = 120_000): Promise<RegExpExecArray> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const match = pattern.exec(this.output.slice(from));
      if (match !== null) {
        return match;
      }
      if (performance.now() > deadline || this.#child.exitCode !== null) {
        throw new Error(`It did not say ${pattern}:\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Saves a file of the copy. Resolves, with the seconds that it says it took, when the change is served. */
  async save(file: string, change: (text: string) => string): Promise<number> {
    const from = this.output.length;
    this.write(file, change(this.read(file)));
    const [, seconds] = await this.says(new RegExp(`serves [^\\n]*${file} after ([\\d.]+) s`), from);
    return Number(seconds);
  }

  read(file: string): string {
    return readFileSync(join(this.#directory, 'app', file), 'utf8');
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.#directory, 'app', file), text);
  }

  /** As Ctrl-C in a terminal does. Resolves with the exit code. */
  async interrupt(): Promise<number | null> {
    const exited = once(this.#child, 'exit');
    process.kill(-(this.#child.pid ?? 0), 'SIGINT');
    const [code] = await exited;
    return code;
  }

  /** Files in its folder for temporary ones, and processes that name it. */
  remains(): readonly string[] {
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return [...readdirSync(join(this.#directory, 'tmp')), ...processes.filter((id) => this.#isNamedBy(id))];
  }

  remove(): void {
    if (this.#child.exitCode === null && this.#child.pid !== undefined) {
      process.kill(-this.#child.pid, 'SIGKILL');
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #isNamedBy(id: string): boolean {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(this.#directory);
    } catch {
      return false;
    }
  }
}
