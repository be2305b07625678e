import { spawn } from 'node:child_process';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { installPackages, type PythonPackages } from '../../audit/python-packages.ts';
import { type AwsAccess, createClients } from '../clients.ts';

/** From PyPI, an emulator of AWS; `docker` lets it run tasks as containers. */
const packages: PythonPackages = {
  folder: 'ministack-1.5.33',
  arguments: ['ministack==1.5.33', 'docker==7.1.0'],
  installer: 'pip',
};

const startSeconds = 60;
/** What it prints, which says why it ends before it has a log. */
const outputFile = 'output.txt';

/** Installs MiniStack once; says why not when it can't. */
export async function reasonWithoutMiniStack(): Promise<string | undefined> {
  const installed = await installPackages(packages);
  return 'missing' in installed ? `MiniStack: ${installed.missing}` : undefined;
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
  const installed = await installPackages(packages);
  if ('missing' in installed) throw new Error(`MiniStack: ${installed.missing}`);
  const child = spawn(join(installed.bin, 'ministack'), [], {
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
