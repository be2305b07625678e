import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { namedError } from '../errors/named-error.ts';
import { type DockerIgnore, parseDockerIgnore } from './docker-ignore.ts';
import type { Migration, Release } from './release.ts';

/** The release that a build of the work tree would produce. */
export interface ReleaseSource extends Pick<Release, 'version' | 'commit' | 'migrations'> {
  /** Hash of the file modes. They do not affect the version, but they change Docker's build context. */
  readonly fileModes: string;
  /** Build context, relative to the project: `.` is the project itself. */
  readonly context: string;
}

/** The app's files do not form a release. Says which file and why. */
export class ReleaseSourceError extends namedError('ReleaseSourceError') {}

const migrationName = /^(\d{8}T\d{4}-[a-z0-9-]+)\.(expand|contract)\.ts$/;

/**
 * Identifies what a build of the work tree contains: `<app version>-<12 hex digits>` of the files in Docker's build
 * context. Equal files have an equal version on every machine, at any time, in any commit.
 *
 * The build context of an app in the workspace is the project, because the app shares its lock file. An app with a
 * `.dockerignore` of its own is its own build context.
 *
 * @param appDirectory the setting `appDirectory`, relative to the project
 */
export function readReleaseSource(projectDirectory: string, appDirectory: string): ReleaseSource {
  const standsAlone = readText(projectDirectory, join(appDirectory, '.dockerignore')) !== undefined;
  const context = standsAlone ? appDirectory : '.';
  const { version: own, ...content } = readContext(
    join(projectDirectory, context),
    standsAlone ? '' : `${appDirectory}/`,
  );
  return { context, version: `${appVersion(projectDirectory, appDirectory)}-${own}`, ...content };
}

/** @param app path prefix of the app's files in the context */
function readContext(directory: string, app: string): Omit<ReleaseSource, 'context'> {
  const ignore = parseDockerIgnore(readText(directory, '.dockerignore') ?? '');
  const files = listFiles(directory, '', ignore).toSorted();
  const contents = createHash('sha256');
  const modes = createHash('sha256');
  for (const file of files) {
    const path = join(directory, file);
    const content = readFileSync(path);
    contents.update(`${file}\0${content.length}\0`).update(content);
    modes.update(`${file}\0${statSync(path).mode}\0`);
  }
  return {
    version: contents.digest('hex').slice(0, 12),
    commit: readCommit(directory, ignore),
    migrations: readMigrations(files, `${app}migrations/`),
    fileModes: modes.digest('hex'),
  };
}

function appVersion(projectDirectory: string, appDirectory: string): string {
  const text = readText(projectDirectory, join(appDirectory, 'package.json'));
  const parsed: unknown = JSON.parse(text ?? '{}');
  const version = typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined;
  if (typeof version === 'string' && /^\d+\.\d+\.\d+$/.test(version)) return version;
  throw new ReleaseSourceError(`${appDirectory}/package.json has no version such as 1.2.3.`);
}

function readText(projectDirectory: string, file: string): string | undefined {
  try {
    return readFileSync(join(projectDirectory, file), 'utf8');
  } catch {
    return undefined;
  }
}

/** Files of the build context: paths relative to it, with forward slashes. */
function listFiles(projectDirectory: string, directory: string, ignore: DockerIgnore): string[] {
  return readdirSync(join(projectDirectory, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (entry.isDirectory()) return ignore.excludesAllOf(path) ? [] : listFiles(projectDirectory, path, ignore);
    return ignore.excludes(path) ? [] : [path];
  });
}

function readMigrations(files: readonly string[], directory: string): readonly Migration[] {
  return files
    .filter((file) => file.startsWith(directory))
    .map((file) => {
      const [, name, kind] = migrationName.exec(file.slice(directory.length)) ?? [];
      if (name === undefined || (kind !== 'expand' && kind !== 'contract')) {
        throw new ReleaseSourceError(
          `${file} is not named like a migration: <yyyymmddThhmm>-<what it does>.<expand|contract>.ts, such as 20261121T0900-create-todos.expand.ts.`,
        );
      }
      return { name, kind };
    });
}

/** The last commit that changed the content. `unknown` without git or history. */
function readCommit(context: string, ignore: DockerIgnore): string {
  const paths = ignore.pathspecs();
  const commit = git(context, ['log', '-1', '--format=%H', '--', ...paths]);
  if (commit === undefined || commit === '') return 'unknown';
  const changes = git(context, ['status', '--porcelain', '--untracked-files=all', '--', ...paths]);
  return changes === '' ? commit : `${commit}-dirty`;
}

function git(directory: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', ['-C', directory, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
