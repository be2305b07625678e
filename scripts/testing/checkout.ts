import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { parseDocument } from 'yaml';
import { readProjectFile } from '../../infra/graph/stack-files.ts';
import { fixtureProject } from '../../infra/testing/graph-of.ts';
import { listEnvironments } from '../program/environments.ts';
import { createCommandServer } from './command-server.ts';
import { projectFiles } from './project-files.ts';

const projectDirectory = resolve(import.meta.dirname, '../..');

/** What a finished `stack` command left: its exit code, its one JSON object, and what it said on the way. */
export interface Outcome<Json = Record<string, unknown>> {
  /** `undefined`: ended by a signal. */
  readonly exitCode: number | undefined;
  readonly json: Json;
  readonly talk: string;
  readonly seconds: number;
}

/** A `stack` command under way. */
export interface Started {
  kill(signal: NodeJS.Signals): void;
  /** Resolves with what matches, as soon as it has said so on the way; rejects when it ends without saying so. */
  says(pattern: RegExp): Promise<string>;
  readonly finished: Promise<Outcome<Record<string, unknown> | undefined>>;
}

/** A copy of this project in a repository of its own that a test may edit, driven through its CLI only, with Docker objects of its own. */
export interface Checkout {
  readonly directory: string;
  readonly instance: string;
  /**
   * Runs `stack … --json` to its end; a command that fails resolves too. All of them run one after the other in a process
   * that has loaded the program already, unless the checkout was created with `processes`.
   */
  stack(...args: readonly string[]): Promise<Outcome>;
  /** As {@link stack}, without `--json`: what a person reads. */
  plain(...args: readonly string[]): Promise<{ exitCode: number | undefined; output: string; talk: string }>;
  /** As {@link stack}, in a process of its own, with a text on stdin. */
  feed(input: string, ...args: readonly string[]): Promise<Outcome>;
  /** Starts `stack … --json` in a process of its own without waiting for it. */
  start(...args: readonly string[]): Started;
  /** As {@link start}, without `--json`: a command that a person leaves open. What it says includes its results. */
  open(...args: readonly string[]): Started;
  /** Edits a file of the copy; fails when the edit changes nothing. */
  edit(file: string, change: (text: string) => string): Promise<void>;
  write(file: string, text: string): Promise<void>;
  /** Commits all of it, so that releases built of it can be promoted. @returns the commit */
  commit(message: string): Promise<string>;
  /** Changes settings of an environment in its stack file. */
  configure(environment: string, settings: Readonly<Record<string, string>>): Promise<void>;
  remove(): void;
}

/**
 * Copies what git tracks (as it is in the work tree), with the stack files of the tests, and shares node_modules.
 *
 * @param awkward in a folder with a space and a comma, by a user whose files nobody else may read (umask 077)
 * @param processes each command in a process of its own, as users run them
 */
export async function createCheckout(instance: string, { awkward = false, processes = false } = {}): Promise<Checkout> {
  const directory = mkdtempSync(join(tmpdir(), awkward ? `a checkout, ${instance}-` : `${instance}-`));
  for (const file of projectFiles(projectDirectory)) {
    cpSync(join(projectDirectory, file), join(directory, file), { force: true, recursive: true });
  }
  await takeStackFilesOfTests(directory);
  for (const modules of ['node_modules', 'app/node_modules']) {
    try {
      symlinkSync(join(projectDirectory, modules), join(directory, modules));
    } catch (error) {
      if (modules === 'node_modules') throw error;
    }
  }

  const git = async (...args: readonly string[]) => {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid', '-c', 'commit.gpgsign=false'];
    return (await execa('git', [...author, ...args], { cwd: directory })).stdout;
  };
  const commit = async (message: string) => {
    await git('add', '--all', '--', '.', ':!node_modules', ':!app/node_modules');
    // The second attempt of a test has committed the same already.
    await git('commit', '--quiet', '--allow-empty', '--message', message);
    return git('rev-parse', 'HEAD');
  };
  if (awkward) await execa('chmod', ['-R', 'go-rwx', directory]);
  await git('init', '--quiet');
  await commit('A copy for a test');

  const env = { STACK_INSTANCE: instance, NO_COLOR: '1', CI: 'true' };
  const through = awkward ? ['sh', '-c', 'umask 077; exec "$@"', 'sh'] : [];
  const server = createCommandServer(directory, { ...process.env, ...env }, through);

  const launch = (args: readonly string[], { input, results = false }: { input?: string; results?: boolean } = {}) => {
    const [file = '', ...rest] = [...through, process.execPath, 'scripts/stack.cjs', ...args];
    const subprocess = execa(file, rest, {
      cwd: directory,
      reject: false,
      env,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
    });
    const finished = subprocess.then(outcomeOf);
    let talk = '';
    const says = (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          const [found] = pattern.exec(talk) ?? [];
          if (found !== undefined) resolve(found);
        };
        look();
        for (const stream of heard) stream.on('data', look);
        void finished.then(() => reject(new Error(`It never said ${pattern}:\n${talk}`)));
      });
    const heard = results ? [subprocess.stderr, subprocess.stdout] : [subprocess.stderr];
    for (const stream of heard) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        talk += text;
      });
    }
    return { kill: (signal: NodeJS.Signals) => void subprocess.kill(signal), says, finished };
  };
  const start = (args: readonly string[], input?: string): Started =>
    launch([...args, '--json'], input === undefined ? {} : { input });

  const finish = async (args: readonly string[], input?: string): Promise<Outcome> => {
    const inServer = input === undefined && !processes;
    const outcome = inServer ? outcomeOf(await server.run([...args, '--json'])) : await start(args, input).finished;
    if (outcome.json === undefined) throw new Error(`stack ${args.join(' ')} gave no JSON object:\n${outcome.talk}`);
    return { ...outcome, json: outcome.json };
  };

  return {
    directory,
    instance,
    start: (...args) => start(args),
    open: (...args) => launch(args, { results: true }),
    commit,
    stack: (...args) => finish(args),
    async plain(...args) {
      const { exitCode, stdout, stderr } = await server.run(args);
      return { exitCode, output: stdout, talk: stderr };
    },
    feed: (input, ...args) => finish(args, input),
    async edit(file, change) {
      const path = join(directory, file);
      const before = await readFile(path, 'utf8');
      const after = change(before);
      if (after === before) throw new Error(`The edit of ${file} changed nothing`);
      await writeFile(path, after);
    },
    write: (file, text) => writeFile(join(directory, file), text),
    async configure(environment, settings) {
      const path = join(directory, `Pulumi.${environment}.yaml`);
      const document = parseDocument(await readFile(path, 'utf8'));
      for (const [key, value] of Object.entries(settings)) document.setIn(['config', `nest-fargate:${key}`], value);
      await writeFile(path, document.toString());
    },
    remove() {
      server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Ending {
  readonly exitCode?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

function outcomeOf({ exitCode, stdout, stderr, durationMs }: Ending) {
  return { exitCode, json: parseObject(stdout), talk: stderr, seconds: durationMs / 1000 };
}

/** Those of whoever uses this project may say anything, and they may name the project as they like. */
async function takeStackFilesOfTests(directory: string): Promise<void> {
  for (const environment of await listEnvironments(directory)) rmSync(join(directory, `Pulumi.${environment}.yaml`));
  for (const environment of await listEnvironments(fixtureProject)) {
    cpSync(join(fixtureProject, `Pulumi.${environment}.yaml`), join(directory, `Pulumi.${environment}.yaml`));
  }
  const file = join(directory, 'Pulumi.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^name: .*$/m, `name: ${readProjectFile(fixtureProject).name}`));
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
