import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { type AwsAccess, createClients } from '../clients.ts';

/** From PyPI, an emulator of AWS; `docker` lets it run tasks as containers. */
const packages = ['ministack==1.5.33', 'docker==7.1.0'];

const cache = resolve(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'ministack-1.5.33');
const installSeconds = 300;

/** Installs MiniStack once, beside the other tools that npm keeps; says why not when it can't. */
export async function reasonWithoutMiniStack(): Promise<string | undefined> {
  if (existsSync(join(cache, 'installed'))) return undefined;
  const python = await findPython();
  if (python === undefined) return 'MiniStack needs Python 3.10 or newer with venv';
  await mkdir(resolve(cache, '..'), { recursive: true });
  // A virtual environment knows its own path, so it is made in its place; the marker says that it is whole.
  await rm(cache, { recursive: true, force: true });
  try {
    await execa(python, ['-m', 'venv', cache]);
    await execa(join(cache, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages], {
      timeout: installSeconds * 1000,
    });
  } catch (error) {
    await rm(cache, { recursive: true, force: true });
    return `MiniStack could not be installed from PyPI: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
  await writeFile(join(cache, 'installing'), '');
  await rename(join(cache, 'installing'), join(cache, 'installed'));
  return undefined;
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
  const child = spawn(join(cache, 'bin', 'ministack'), [], {
    cwd: directory,
    stdio: 'ignore',
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
  await becomesReady(access.endpoint, () => child.exitCode !== null, directory, port);
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

async function becomesReady(endpoint: string, ended: () => boolean, directory: string, port: number): Promise<void> {
  const until = Date.now() + 60_000;
  while (Date.now() < until && !ended()) {
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  const log = await readFile(join(directory, `ministack-${port}.log`), 'utf8').catch(() => 'it wrote no log');
  throw new Error(`MiniStack did not start on port ${port}: ${log.slice(-2000)}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
