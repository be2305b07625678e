import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { execa } from 'execa';
import { answerMs, workMs } from '../../messages/tool-deadline.ts';
import { readToolFailure, sayToolFailure } from '../../messages/tool-failure.ts';
import { UserError } from '../../messages/user-error.ts';
import type { Progress } from '../../release/target.ts';
import type { Docker } from './docker.ts';
import { isRunning, type ProcessIdentity, processIdentity } from './process-identity.ts';

/** Docker starts in one to three seconds; a first start creates its storage and firewall rules. */
const daemonStartSeconds = 60;
const daemonStopSeconds = 60;
const aptLockSeconds = 60;

export async function isRootOnDebian(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return (await execa('apt-get', ['--version'], { reject: false, timeout: answerMs })).exitCode === 0;
}

/**
 * Installs the distribution's own package. Newer releases split off the client and buildx; packages that a release does
 * not have are left out.
 */
export async function installDocker(progress: Progress, signal?: AbortSignal): Promise<void> {
  const environment = { env: { DEBIAN_FRONTEND: 'noninteractive' }, all: true, reject: false } as const;
  const apt = async (...args: string[]) => {
    signal?.throwIfAborted();
    // A fresh machine may still be installing its security updates.
    const wait = ['-o', `DPkg::Lock::Timeout=${aptLockSeconds}`];
    const result = await execa('apt-get', ['-qq', '--yes', ...wait, ...args], { ...environment, timeout: workMs });
    if (result.exitCode !== 0) throw installFailed(args, String(result.all));
  };
  await apt('update');
  const { stdout } = await execa('apt-cache', ['pkgnames', 'docker'], { reject: false, timeout: answerMs });
  const known = new Set(stdout.split('\n'));
  const packages = ['docker.io', ...['docker-cli', 'docker-buildx'].filter((name) => known.has(name))];
  progress.detail(packages.join(' '));
  await apt('install', '--no-install-recommends', ...packages);
}

function installFailed(args: readonly string[], output: string): UserError {
  const failure = readToolFailure(output.split('\n'));
  return new UserError({
    code: 'DOCKER_INSTALL_FAILED',
    message: `\`apt-get ${args.join(' ')}\` failed: ${sayToolFailure(failure)}`,
    remedy: 'Fix what apt says, or install Docker by hand: https://docs.docker.com/engine/install/',
    details: failure.block.join('\n'),
  });
}

/** Starts the daemon by systemd where there is one, as a process of ours otherwise. */
export async function startDaemon(
  engineDirectory: string,
  docker: Docker,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const systemd = await execa('systemctl', ['start', 'docker'], { reject: false, timeout: workMs });
  if (systemd.exitCode === 0) return waitForDaemon(docker, join(engineDirectory, 'dockerd.log'), undefined, signal);
  await mkdir(engineDirectory, { recursive: true });
  const logPath = join(engineDirectory, 'dockerd.log');
  const log = await open(logPath, 'a');
  // It outlives whoever starts it, and so must its folder for temporary files: a missing one breaks every `docker exec`.
  const daemon = spawn('env', ['--unset=TMPDIR', 'dockerd'], { detached: true, stdio: ['ignore', log.fd, log.fd] });
  // A program that can't be started has no pid; the wait below then ends with the daemon's log.
  daemon.on('error', () => undefined);
  daemon.unref();
  try {
    if (daemon.pid !== undefined) {
      await writeFile(pidPath(engineDirectory), JSON.stringify(await processIdentity(daemon.pid)), { mode: 0o600 });
      progress.detail(`dockerd has pid ${daemon.pid}, its log is ${logPath}`);
    }
    await waitForDaemon(docker, logPath, daemon.pid, signal);
  } finally {
    await log.close();
  }
}

async function waitForDaemon(
  docker: Docker,
  logPath: string,
  pid: number | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + daemonStartSeconds * 1000;
  while (performance.now() < deadline) {
    if (await answers(docker)) return;
    if (pid !== undefined && (await processIdentity(pid)) === undefined) break;
    await pause(250, undefined, { signal });
  }
  const failure = readToolFailure(await lastLines(logPath));
  const ended = pid !== undefined && (await processIdentity(pid)) === undefined;
  const what = ended ? 'ended at its start' : `did not answer within ${daemonStartSeconds} s of its start`;
  throw new UserError({
    code: 'DOCKER_START_FAILED',
    message: `The Docker daemon ${what}${failure.error === undefined ? '.' : `: ${failure.error}`}`,
    remedy: `Read ${logPath}, or start Docker by hand and run this command again.`,
    details: failure.block.join('\n'),
  });
}

async function answers(docker: Docker): Promise<boolean> {
  try {
    return (await docker.api.get('/version')) !== undefined;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** Stops the daemon that `up` started and leaves any other alone. Resolves with whether there was one. */
export async function stopDaemon(engineDirectory: string): Promise<boolean> {
  const daemon = await recordedDaemon(engineDirectory);
  await rm(pidPath(engineDirectory), { force: true });
  if (daemon === undefined || !(await isRunning(daemon))) return false;
  process.kill(daemon.pid, 'SIGTERM');
  const deadline = performance.now() + daemonStopSeconds * 1000;
  while (await isRunning(daemon)) {
    if (performance.now() > deadline) {
      throw new UserError({
        code: 'DOCKER_STOP_FAILED',
        message: `dockerd (pid ${daemon.pid}) did not stop within ${daemonStopSeconds} s.`,
        remedy: `kill ${daemon.pid}`,
      });
    }
    await pause(100);
  }
  return true;
}

async function recordedDaemon(engineDirectory: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(pidPath(engineDirectory), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function pidPath(engineDirectory: string): string {
  return join(engineDirectory, 'dockerd.json');
}

/** The log is appended to at every start, and holds what earlier ones said. */
async function lastLines(path: string): Promise<readonly string[]> {
  try {
    return (await readFile(path, 'utf8')).trimEnd().split('\n').slice(-15);
  } catch {
    return [];
  }
}
