import { rename } from 'node:fs/promises';
import { join } from 'node:path';

import { UserError } from '../../messages/user-error.ts';
import type { Docker } from '../engine/docker.ts';
import { readIfExists, writeAtomically } from '../state/files.ts';
import { configFile } from './container.ts';

const mountedFolder = '/usr/local/etc/haproxy';
const nextFile = 'next.cfg';
const loadedFile = 'loaded.cfg';

/** The configuration that HAProxy last loaded, as far as is recorded. */
export function readLoadedConfig(folder: string): Promise<string | undefined> {
  return readIfExists(join(folder, loadedFile));
}

/** For a container that is about to start. */
export async function writeConfig(folder: string, config: string): Promise<void> {
  // HAProxy runs as another user.
  await writeAtomically(join(folder, configFile), config, 0o644);
}

/** Only after the load balancer has read it: a command that is killed in between loads it again. */
export async function markLoaded(folder: string, config: string): Promise<void> {
  await writeAtomically(join(folder, loadedFile), config, 0o644);
}

/** Checks the new configuration with the running load balancer's own parser; nothing changes if it is rejected. */
export async function stageConfig(docker: Docker, container: string, folder: string, config: string): Promise<void> {
  await writeAtomically(join(folder, nextFile), config, 0o644);
  const check = ['exec', container, 'haproxy', '-c', '-f', `${mountedFolder}/${nextFile}`];
  const { exitCode, stderr, stdout } = await docker.attempt(check);
  if (exitCode === 0) return;
  throw new UserError({
    code: 'LOAD_BALANCER_CONFIG',
    message: `HAProxy rejects the configuration that the program translates to: ${firstAlert(`${stderr}\n${stdout}`)}`,
    remedy: 'This is a defect of scripts/local/translate/load-balancer.ts, or a setting that HAProxy cannot express.',
    details: `${stderr}\n${stdout}`.trim(),
  });
}

/** `[ALERT] (7) : config : parsing [next.cfg:12] : unknown keyword 'x'`, among notices and warnings. */
function firstAlert(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => line.startsWith('[ALERT]')) ?? lines[0] ?? 'it said nothing').replace(
    /^\[ALERT\]\s*(\(\d+\)\s*)?:\s*/,
    '',
  );
}

/**
 * Replaces the running configuration with the staged one. The master process starts a new worker, which takes
 * the listening sockets over, and the former worker ends after its last connection: no request is lost.
 * https://docs.haproxy.org/2.6/management.html#4
 */
export async function reloadConfig(docker: Docker, container: string, folder: string, config: string): Promise<void> {
  await rename(join(folder, nextFile), join(folder, configFile));
  await docker.run(['kill', '--signal', 'USR2', container]);
  await markLoaded(folder, config);
}
