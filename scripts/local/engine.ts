import { access } from 'node:fs/promises';

import { execa } from 'execa';

import { UserError } from '../output/errors.ts';
import type { Progress } from '../release/target.ts';
import { createDocker, type Docker } from './docker.ts';
import { installDocker, isRootOnDebian, startDaemon } from './engine-install.ts';

/** `buildx`: `docker buildx build`. `bundled`: clients before 23 carry BuildKit themselves, switched on by DOCKER_BUILDKIT=1. */
export type Builder = 'buildx' | 'bundled';

export interface Engine {
  readonly docker: Docker;
  readonly builder: Builder;
}

/** What stands between this machine and a working engine; looking changes nothing. */
export type EngineState =
  | { readonly state: 'ready'; readonly engine: Engine }
  | { readonly state: 'no-client' }
  | { readonly state: 'no-buildkit'; readonly executable: string; readonly version: string }
  | { readonly state: 'stopped'; readonly engine: Engine; readonly answer: string }
  | { readonly state: 'denied'; readonly answer: string }
  | { readonly state: 'too-old'; readonly version: string };

export interface EngineRequest {
  /** A Docker client to use instead of the first suitable one (STACK_DOCKER). */
  readonly executable?: string | undefined;
  /** Where the pid and the log of a daemon that we start are kept. */
  readonly engineDirectory: string;
}

/** Swarm jobs, capabilities in services and `docker stack deploy` of this kind came with this release (API 1.41). */
const oldestServer = 20;

const defaultExecutables = ['docker', '/usr/bin/docker', '/usr/local/bin/docker'];

export async function inspectEngine({ executable }: Pick<EngineRequest, 'executable'>): Promise<EngineState> {
  const candidates = executable === undefined ? defaultExecutables : [executable];
  let withoutBuildKit: EngineState | undefined;
  for (const candidate of candidates) {
    const client = await inspectClient(candidate);
    if (client === undefined) continue;
    if (client.builder === undefined) {
      withoutBuildKit ??= { state: 'no-buildkit', executable: candidate, version: client.version };
      continue;
    }
    return inspectServer({ docker: createDocker(candidate), builder: client.builder });
  }
  return withoutBuildKit ?? { state: 'no-client' };
}

/** The engine, installed and started where we may; says so before it changes anything. */
export async function ensureEngine(request: EngineRequest, progress: Progress, signal?: AbortSignal): Promise<Engine> {
  let found = await inspectEngine(request);
  if (installable(found, request) && (await isRootOnDebian())) {
    progress.step('Install Docker from the distribution (apt-get install docker.io)');
    await installDocker(progress, signal);
    found = await inspectEngine(request);
  }
  if (found.state === 'stopped' && (await isRootOnDebian())) {
    progress.step('Start the Docker daemon');
    await startDaemon(request.engineDirectory, found.engine.docker, progress, signal);
    found = await inspectEngine(request);
  }
  return requireReady(found);
}

/** The engine as it is, or the error that says what to install or to start. */
export function requireReady(found: EngineState): Engine {
  switch (found.state) {
    case 'ready':
      return found.engine;
    case 'no-client':
      throw new UserError({
        code: 'DOCKER_MISSING',
        message: 'No Docker client was found on this machine.',
        rule: 'The local target runs the stack on a Docker engine, version 20.10 or later.',
        remedy: `Install Docker: ${installHint()}. On Debian and Ubuntu as root, this command installs it by itself.`,
      });
    case 'no-buildkit':
      throw new UserError({
        code: 'DOCKER_WITHOUT_BUILDKIT',
        message: `${found.executable} ${found.version} has no buildx, so it can't build the image.`,
        rule: 'The Dockerfile uses BuildKit (cache mounts, secrets).',
        remedy:
          'Install the package docker-buildx-plugin (Docker) or docker-buildx (Debian, Ubuntu), or name another client in STACK_DOCKER.',
      });
    case 'stopped':
      throw new UserError({
        code: 'DOCKER_NOT_RUNNING',
        message: 'The Docker engine does not answer.',
        remedy: process.platform === 'linux' ? 'sudo systemctl start docker' : 'Start Docker Desktop.',
        details: found.answer,
      });
    case 'denied':
      throw new UserError({
        code: 'DOCKER_DENIED',
        message: 'This user may not talk to the Docker engine.',
        remedy: 'sudo usermod -aG docker $USER, then log in again; or run as root.',
        details: found.answer,
      });
    case 'too-old':
      throw new UserError({
        code: 'DOCKER_TOO_OLD',
        message: `The Docker engine is version ${found.version}.`,
        rule: `The local target needs ${oldestServer}.10 or later.`,
        remedy: `Update Docker: ${installHint()}.`,
      });
  }
}

/** A client named by the user is never replaced by another one behind their back. */
function installable(found: EngineState, { executable }: EngineRequest): boolean {
  if (executable !== undefined) return false;
  return found.state === 'no-client' || found.state === 'no-buildkit';
}

function installHint(): string {
  return process.platform === 'linux' ? 'https://docs.docker.com/engine/install/' : 'https://docs.docker.com/desktop/';
}

async function inspectClient(
  executable: string,
): Promise<{ version: string; builder: Builder | undefined } | undefined> {
  const version = await execa(executable, ['--version'], { reject: false });
  const match = /version (\d+)\.(\d+)[^,\s]*/.exec(String(version.stdout));
  if (version.exitCode !== 0 || match === null) return undefined;
  const buildx = await execa(executable, ['buildx', 'version'], { reject: false });
  const bundled = Number(match[1]) >= 19 && Number(match[1]) < 23;
  return { version: match[0], builder: buildx.exitCode === 0 ? 'buildx' : bundled ? 'bundled' : undefined };
}

async function inspectServer(engine: Engine): Promise<EngineState> {
  const { exitCode, stdout, stderr } = await engine.docker.attempt(['version', '--format', '{{.Server.Version}}'], {
    timeoutMs: 15_000,
  });
  if (exitCode !== 0) {
    const denied = /permission denied/i.test(stderr);
    return denied ? { state: 'denied', answer: stderr } : { state: 'stopped', engine, answer: stderr };
  }
  const major = Number.parseInt(stdout, 10);
  return major < oldestServer ? { state: 'too-old', version: stdout } : { state: 'ready', engine };
}

/** Whether a path exists; for prerequisites that name a program. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
