import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../../messages/user-error.ts';
import type { Backups, RestoredDatabase, Snapshot } from '../../release/backups.ts';
import { nothingRuns } from '../../release/nothing-runs.ts';
import type { Environment } from '../../release/target.ts';
import type { Docker } from '../engine/docker.ts';
import { folderOf, type Place } from '../state/place.ts';
import { backupsSuffix } from '../translate/backups.ts';
import { dataFolder } from '../translate/database.ts';
import { chooseBase, type Kept, parseList, reportOf } from './report.ts';
import { advanceScript, listScript, pruneScript, readBackScript, replayScript, switchScript } from './scripts.ts';
import { type DatabaseServer, findServer, inVolume } from './volume.ts';

export interface LocalBackupsOptions {
  readonly requireDocker: () => Promise<Docker>;
  readonly placeOf: (environment: Environment) => Place;
  /** How far back a restore must reach, in days. */
  readonly retentionDays: (environment: Environment) => Promise<number>;
}

/** Backups of the Postgres that stands in for RDS, on the volume of its data. */
export function createLocalBackups({ requireDocker, placeOf, retentionDays }: LocalBackupsOptions): Backups {
  const require = async (environment: Environment, purpose: string) => {
    const docker = await requireDocker();
    const server = await findServer(docker, placeOf(environment));
    if (server === undefined) throw nothingRuns({ kind: 'local' }, environment, purpose);
    return { docker, server };
  };
  return {
    async report(environment) {
      const docker = await requireDocker();
      const server = await findServer(docker, placeOf(environment));
      if (server === undefined) return undefined;
      return reportOf(await listKept(docker, server), basename(server.data), seconds(Date.now()));
    },
    async create(environment, progress, signal) {
      const { docker, server } = await require(environment, 'to back up');
      progress.step(`Back up the database of ${environment}`);
      return advance({ docker, server, retentionDays: await retentionDays(environment), signal });
    },
    async restore({ from, into, at }, progress, signal) {
      const { docker, server } = await require(from, 'to restore');
      const target = from === into ? server : (await require(into, 'to restore into')).server;
      const found = chooseBase(await listKept(docker, server), at);
      if (found === undefined) {
        throw new UserError({ code: 'BACKUP_MISSING', message: `No backup of ${from} reaches back to ${at}.` });
      }
      assertSameMajor(from, server, into, target);
      progress.step(`Restore the database of ${from} as it was at ${at}`);
      const id = `${basename(target.data)}-copy-${stamp(Date.now())}`;
      const folder = from === into ? dataFolder : '/into';
      const backups = `${server.data}${backupsSuffix}/${found.lineage.id}`;
      const live = found.lineage.folder;
      const shared = { server, ...(from === into ? {} : { into: target.volume }), signal };
      const said = await inVolume(docker, {
        ...shared,
        script: replayScript,
        variables: {
          BASE: `${backups}/base/${found.base.id}`,
          WAL: `${backups}/wal`,
          LIVE: live === undefined ? '' : `${dirname(server.data)}/${live}/pg_wal`,
          NEW: `${folder}/${id}`,
          TIME: at.replace('T', ' ').replace('Z', '+00'),
        },
      });
      progress.step('Read it back');
      const read = await inVolume(docker, {
        ...shared,
        script: readBackScript,
        variables: { NEW: `${folder}/${id}`, DATABASE: server.databaseName },
      });
      return restoredOf(id, said, read);
    },
    unreadable: () => Promise.resolve(undefined),
    async switchTo(environment, id, progress, signal) {
      const { docker, server } = await require(environment, 'to restore');
      const before = `${basename(server.data)}-before-${stamp(Date.now())}`;
      const folder = dirname(server.data);
      progress.step(`Stop Postgres of ${environment} and put the restored database in its place`);
      await docker.run(['service', 'scale', '--detach', `${server.service}=0`]);
      await untilStopped(docker, server, signal);
      await inVolume(docker, {
        server,
        script: switchScript,
        variables: { COPY: `${folder}/${id}`, BEFORE: `${folder}/${before}` },
      });
      // Which migrations ran is a fact about the database that was replaced.
      await rm(folderOf(placeOf(environment)).migrated, { force: true });
      await docker.run(['service', 'scale', '--detach', `${server.service}=1`]);
      return before;
    },
    async remove(environment, id) {
      const { docker, server } = await require(environment, 'to remove');
      const { databases } = await listKept(docker, server);
      if (!databases.some(({ name }) => name === id)) return false;
      const folder = `${dirname(server.data)}/${id}`;
      await inVolume(docker, { server, script: 'rm -rf "$KEPT"', variables: { KEPT: folder } });
      return true;
    },
  };
}

async function listKept(docker: Docker, server: DatabaseServer): Promise<Kept> {
  return parseList(await inVolume(docker, { server, script: listScript }), basename(server.data));
}

interface Advance {
  readonly docker: Docker;
  readonly server: DatabaseServer;
  readonly retentionDays: number;
  readonly signal: AbortSignal;
}

/** Makes a new base from the last one and what was archived since, and removes what is older than the settings ask for. */
async function advance({ docker, server, retentionDays, signal }: Advance): Promise<Snapshot> {
  const { lineages } = await listKept(docker, server);
  const lineage = lineages.find(({ serving }) => serving);
  const base = lineage?.bases.at(-1);
  if (lineage === undefined || base === undefined) {
    throw new UserError({
      code: 'BACKUP_MISSING',
      message: 'The database has no base from which its WAL could be replayed.',
      rule: 'A server makes its first base before it starts for the first time with archiving.',
      remedy: 'Restart it: `docker service update --force` with the service of the database.',
    });
  }
  const backups = `${server.data}${backupsSuffix}/${lineage.id}`;
  const id = stamp(Date.now());
  const said = await inVolume(docker, {
    server,
    script: advanceScript,
    variables: { BASE: `${backups}/base/${base.id}`, WAL: `${backups}/wal`, NEW: `${backups}/base/${id}` },
    signal,
  });
  const since = Math.floor(Date.now() / 1000) - retentionDays * 86_400;
  await inVolume(docker, { server, script: pruneScript, variables: { SINCE: String(since) } });
  return { id, at: wordsAfter(said, 'ENDED') ?? seconds(Date.now()), made: 'manual' };
}

const oldestBaseHours = 24;

/**
 * For `up`: a further base once a day, so that a restore has little to replay and old WAL can go.
 *
 * @returns whether one was due
 */
export async function renewBackup(
  docker: Docker,
  place: Place,
  retentionDays: number,
  signal: AbortSignal,
): Promise<boolean> {
  const server = await findServer(docker, place);
  if (server === undefined) return false;
  const newest = (await listKept(docker, server)).lineages.find(({ serving }) => serving)?.bases.at(-1);
  if (newest === undefined || Date.now() - Date.parse(newest.ended) < oldestBaseHours * 3_600_000) return false;
  await advance({ docker, server, retentionDays, signal });
  return true;
}

/** @returns what was restored, by the lines of both scripts */
function restoredOf(id: string, said: readonly string[], read: readonly string[]): RestoredDatabase {
  const last = wordsAfter(said, 'LAST');
  const lastTransaction = last === undefined ? undefined : new Date(last.replace(' ', 'T').replace('+00', 'Z'));
  return {
    id,
    ...(lastTransaction === undefined ? {} : { lastTransaction: lastTransaction.toISOString() }),
    tables: read.flatMap((line) => {
      const [, rows, name] = /^TABLE (\d+) (.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [{ name, rows: Number(rows) }];
    }),
  };
}

function wordsAfter(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
}

function assertSameMajor(from: string, source: DatabaseServer, into: string, target: DatabaseServer): void {
  if (basename(source.data) === basename(target.data)) return;
  throw new UserError({
    code: 'RESTORE_INCOMPATIBLE',
    message: `${from} has Postgres ${basename(source.data)}, and ${into} has Postgres ${basename(target.data)}.`,
    rule: 'Files of one major version are not read by another.',
    remedy: `Set databaseEngineVersion of ${into} to that of ${from}.`,
  });
}

const stopSeconds = 90;

async function untilStopped(docker: Docker, { service }: DatabaseServer, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + stopSeconds * 1000;
  const filter = ['--filter', `label=com.docker.swarm.service.name=${service}`];
  while ((await docker.run(['ps', '--quiet', ...filter])) !== '') {
    if (performance.now() > deadline) {
      throw new UserError({
        code: 'RESTORE_FAILED',
        message: `Postgres was still running ${stopSeconds} s after it was told to stop.`,
        rule: 'What serves was not replaced.',
      });
    }
    await pause(250, undefined, { signal });
  }
}

/** `2026-12-24T12:00:00Z` */
function seconds(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`;
}

/** `20261224T120000Z` */
function stamp(moment: number): string {
  return seconds(moment).replaceAll(/[-:]/g, '');
}
