import { type Stats, statSync } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../messages/user-error.ts';

/** Replaces a file in one step: whoever reads it, at any moment or after a crash, sees the old or the new content. */
export async function writeAtomically(path: string, content: string, mode = 0o600): Promise<void> {
  try {
    await replaceFile(path, content, mode);
  } catch (error) {
    throw isDenied(error) ? notAccessible(dirname(path), 'written to', error) : error;
  }
}

async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, 'w', mode);
  try {
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** A file's name is only safe once its directory is. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** ENOTDIR: what should be a folder on its way is a file. */
const absentCodes: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR']);

/** `undefined`: there is no such file. */
export async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && absentCodes.has(error.code)) return undefined;
    throw isDenied(error) ? notAccessible(path, 'read', error) : error;
  }
}

/** ENOTDIR and EEXIST: a file is where the folder should be. */
const deniedCodes: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST']);

/** Whether it is this user who may not, rather than something that is broken. */
export function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && deniedCodes.has(error.code);
}

function statIfExists(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Names the owner where it is another one: what root once made, `up` cannot change as somebody else. */
export function notAccessible(path: string, how: 'read' | 'written to', error: unknown): UserError {
  const owner = statIfExists(path);
  const user = process.getuid?.();
  const foreign = owner !== undefined && user !== undefined && owner.uid !== user;
  return new UserError({
    code: 'PROJECT_NOT_WRITABLE',
    message: `${path} cannot be ${how}: ${error instanceof Error ? error.message : String(error)}.`,
    rule: 'Target local keeps history, secrets and locks in .stack, inside the project.',
    remedy: foreign
      ? `It belongs to user ${owner.uid}, this command runs as ${user}: sudo chown -R "$(id -un)" ${path}`
      : how === 'read'
        ? `Let this user read it: chmod u+r ${path}`
        : `Make ${path} a folder that this user may write to.`,
    cause: error,
  });
}
