import { basename, dirname } from 'node:path';
import { execa } from 'execa';
import { workMs } from '../messages/tool-deadline.ts';
import { readToolFailure, sayToolFailure } from '../messages/tool-failure.ts';
import { UserError } from '../messages/user-error.ts';

/**
 * Packs a folder beside itself as `<folder>.tar.gz`, which its owner alone may read, with the folder as its one entry.
 *
 * @returns the path of the archive
 */
export async function packFolder(folder: string): Promise<string> {
  const archive = `${folder}.tar.gz`;
  const { exitCode, stderr, message } = await execa(
    'sh',
    ['-c', 'umask 077 && exec tar -czf "$1" -C "$2" "$3"', 'sh', archive, dirname(folder), basename(folder)],
    { reject: false, timeout: workMs },
  );
  if (exitCode === 0) return archive;
  throw new UserError({
    code: 'NOT_PACKED',
    message: `${folder} could not be packed: ${sayToolFailure(readToolFailure(`${stderr || message}`.split('\n')))}`,
    rule: 'The program tar of this machine packs it.',
    remedy: 'The folder itself is complete: send that, or pack it by other means.',
  });
}
