import { createHash, type Hash } from 'node:crypto';
import { closeSync, type Dirent, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { namedError } from '../errors/named-error.ts';
import type { Position } from './docker-ignore.ts';

/** What BuildKit gets for one path: links as links. FIFOs, sockets and devices are left out and never opened. */
export interface ContextEntry {
  /** From the root of the context, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'directory';
  /** Permission bits, as `stat` gives them. */
  readonly mode: number;
  /** Of a link. */
  readonly target?: string;
}

/** A file of the build context cannot be read. Says which one and why. */
export class BuildContextError extends namedError('BuildContextError') {}

/**
 * Lists the build context, sorted by path.
 *
 * @param skips whether a path is not part of any release, although BuildKit may get it
 */
export function listBuildContext(
  root: string,
  ignore: Position,
  skips: (path: string) => boolean = () => false,
): readonly ContextEntry[] {
  const list = (directory: string, position: Position): ContextEntry[] =>
    readDirectory(root, directory).flatMap(({ name }) => {
      const path = directory === '' ? name : `${directory}/${name}`;
      if (skips(path)) return [];
      const entry = describe(root, path);
      if (entry === undefined) return [];
      const { sent, inside } = position.enter(path, entry.kind === 'directory');
      const below = inside === undefined ? [] : list(path, inside);
      return sent || below.length > 0 ? [entry, ...below] : below;
    });
  return list('', ignore).toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function readDirectory(root: string, directory: string): readonly Dirent[] {
  return reading(directory === '' ? '.' : directory, () =>
    readdirSync(join(root, directory), { withFileTypes: true, encoding: 'utf8' }),
  );
}

/** `undefined`: BuildKit makes an empty file or a device of it, or nothing at all; no release depends on that. */
function describe(root: string, path: string): ContextEntry | undefined {
  const file = join(root, path);
  const stats = reading(path, () => lstatSync(file));
  const kind = kindOf(stats);
  if (kind === undefined) return undefined;
  const entry = { path, kind, mode: stats.mode & 0o7777 };
  return kind === 'link' ? { ...entry, target: reading(path, () => readlinkSync(file)) } : entry;
}

function kindOf(stats: Stats): ContextEntry['kind'] | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : undefined;
}

/**
 * Hash of the content that a release is named after.
 *
 * Permissions count as far as a build sees the difference. Write access of group and others does not: two checkouts of one
 * commit differ in it where one umask is 002 and the other 022. A directory's set-group-id bit comes from its parent.
 *
 * @param dockerfile its path from the root, if there is one; BuildKit gets it even where the ignore file excludes it
 */
export function hashBuildContext(
  root: string,
  entries: readonly ContextEntry[],
  dockerfile: string | undefined,
): string {
  const hash = createHash('sha256');
  for (const { path, kind, mode, target } of entries) {
    const permissions = kind === 'link' ? 0 : mode & (kind === 'directory' ? 0o755 : 0o7755);
    hash.update(`${kind}\0${path}\0${permissions.toString(8)}\0${target ?? ''}\0`);
    if (kind === 'file') hashFile(hash, root, path);
  }
  hash.update('dockerfile\0');
  if (dockerfile !== undefined) hashFile(hash, root, dockerfile);
  return hash.digest('hex');
}

/** One for all files: a megabyte for each of them makes the garbage collector go through the whole heap, again and again. */
const chunk = Buffer.allocUnsafeSlow(1024 * 1024);

/** In pieces: a file may be larger than memory, or than what Node reads at once (2 GiB). */
function hashFile(hash: Hash, root: string, path: string): void {
  reading(path, () => {
    const file = openSync(join(root, path), 'r');
    try {
      let length = 0;
      for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
        hash.update(chunk.subarray(0, read));
        length += read;
      }
      hash.update(`\0${length}\0`);
    } finally {
      closeSync(file);
    }
  });
}

function reading<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    const hint = code === 'ENOENT' ? 'it was removed meanwhile, or its name is not UTF-8' : code;
    throw new BuildContextError(
      `${path} is in the build context and cannot be read: ${hint}. Fix it, or exclude it in .dockerignore.`,
      { cause: error },
    );
  }
}
