import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { z } from 'zod';
import { answerMs } from '../../messages/tool-deadline.ts';
import { UserError } from '../../messages/user-error.ts';
import type { Progress } from '../../release/target.ts';
import { clientEnvironment, createDocker, type Docker, type DockerResult, dockerFailed } from './docker.ts';
import { socketPathOf } from './engine-api.ts';

/** `buildx`: `docker buildx build`. `bundled`: clients before 23 carry BuildKit themselves, switched on by DOCKER_BUILDKIT=1. */
export type Builder = 'buildx' | 'bundled';

export interface Engine {
  readonly docker: Docker;
  readonly builder: Builder;
}

/** What stands between this machine and a working engine; looking changes nothing. */
export type EngineState =
  | { readonly state: 'ready'; readonly engine: Engine }
  | { readonly state: 'no-client'; readonly named?: string }
  | { readonly state: 'no-buildkit'; readonly executable: string; readonly version: string }
  | { readonly state: 'stopped'; readonly engine: Engine; readonly answer: string }
  | { readonly state: 'denied'; readonly answer: string }
  | { readonly state: 'too-old'; readonly version: string };

export interface EngineRequest {
  /** A Docker client to use instead of the first suitable one (STACK_DOCKER). */
  readonly executable?: string | undefined;
  /** What was found before, so that clients are not asked again. */
  readonly find?: EngineFinder | undefined;
  /** Where the pid and the log of a daemon that we start are kept. */
  readonly engineDirectory: string;
}

/** The first release (API 1.41) with capabilities in services and the `docker stack deploy` that is used here. */
const oldestServer = 20;

const defaultExecutables = ['docker', '/usr/bin/docker', '/usr/local/bin/docker'];

export async function inspectEngine({ executable }: Pick<EngineRequest, 'executable'>): Promise<EngineState> {
  const candidates = executable === undefined ? defaultExecutables : [executable];
  const found: Client[] = [];
  // One after the other: each is asked by starting it, and mostly the first one will do.
  for (const candidate of candidates) {
    const client = await inspectClient(candidate);
    // A context that does not exist fails whatever a client is asked, and every client.
    if (client !== undefined && client.context.exitCode !== 0) throw dockerFailed(contextArguments, client.context);
    if (client?.builder !== undefined) return inspectServer(client, client.builder);
    if (client !== undefined) found.push(client);
  }
  const [first] = found;
  if (first !== undefined) return { state: 'no-buildkit', executable: first.executable, version: first.version };
  return executable === undefined ? { state: 'no-client' } : { state: 'no-client', named: executable };
}

/** Looks for the engine; once it was found ready, the same one is given. */
export type EngineFinder = () => Promise<EngineState>;

export function createEngineFinder(request: Pick<EngineRequest, 'executable'>): EngineFinder {
  let looking: Promise<EngineState> | undefined;
  return async () => {
    looking ??= inspectEngine(request);
    const found = await looking;
    if (found.state !== 'ready') looking = undefined;
    return found;
  };
}

/** The engine, installed and started where we may; every change is announced first. */
export async function ensureEngine(request: EngineRequest, progress: Progress, signal?: AbortSignal): Promise<Engine> {
  let found = await (request.find?.() ?? inspectEngine(request));
  if (found.state === 'ready') return found.engine;
  const { installDocker, isRootOnDebian, startDaemon } = await import('./engine-install.ts');
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
        message:
          found.named === undefined
            ? 'No Docker client was found on this machine.'
            : `STACK_DOCKER names ${found.named}, which is no Docker client that can be run.`,
        rule: 'The local target runs the stack on a Docker engine, version 20.10 or later.',
        remedy:
          found.named === undefined
            ? `Install Docker: ${installHint()}. On Debian and Ubuntu as root, this command installs it by itself.`
            : 'Correct STACK_DOCKER, or unset it to use the client on the PATH.',
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
        message: 'This user has no permission to use the Docker engine.',
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

/** A client that the user names is never replaced. */
function installable(found: EngineState, { executable }: EngineRequest): boolean {
  if (executable !== undefined) return false;
  return found.state === 'no-client' || found.state === 'no-buildkit';
}

function installHint(): string {
  return process.platform === 'linux' ? 'https://docs.docker.com/engine/install/' : 'https://docs.docker.com/desktop/';
}

interface Client {
  readonly executable: string;
  readonly version: string;
  readonly builder: Builder | undefined;
  /** Where its engine is, or why it cannot tell. */
  readonly context: DockerResult;
}

const contextArguments = ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'];

async function inspectClient(executable: string): Promise<Client | undefined> {
  const [version, buildx, context] = await Promise.all([
    ask(executable, ['--version']),
    ask(executable, ['buildx', 'version']),
    ask(executable, contextArguments),
  ]);
  const match = /version (\d+)\.(\d+)[^,\s]*/.exec(version.stdout);
  if (version.exitCode !== 0 || match === null) return undefined;
  const bundled = Number(match[1]) >= 19 && Number(match[1]) < 23;
  const builder = buildx.exitCode === 0 ? 'buildx' : bundled ? 'bundled' : undefined;
  return { executable, version: match[0], builder, context };
}

/** By Node's own means: what starts other programs here takes longer to load than these take to answer. */
function ask(executable: string, args: readonly string[]): Promise<DockerResult> {
  // biome-ignore lint/style/noProcessEnv: where the engine is, its user says in variables.
  const env = { ...process.env, ...clientEnvironment };
  return new Promise((resolve) => {
    execFile(executable, args, { timeout: answerMs, env }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ exitCode, stdout: stdout.trim(), stderr: stderr === '' && error !== null ? error.message : stderr });
    });
  });
}

async function inspectServer({ executable, context }: Client, builder: Builder): Promise<EngineState> {
  const engine = { docker: createDocker(executable, socketPathOf(context.stdout)), builder };
  try {
    const { Version } = serverVersion.parse(await engine.docker.api.get('/version'));
    const tooOld = Number.parseInt(Version, 10) < oldestServer;
    return tooOld ? { state: 'too-old', version: Version } : { state: 'ready', engine };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const denied = error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'EACCES';
    return denied ? { state: 'denied', answer: error.message } : { state: 'stopped', engine, answer: error.message };
  }
}

const serverVersion = z.object({ Version: z.string() });

/** Whether a path exists; for prerequisites that name a program. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
