import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectDirectory } from './graph-of.ts';

/** Whether a Pulumi CLI is installed. npm does not provide it. */
export function hasPulumi(): boolean {
  try {
    execFileSync('pulumi', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

/** A project in a temporary directory, with a state of its own and fake providers. */
export interface Engine {
  run(...args: readonly string[]): Promise<Outcome>;
  /** What the providers did since the last call, as `create <type> <name>`. */
  journal(): readonly string[];
  /** Requests to ECS since the last call. */
  ecsCalls(): readonly string[];
  /** Exit code and log lines of the next migrations. */
  setMigration(exitCode: number, lines: readonly string[]): void;
  close(): void;
}

const packages = ['aws', 'awsx', 'docker'];

/** Sets up a stack `staging` in a real engine. */
export async function startEngine(): Promise<Engine> {
  const directory = mkdtempSync(join(tmpdir(), 'engine-'));
  const journal = join(directory, 'journal');
  const read = (file: string) => readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const ecs = await startEcs();
  layOut(directory, journal);
  const env = {
    ...process.env,
    PULUMI_HOME: join(directory, 'home'),
    PULUMI_BACKEND_URL: `file://${join(directory, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    AWS_ENDPOINT_URL: ecs.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const run = (...args: readonly string[]) => execute(args, join(directory, 'project'), env);
  const created = await run('stack', 'init', 'staging');
  if (created.exitCode !== 0) throw new Error(created.output);
  return {
    run,
    journal() {
      const entries = read(journal);
      writeFileSync(journal, '');
      return entries;
    },
    ecsCalls: ecs.takeCalls,
    setMigration: ecs.setMigration,
    close() {
      ecs.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function layOut(directory: string, journal: string): void {
  const project = join(directory, 'project');
  mkdirSync(project);
  mkdirSync(join(directory, 'state'));
  writeFileSync(journal, '');
  // The engine writes into the stack file; everything else is the project's own.
  for (const file of ['Pulumi.yaml', 'Pulumi.staging.yaml'])
    copyFileSync(join(projectDirectory, file), join(project, file));
  for (const entry of ['infra', 'app', 'node_modules', 'package.json', 'package-lock.json', '.dockerignore']) {
    symlinkSync(join(projectDirectory, entry), join(project, entry));
  }
  const require = createRequire(import.meta.url);
  for (const name of packages) {
    const version: unknown = require(`@pulumi/${name}/package.json`).version;
    const plugin = join(directory, 'home', 'plugins', `resource-${name}-v${String(version)}`);
    const executable = join(plugin, `pulumi-resource-${name}`);
    const command = [process.execPath, join(import.meta.dirname, 'provider.ts'), name, String(version), journal];
    mkdirSync(plugin, { recursive: true });
    writeFileSync(executable, `#!/bin/sh\nexec ${command.map((part) => `'${part}'`).join(' ')} "$@"\n`);
    chmodSync(executable, 0o755);
  }
}

function execute(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile('pulumi', [...args, '--non-interactive'], { cwd, env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const exitCode = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
      resolve({ exitCode, output: `${stdout}${stderr}` });
    });
  });
}

/** As much of ECS as a run of the migrations asks of it. */
async function startEcs() {
  const taskArn = 'arn:aws:ecs:eu-central-1:123456789012:task/cluster/0123';
  let migration: { exitCode: number; lines: readonly string[] } = { exitCode: 0, lines: [] };
  let calls: string[] = [];
  const answers: Readonly<Record<string, () => object>> = {
    ListTasks: () => ({ taskArns: [] }),
    RunTask: () => ({ tasks: [{ taskArn }] }),
    DescribeTasks: () => ({
      tasks: [{ taskArn, lastStatus: 'STOPPED', containers: [{ name: 'migrate', exitCode: migration.exitCode }] }],
    }),
    GetLogEvents: () => ({ events: migration.lines.map((message) => ({ message })) }),
  };
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    calls.push(operation);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answers[operation]?.() ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeCalls() {
      const taken = calls;
      calls = [];
      return taken;
    },
    setMigration(exitCode: number, lines: readonly string[]) {
      migration = { exitCode, lines };
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
