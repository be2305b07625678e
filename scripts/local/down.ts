import { setTimeout as pause } from 'node:timers/promises';

import { readToolFailure, sayToolFailure } from '../messages/tool-failure.ts';
import { UserError } from '../messages/user-error.ts';
import type { Progress } from '../release/target.ts';
import type { Docker } from './engine/docker.ts';
import { stopDaemon } from './engine/engine-install.ts';
import { hasRunningContainers, leaveUnusedSwarm } from './engine/swarm-mode.ts';
import { waitForLock } from './state/lock.ts';
import { engineDirectory, engineLockPath, folderOf, type Place, removeFolder } from './state/place.ts';
import { deriveNames } from './translate/names.ts';
import { labelNames } from './translate/stack-document.ts';

const removalSeconds = 60;
const engineLockSeconds = 600;

/** Removes what `up` made: containers, services, network, data, generated files; then what nothing else uses. */
export async function removeEnvironment(docker: Docker, place: Place, progress: Progress): Promise<void> {
  const names = deriveNames(place.instance, place.environment);
  progress.step(`Remove ${place.environment}: containers, services and all data`);
  await docker.attempt(['rm', '--force', names.loadBalancer]);
  for (const stack of [names.stack, names.dataStack]) await docker.attempt(['stack', 'rm', stack]);
  await removeContainers(docker, place);
  for (const [kind, name] of [
    ['network', names.network],
    ['volume', names.volume],
    ['volume', names.emulatorVolume],
  ] as const) {
    await removeOnceUnused(docker, place, kind, name);
  }
  await removeFolder(folderOf(place));
  await removeUnneeded(docker, place, progress);
}

function labelFilters({ instance, environment }: Place): string[] {
  return [
    '--filter',
    `label=${labelNames.instance}=${instance}`,
    '--filter',
    `label=${labelNames.environment}=${environment}`,
  ];
}

/**
 * Tasks are killed: nothing reaches them any more, and their data goes too. The engine may still start a task of a
 * service that is gone, so it is asked until none is left.
 */
async function removeContainers(docker: Docker, place: Place): Promise<void> {
  const deadline = performance.now() + removalSeconds * 1000;
  for (;;) {
    const listed = await docker.run(['ps', '--all', '--quiet', ...labelFilters(place)]);
    const containers = listed.split('\n').filter((id) => id !== '');
    if (containers.length === 0) return;
    const { stderr } = await docker.attempt(['rm', '--force', ...containers]);
    if (performance.now() > deadline) {
      const why = stderr === '' ? '.' : `: ${sayToolFailure(readToolFailure(stderr.split('\n')))}`;
      throw new UserError({
        code: 'REMOVAL_TIMED_OUT',
        message: `${containers.length} containers of ${place.environment} were not removed within ${removalSeconds} s${why}`,
        remedy: 'Run the command again; `docker ps --all` lists them.',
      });
    }
    await pause(250);
  }
}

/** It stays in use for a moment after its last container is gone, and when the engine starts one late. */
async function removeOnceUnused(docker: Docker, place: Place, kind: 'network' | 'volume', name: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while ((await docker.attempt([kind, 'inspect', name])).exitCode === 0) {
    const { stderr } = await docker.attempt([kind, 'rm', name]);
    if (performance.now() > deadline) {
      throw new UserError({
        code: 'REMOVAL_TIMED_OUT',
        message: `The ${kind} ${name} was not removed within 30 s: ${sayToolFailure(readToolFailure(stderr.split('\n')))}`,
        remedy: `Run the command again; \`docker ${kind} inspect ${name}\` shows what uses it.`,
      });
    }
    await pause(250);
    await removeContainers(docker, place);
  }
}

/** Release images go with the instance's last environment; swarm and daemon with the engine's last one, if `up` made them. */
async function removeUnneeded(docker: Docker, place: Place, progress: Progress): Promise<void> {
  const others = await docker.run([
    'network',
    'ls',
    '--quiet',
    '--filter',
    `label=${labelNames.instance}=${place.instance}`,
  ]);
  if (others !== '') return;
  await removeReleaseImages(docker, place, progress);
  const lock = await waitForLock(engineLockPath(), 'The Docker engine', 'clean up', engineLockSeconds);
  try {
    if (await leaveUnusedSwarm(docker)) progress.detail('left the swarm that `up` created');
    if (await hasRunningContainers(docker)) return;
    const stopped = await stopDaemon(engineDirectory(place.projectDirectory));
    if (stopped) progress.detail('stopped the Docker daemon that `up` started');
  } finally {
    await lock.release();
  }
}

async function removeReleaseImages(docker: Docker, { instance }: Place, progress: Progress): Promise<void> {
  const listing = ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', '--filter', `reference=${instance}/*`];
  const images = (await docker.run(listing)).split('\n').filter((image) => image !== '');
  if (images.length > 0) await docker.attempt(['image', 'rm', ...images]);
  progress.detail(`removed release images: ${images.length}; base images and the build cache are kept for the next up`);
}
