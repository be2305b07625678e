import { access, mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { notAccessible } from './files.ts';
import { folderOf, lockPath, type Place, stackDirectory } from './place.ts';

/**
 * Writes where `up` will write, and leaves nothing behind. Rejects with `PROJECT_NOT_WRITABLE`.
 * @returns the folder that all of it is in
 */
export async function assertWritable(place: Place): Promise<string> {
  const directory = stackDirectory(place.projectDirectory);
  const made = await mkdir(directory, { recursive: true }).catch((error: unknown) => refuse(directory, error));
  // A command that root ran leaves folders that are root's inside of one that is not.
  for (const folder of [directory, dirname(lockPath(place)), folderOf(place).directory]) {
    if (await isThere(folder)) await write(folder);
  }
  if (made !== undefined) await rmdir(directory).catch(() => undefined);
  return directory;
}

function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    () => false,
  );
}

async function write(folder: string): Promise<void> {
  const probe = await mkdtemp(join(folder, '.writable-')).catch((error: unknown) => refuse(folder, error));
  await rmdir(probe);
}

function refuse(folder: string, error: unknown): never {
  throw notAccessible(folder, 'written to', error);
}
