import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { findCli } from '../cli.ts';
import { PulumiWorkspace } from '../workspace.ts';

const repository = resolve(import.meta.dirname, '..', '..', '..');

/** Why tests that drive a real CLI don't run here; undefined when they do. */
export async function reasonWithoutCli(): Promise<string | undefined> {
  return findCli(process.env).then(
    () => undefined,
    () => 'no pulumi CLI on PATH or in STACK_PULUMI_DIR',
  );
}

/** A copy of the fixture project with a backend and a cloud of its own, each a folder. */
export interface FixtureProject {
  readonly directory: string;
  readonly environmentVariables: Readonly<Record<string, string | undefined>>;
  readonly workspace: PulumiWorkspace;
  /** What the workspace said about files that it wrote. */
  readonly notes: readonly string[];
  /** What the cloud runs; undefined: nothing. */
  running(): Promise<string | undefined>;
  /** Replaces the stack's settings file, as a person would edit it. */
  settings(stack: string, values: Readonly<Record<string, string>>): Promise<void>;
  /** Gives the project a policy pack whose one rule is that no release is called `forbidden`. */
  addPolicy(): Promise<void>;
  /** Lets a resource that waits at the gate continue. */
  openGate(): Promise<void>;
  readonly gate: string;
  remove(): Promise<void>;
}

export async function createFixtureProject(): Promise<FixtureProject> {
  const directory = await mkdtemp(join(tmpdir(), 'pulumi-fixture-'));
  await cp(join(import.meta.dirname, 'fixture'), directory, { recursive: true });
  await symlink(join(repository, 'node_modules'), join(directory, 'node_modules'));
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'fixture', type: 'module' }));
  const notes: string[] = [];
  const cloud = join(directory, 'cloud');
  const gate = join(directory, 'gate');
  await mkdir(cloud);
  await mkdir(join(directory, 'backend'));
  await mkdir(join(directory, 'home'));
  const environmentVariables = {
    ...process.env,
    // A home of its own: logins, plugins and the selected stack of whoever runs the tests stay untouched.
    PULUMI_HOME: join(directory, 'home'),
    PULUMI_BACKEND_URL: `file://${join(directory, 'backend')}`,
    PULUMI_CONFIG_PASSPHRASE: 'a passphrase of the tests',
  };
  return {
    directory,
    environmentVariables,
    notes,
    workspace: new PulumiWorkspace({
      projectDirectory: directory,
      environmentVariables,
      note: (text) => notes.push(text),
    }),
    gate,
    running: () =>
      readFile(join(cloud, 'api'), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      }),
    async settings(stack, values) {
      const file = join(directory, `Pulumi.${stack}.yaml`);
      const before = await readFile(file, 'utf8').catch(() => '');
      const salt = /^encryptionsalt: .*$/m.exec(before)?.[0] ?? '';
      const config = Object.fromEntries(
        Object.entries({ cloud, ...values }).map(([key, value]) => [`fixture:${key}`, value]),
      );
      await writeFile(file, `${salt}\n${stringify({ config })}`);
    },
    async addPolicy() {
      const pack = join(directory, 'infra', 'policy');
      await mkdir(pack, { recursive: true });
      await cp(join(import.meta.dirname, 'policy'), pack, { recursive: true });
    },
    openGate: () => writeFile(gate, ''),
    async remove() {
      await writeFile(gate, '');
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * Kills an engine as a crash would. Returns what removes its providers, which notice nothing, continue with what they
 * were doing, and never end by themselves.
 */
export async function killEngine(processId: number): Promise<() => void> {
  const left = await descendantsOf(processId);
  process.kill(processId, 'SIGKILL');
  return () => {
    for (const id of left) {
      try {
        process.kill(id, 'SIGKILL');
      } catch {
        // It ended with the engine.
      }
    }
  };
}

async function descendantsOf(processId: number): Promise<readonly number[]> {
  const { stdout } = await execa('ps', ['-o', 'pid=', '--ppid', String(processId)], { reject: false });
  const children = stdout
    .split('\n')
    .map(Number)
    .filter((id) => id > 0);
  return (await Promise.all(children.map(descendantsOf))).flat().concat(children);
}
