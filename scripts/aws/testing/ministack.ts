import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ExecaError, execa } from 'execa';
import { waitForLock } from '../../local/state/lock.ts';
import { type AwsAccess, createClients } from '../clients.ts';

/** From PyPI, an emulator of AWS; `docker` lets it run tasks as containers. */
const packages = ['ministack==1.5.33', 'docker==7.1.0'];

const cache = resolve(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'ministack-1.5.33');
const installSeconds = 300;
const startSeconds = 60;
/** What it prints, which says why it ends before it has a log. */
const outputFile = 'output.txt';

/**
 * Installs MiniStack once, beside the other tools that npm keeps; says why not when it can't. Test files run at the same
 * time, so that the first one installs and the others wait.
 */
export async function reasonWithoutMiniStack(): Promise<string | undefined> {
  const python = await findPython();
  if (python === undefined) return 'MiniStack needs Python 3.10 or newer with venv';
  const lock = await waitForLock(`${cache}.lock`, 'The installation of MiniStack', 'install', 2 * installSeconds);
  try {
    return await install(python);
  } finally {
    await lock.release();
  }
}

async function install(python: string): Promise<string | undefined> {
  if (existsSync(join(cache, 'installed'))) return undefined;
  // A virtual environment knows its own path, so it is made in its place; the marker says that it is whole.
  await rm(cache, { recursive: true, force: true });
  try {
    await execa(python, ['-m', 'venv', cache]);
    await execa(join(cache, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages], {
      timeout: installSeconds * 1000,
    });
  } catch (error) {
    await rm(cache, { recursive: true, force: true });
    return `MiniStack could not be installed from PyPI: ${reasonOf(error)}`;
  }
  await writeFile(join(cache, 'installing'), '');
  await rename(join(cache, 'installing'), join(cache, 'installed'));
  return undefined;
}

/** The program's last line says more than the command that failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof ExecaError)) return String(error);
  return `${error.stderr}`.trimEnd().split('\n').at(-1) || error.shortMessage;
}

async function findPython(): Promise<string | undefined> {
  for (const python of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const check = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
    const { failed } = await execa(python, ['-c', check], { reject: false });
    if (!failed) return python;
  }
  return undefined;
}

export interface MiniStack extends AsyncDisposable {
  readonly port: number;
  readonly access: AwsAccess;
  readonly clients: ReturnType<typeof createClients>;
}

export interface MiniStackOptions {
  /** Whether tasks are real containers; otherwise they only exist on paper, and run at once. */
  readonly containers: boolean;
}

/** Starts an emulator of its own, empty, on a free port of 127.0.0.1. */
export async function startMiniStack({ containers }: MiniStackOptions): Promise<MiniStack> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'ministack-'));
  const output = await open(join(directory, outputFile), 'w');
  const child = spawn(join(cache, 'bin', 'ministack'), [], {
    cwd: directory,
    stdio: ['ignore', output.fd, output.fd],
    env: {
      ...process.env,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      TMPDIR: directory,
      S3_DATA_DIR: join(directory, 's3'),
      ...(containers ? {} : { DOCKER_HOST: 'unix:///nowhere.sock' }),
    },
  });
  const access = {
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const end: { how?: string } = {};
  child.once('error', (error) => Object.assign(end, { how: `could not be started: ${error.message}` }));
  child.once('exit', (code, signal) => Object.assign(end, { how: `ended with ${code ?? signal}` }));
  await output.close();
  try {
    await becomesReady(access.endpoint, directory, end);
  } catch (error) {
    child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    port,
    access,
    clients: createClients(access),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) {
        await new Promise((done) => child.once('exit', done));
      }
      if (containers) await removeContainers(port);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Tasks outlive the emulator; it labels their containers with the address at which it was. */
async function removeContainers(port: number): Promise<void> {
  const label = `label=ministack.instance=${hostname()}:${port}`;
  const { stdout } = await execa('docker', ['ps', '--all', '--quiet', '--filter', label]);
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await execa('docker', ['rm', '--force', '--volumes', ...ids]);
  const images = await execa('docker', ['images', '--quiet', '--filter', `reference=127.0.0.1:${port}/*`]);
  const imageIds = new Set(images.stdout.split('\n').filter((id) => id !== ''));
  if (imageIds.size > 0) await execa('docker', ['rmi', '--force', ...imageIds], { reject: false });
}

async function becomesReady(endpoint: string, directory: string, end: { readonly how?: string }): Promise<void> {
  const until = Date.now() + startSeconds * 1000;
  while (Date.now() < until && end.how === undefined) {
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  const how = end.how ?? `did not answer within ${startSeconds} s`;
  throw new Error(`MiniStack at ${endpoint} ${how}\n${await writtenIn(directory)}`);
}

/** The last lines of what it printed and of its own log. */
async function writtenIn(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name === outputFile || name.endsWith('.log'));
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  const written = names.map((name, index) => `${name}: ${texts[index]?.trimEnd().slice(-2000) || 'nothing'}`);
  return written.join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
