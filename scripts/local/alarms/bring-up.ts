import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../../messages/user-error.ts';
import type { Progress } from '../../release/target.ts';
import { readCertificate } from '../apply/certificate.ts';
import { neededBases } from '../apply/prepare.ts';
import type { Docker } from '../engine/docker.ts';
import { type BaseSource, ensureBaseImages, officialNodeImage } from '../images/base-images.ts';
import { readIfExists, writeAtomically } from '../state/files.ts';
import { waitForLock } from '../state/lock.ts';
import { engineLockPath, folderOf, type Place } from '../state/place.ts';
import { readSecrets } from '../state/secrets.ts';
import { lastLog } from '../swarm/task-report.ts';
import { deriveNames } from '../translate/names.ts';
import { type Program, passwordOf } from '../translate/program.ts';
import { renderPrometheusConfig, renderRules } from '../translate/prometheus.ts';
import { fingerprint } from '../translate/stack-document.ts';
import { labelsOf } from '../translate/stacks.ts';
import {
  exporterFiles,
  type Images,
  inspectWatcher,
  valkeyAddress,
  type Watcher,
  type Watchers,
  watcherContainers,
  watcherFiles,
} from './containers.ts';
import { alarmsFile, givenAlarms, prometheusPortOf, readAlarms, readRules } from './read.ts';

export interface AlarmsRequest {
  readonly docker: Docker;
  readonly place: Place;
  /** What runs, or is about to. */
  readonly program: Program;
  readonly baseSource: BaseSource | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Another command may be building the same images. */
const engineLockSeconds = 600;
const startSeconds = 30;
const firstAnswersSeconds = 15;
const defaultSocket = '/var/run/docker.sock';

/**
 * Starts an environment's Prometheus and its exporters, or gives them what has changed. Returns when Prometheus evaluates
 * exactly these alarms.
 *
 * @returns whether anything was changed
 */
export async function bringUpAlarms(request: AlarmsRequest): Promise<boolean> {
  const { docker, place, program, progress, signal } = request;
  const images = await prepareImages(request);
  const watchers = watchersOf(docker, place, program, images);
  const { settings, secrets, group } = await writeFiles(place, program, watchers);
  const found = await Promise.all(
    watcherContainers(watchers, secrets).map(async (watcher) => {
      const state = await inspectWatcher(docker, watcher.name);
      return { watcher, upToDate: state?.running === true && state.revision === watcher.revision };
    }),
  );
  const stale = found.filter(({ upToDate }) => !upToDate).map(({ watcher }) => watcher);
  if (stale.length > 0) progress.step(`Start Prometheus with the alarms of ${place.environment}`);
  for (const watcher of stale) {
    signal.throwIfAborted();
    await start(docker, watcher);
  }
  const { prometheus } = watchers.names;
  if (settings && !stale.some(({ name }) => name === prometheus)) {
    progress.step(`Load the alarms of ${place.environment} into Prometheus`);
    await docker.run(['kill', '--signal', 'HUP', prometheus]);
  }
  await untilLoaded(docker, place, group, signal);
  if (stale.length > 0) await untilAsked(docker, place, signal);
  return settings || stale.length > 0;
}

/** @returns whether anything was there */
export async function takeDownAlarms(docker: Docker, place: Place): Promise<boolean> {
  const { prometheus, exporters } = deriveNames(place.instance, place.environment);
  const names = [prometheus, ...Object.values(exporters)];
  const found = await Promise.all(names.map((name) => inspectWatcher(docker, name)));
  const there = names.filter((_name, index) => found[index] !== undefined);
  if (there.length > 0) await docker.run(['rm', '--force', '--volumes', ...there]);
  const given = await givenAlarms(place);
  await rm(folderOf(place).alarms, { recursive: true, force: true });
  return there.length > 0 || given !== undefined;
}

async function prepareImages({ docker, program, baseSource, progress, signal }: AlarmsRequest): Promise<Images> {
  const { database, valkey } = program;
  const lock = await waitForLock(engineLockPath(), 'The Docker engine', 'prepare', engineLockSeconds, signal);
  try {
    const names = [
      // Those of the environment, so that all come from one source.
      ...neededBases(program),
      'node' as const,
      'prometheus' as const,
      ...(database === undefined ? [] : ['database-exporter' as const]),
      ...(valkey === undefined ? [] : ['valkey-exporter' as const]),
    ];
    const bases = await ensureBaseImages({ docker, names: [...new Set(names)], source: baseSource, progress, signal });
    return {
      node: bases.node ?? officialNodeImage,
      prometheus: bases.image('prometheus'),
      ...(database === undefined ? {} : { database: bases.image('database-exporter') }),
      ...(valkey === undefined ? {} : { valkey: bases.image('valkey-exporter') }),
    };
  } finally {
    await lock.release();
  }
}

function watchersOf(docker: Docker, place: Place, { database, valkey }: Program, images: Images): Watchers {
  const { instance, environment, projectDirectory: checkout } = place;
  const names = deriveNames(instance, environment);
  return {
    images,
    names,
    network: names.network,
    labels: labelsOf(environment, { instance, checkout }),
    folder: folderOf(place).alarms,
    // Docker Desktop keeps its socket elsewhere on the host, and mounts this one.
    socketPath: process.platform === 'linux' ? (docker.socketPath ?? defaultSocket) : defaultSocket,
    ...(database === undefined
      ? {}
      : {
          database: { host: database.name, port: database.port, name: database.databaseName, user: database.user },
        }),
    ...(valkey === undefined ? {} : { valkey: { host: valkey.name, port: valkey.port } }),
  };
}

/** @returns whether Prometheus has to load something, the hash of what its exporters log in with, and the group's name */
async function writeFiles(place: Place, program: Program, watchers: Watchers) {
  const folder = folderOf(place);
  const { alarms: directory } = folder;
  const names = deriveNames(place.instance, place.environment);
  const config = renderPrometheusConfig(program, names);
  const group = `alarms-${fingerprint([config, renderRules(program.alarms, '')])}`;
  const settings = {
    [watcherFiles.config]: config,
    [watcherFiles.rules]: renderRules(program.alarms, group),
    [alarmsFile]: `${JSON.stringify(program.alarms, null, 2)}\n`,
  };
  const others = exporterFiles(watchers);
  const secrets = await logins(place, program, watchers);
  await mkdir(directory, { recursive: true });
  // Whatever this user's umask says.
  await chmod(directory, 0o755);
  const before = await Promise.all(Object.keys(settings).map((name) => readIfExists(join(directory, name))));
  const changed = Object.values(settings).some((text, index) => text !== before[index]);
  for (const [name, text] of Object.entries({ ...settings, ...others })) {
    await writeAtomically(join(directory, name), text, 0o644);
  }
  for (const [name, text] of Object.entries(secrets)) await writeAtomically(join(directory, name), text);
  return { settings: changed, secrets: fingerprint([secrets, others]), group };
}

/** Passwords and authorities of the servers, as `apply` has made them. */
async function logins(
  place: Place,
  { database, valkey }: Program,
  watchers: Watchers,
): Promise<Record<string, string>> {
  const folder = folderOf(place);
  const values = await readSecrets(folder.secrets);
  const authorityOf = async (server: string) =>
    (await readCertificate(folder.certificate(server), server))?.authority ?? '';
  return {
    ...(database === undefined
      ? {}
      : {
          [watcherFiles.databasePassword]: values[passwordOf(database).name] ?? '',
          [watcherFiles.databaseAuthority]: await authorityOf(database.name),
        }),
    ...(valkey === undefined || watchers.valkey === undefined
      ? {}
      : {
          [watcherFiles.valkeyPassword]: JSON.stringify({
            [valkeyAddress(watchers.valkey)]: values[valkey.passwordSecret] ?? '',
          }),
          [watcherFiles.valkeyAuthority]: await authorityOf(valkey.name),
        }),
  };
}

async function start(docker: Docker, watcher: Watcher): Promise<void> {
  await docker.attempt(['rm', '--force', '--volumes', watcher.name]);
  await docker.run(watcher.arguments);
}

/** Until whatever an alarm reads has answered once; what does not is said by the list of alarms. */
async function untilAsked(docker: Docker, place: Place, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + firstAnswersSeconds * 1000;
  while (performance.now() < deadline) {
    const states = (await readAlarms(docker, place)) ?? [];
    if (states.every(({ state }) => state !== 'no data')) return;
    await pause(250, undefined, { signal });
  }
}

async function untilLoaded(docker: Docker, place: Place, group: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + startSeconds * 1000;
  const name = deriveNames(place.instance, place.environment).prometheus;
  let why = 'it did not answer';
  for (;;) {
    try {
      const port = await prometheusPortOf(docker, place);
      const groups = port === undefined ? [] : await readRules(port);
      const own = groups.find((one) => one.name === group);
      if (own?.rules.every(({ health }) => health === 'ok') === true) return;
      const failing = own?.rules.find(({ health }) => health === 'err');
      why = failing === undefined ? 'it has not loaded them' : `${failing.name}: ${failing.lastError}`;
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > deadline) {
      throw new UserError({
        code: 'ALARMS_NOT_STARTED',
        message: `After ${startSeconds} s Prometheus does not evaluate the alarms of ${place.environment}: ${why}.`,
        remedy: `Read what it says below. Without alarms, releases are rolled out unguarded: npm run stack -- alarms off ${place.environment}`,
        details: await lastLog(docker, name),
      });
    }
    await pause(250, undefined, { signal });
  }
}
