import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../messages/user-error.ts';

/**
 * One of its own, however many are collected in the same second.
 *
 * @param now milliseconds since 1970
 */
export async function newFolder(parent: string, environment: string, now: number): Promise<string> {
  const stamp = new Date(now).toISOString().replaceAll(':', '-').slice(0, 19);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (let number = 1; ; number++) {
    const folder = join(parent, `${environment}-${stamp}${number === 1 ? '' : `-${number}`}`);
    try {
      await mkdir(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** One that a person names. Rejects with `FOLDER_NOT_EMPTY`: what is in it may be the only record. */
export async function namedFolder(folder: string): Promise<string> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made === undefined && (await readdir(folder)).length > 0) {
    throw new UserError({
      code: 'FOLDER_NOT_EMPTY',
      message: `${folder} has something in it already.`,
      rule: 'An earlier record is never overwritten.',
      remedy: 'Name another folder with --output, or omit it: then the folder is a new one.',
    });
  }
  return folder;
}
