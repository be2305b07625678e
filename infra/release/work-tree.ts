import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { BuildContextError, type ContextEntry, hashBuildContext, listBuildContext } from './build-context.ts';
import { readProvenance } from './commit.ts';
import { builders, DockerIgnoreError, type Position, parseDockerIgnore, sends } from './docker-ignore.ts';
import { type MigrationSource, readMigrations } from './migration-folder.ts';
import type { Release } from './release.ts';
import { ReleaseSourceError } from './release-source-error.ts';

/** The release that a build of the work tree would produce. */
export interface ReleaseSource extends Pick<Release, 'version' | 'commit' | 'migrations'> {
  /** Hash of the file modes. Not all of a mode affects the version, but all of it is in Docker's build context. */
  readonly fileModes: string;
  /** Build context, relative to the project: `.` is the project itself. */
  readonly context: string;
  /** Of the app, relative to the project. */
  readonly dockerfile: string;
  /** Stage of the Dockerfile. Absent: the last one. */
  readonly target?: string;
  /** Of the app; those of the stack come besides. */
  readonly args: Readonly<Record<string, string>>;
  /** What to know about the commit and the build context. Whole sentences, none where all is as it should be. */
  readonly remarks: readonly string[];
}

/** What the app's manifest says of its build, with paths relative to the app's directory. */
export interface BuildOptions {
  readonly context?: string;
  readonly dockerfile?: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
}

/**
 * Identifies what a build of the work tree contains: `<app version>-<12 hex digits>` of what BuildKit gets, which is the
 * build context less what the ignore file excludes, and the Dockerfile, with stage and arguments of the build. Equal files have an equal version on every
 * machine, at any time, in any commit.
 *
 * The build context of an app in the workspace is the project, because the app shares its lock file. An app with a
 * `.dockerignore` of its own is its own build context. The manifest may name another one. `Dockerfile.dockerignore` beside the Dockerfile takes precedence
 * over the `.dockerignore` of the context, as it does for Docker.
 *
 * @param appDirectory the setting `appDirectory`, relative to the project
 * @param migrations what the app's manifest says of them
 * @param build what it says of the build
 * @throws ReleaseSourceError
 */
export function readReleaseSource(
  projectDirectory: string,
  appDirectory: string,
  migrations: MigrationSource,
  build: BuildOptions = {},
): ReleaseSource {
  try {
    return readSource(projectDirectory, normalDirectory(projectDirectory, appDirectory), migrations, build);
  } catch (error) {
    if (!(error instanceof BuildContextError)) throw error;
    throw new ReleaseSourceError(error.message, { cause: error });
  }
}

/** `app` for `app/`, `./app`, `app/../app` and the absolute path; `.` for the project itself. */
export function normalDirectory(projectDirectory: string, directory: string): string {
  const path = relative(resolve(projectDirectory), resolve(projectDirectory, directory));
  return path === '' ? '.' : path.split(sep).join('/');
}

function readSource(
  projectDirectory: string,
  app: string,
  source: MigrationSource,
  { target, args = {}, ...build }: BuildOptions,
): ReleaseSource {
  const context = contextOf(projectDirectory, app, build);
  const root = join(projectDirectory, context);
  const folder = normalDirectory(root, join(projectDirectory, app));
  const inContext = (path: string) => (folder === '.' ? path : `${folder}/${path}`);
  const ownDockerfile = build.dockerfile ?? 'Dockerfile';
  const dockerfile = normalDirectory(root, join(root, inContext(ownDockerfile)));
  if (dockerfile.startsWith('..')) {
    throw new ReleaseSourceError(`${ownDockerfile} of ${app} is outside of the build context ${context}.`);
  }
  const disputed = new Set<string>();
  const ignoreFiles = [`${dockerfile}.dockerignore`, '.dockerignore'];
  const ignoreFile = readIgnoreFile(root, ignoreFiles);
  const ignore = parseIgnoreFile(ignoreFile, (path) => disputed.add(path));
  const stackFolder = normalDirectory(root, join(projectDirectory, '.stack'));
  const isKept = (path: string) => isBookkeeping(path, stackFolder);
  const entries = listBuildContext(root, ignore, isKept);
  const disputedRemarks = remarksOn([...disputed]);
  const hash = hashBuildContext(root, entries, existsSync(join(root, dockerfile)) ? dockerfile : undefined);
  const isSent = sends(ignore);
  const fileModes = hashModes(root, entries);
  const { commit, remarks } = readProvenance(
    {
      root,
      entries: withDockerfile(root, entries, dockerfile),
      isContent: (path) => path === dockerfile || (!isKept(path) && isSent(path)),
      identity: [hash, fileModes, dockerfile, stackFolder, ignoreFile?.text ?? ''],
    },
    join(projectDirectory, '.stack'),
  );
  const version = `${appVersion(projectDirectory, app)}-${withOptions(hash, target, args).slice(0, 12)}`;
  const files = entries.filter(({ kind }) => kind !== 'directory').map(({ path }) => path);
  return {
    context,
    dockerfile: context === '.' ? dockerfile : `${context}/${dockerfile}`,
    ...(target === undefined ? {} : { target }),
    args,
    version,
    commit,
    migrations: readMigrations(source, version, files, inContext(''), (file) => readText(root, file) ?? ''),
    fileModes,
    remarks: [...remarks, ...disputedRemarks, ...bookkeepingRemarks(root, ignore, stackFolder)],
  };
}

function contextOf(projectDirectory: string, app: string, { context }: Pick<BuildOptions, 'context'>): string {
  if (context !== undefined) return normalDirectory(projectDirectory, join(projectDirectory, app, context));
  if (existsSync(join(projectDirectory, app, '.dockerignore'))) return app;
  if (!app.startsWith('..')) return '.';
  throw new ReleaseSourceError(
    `${app} is outside of the project, so it cannot share the project's build context: it needs a .dockerignore of its own, or build.context in its manifest.`,
  );
}

/** Another stage of the same files is another image. Without any, the version is that of the files alone. */
function withOptions(hash: string, target: string | undefined, args: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(args).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (target === undefined && sorted.length === 0) return hash;
  return createHash('sha256')
    .update(JSON.stringify([hash, target ?? null, sorted]))
    .digest('hex');
}

interface IgnoreFile {
  readonly file: string;
  readonly text: string;
}

/** The first of the files that exists. */
function readIgnoreFile(root: string, files: readonly string[]): IgnoreFile | undefined {
  for (const file of files) {
    const text = readText(root, file);
    if (text !== undefined) return { file, text };
  }
  return undefined;
}

function parseIgnoreFile(ignoreFile: IgnoreFile | undefined, onDifference: (path: string) => void): Position {
  if (ignoreFile === undefined) return parseDockerIgnore('');
  const { file, text } = ignoreFile;
  try {
    return parseDockerIgnore(text, builders, onDifference);
  } catch (error) {
    if (!(error instanceof DockerIgnoreError)) throw error;
    throw new ReleaseSourceError(`${file}, ${error.message}`, { cause: error });
  }
}

const namedFiles = 3;

/** @param disputed files that some versions of Docker get and others do not */
function remarksOn(disputed: readonly string[]): readonly string[] {
  if (disputed.length === 0) return [];
  const named = disputed.slice(0, namedFiles);
  const more = disputed.length > named.length ? [`${disputed.length - named.length} more`] : [];
  return [
    `Docker before 23 and later versions read a pattern of the ignore file differently (**.md is such a one, **/*.md is not), so not each of them builds with ${[...named, ...more].join(', ')}.`,
  ];
}

/** What git and this stack's CLI write themselves: with it, every command would make another version. */
function isBookkeeping(path: string, stackFolder: string): boolean {
  return /(^|\/)\.git$/.test(path) || path === stackFolder;
}

function bookkeepingRemarks(root: string, ignore: Position, stackFolder: string): readonly string[] {
  return ['.git', '.stack']
    .filter((name) => isBookkeeping(name, stackFolder) && existsSync(join(root, name)) && ignore.enter(name, true).sent)
    .map(
      (name) =>
        `${name} is in the build context: what a build takes from it is not part of the version. Add ${name} to .dockerignore.`,
    );
}

function withDockerfile(root: string, entries: readonly ContextEntry[], path: string): readonly ContextEntry[] {
  if (entries.some((entry) => entry.path === path)) return entries;
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  return stats?.isFile() === true ? [...entries, { path, kind: 'file', mode: stats.mode & 0o7777 }] : entries;
}

/** Without `+…`, which no tag of an image can have. An app that is never published needs no version. */
function appVersion(projectDirectory: string, app: string): string {
  const given = readVersion(readText(projectDirectory, join(app, 'package.json')) ?? '');
  if (given === '') return '0.0.0';
  const [, version] = /^(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]{1,64})?)(?:\+[0-9A-Za-z.-]+)?$/.exec(given) ?? [];
  if (version !== undefined) return version;
  throw new ReleaseSourceError(
    `The version in ${app}/package.json is ${JSON.stringify(given)}: it must be one such as 1.2.3 or 1.2.3-rc.1, or left out.`,
  );
}

function readVersion(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('version' in parsed)) return '';
    return typeof parsed.version === 'string' ? parsed.version : '';
  } catch {
    return '';
  }
}

/** `undefined`: there is no such file. */
function readText(directory: string, file: string): string | undefined {
  try {
    return readFileSync(join(directory, file), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ReleaseSourceError(`${file} cannot be read: ${code}.`, { cause: error });
  }
}

/** Also of what a link leads to: @pulumi/docker resolves it where BuildKit takes the link as it is. */
function hashModes(root: string, entries: readonly ContextEntry[]): string {
  const hash = createHash('sha256');
  for (const { path, kind, mode } of entries) {
    const leads = kind === 'link' ? (resolvedLink(root, path) ?? '') : '';
    hash.update(`${path}\0${mode.toString(8)}\0${leads}\0`);
  }
  return hash.digest('hex');
}

function resolvedLink(root: string, path: string): string | undefined {
  try {
    return relative(realpathSync(root), realpathSync(join(root, path)));
  } catch {
    return undefined;
  }
}
