import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];

/**
 * The files of a project that git tracks or would track, relative to it. Also where there is no repository, as in a
 * download, or only one around it that ignores the project: a repository that exists for the question reads the project's own .gitignore.
 */
export function projectFiles(directory = root): readonly string[] {
  const known = filesOf(listing, directory) ?? [];
  return known.includes('package.json') ? known : filesOfDownload(directory);
}

function filesOfDownload(directory: string): readonly string[] {
  const repository = mkdtempSync(join(tmpdir(), 'files-'));
  try {
    execFileSync('git', ['init', '--quiet', '--bare', repository]);
    const files = filesOf([`--git-dir=${repository}`, `--work-tree=${directory}`, ...listing], directory);
    if (files === undefined) throw new Error(`git cannot list the files of ${directory}`);
    return files;
  } finally {
    rmSync(repository, { recursive: true });
  }
}

/** `undefined`: git refuses. */
function filesOf(args: readonly string[], directory: string): readonly string[] | undefined {
  try {
    return execFileSync('git', args, {
      cwd: directory,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(directory, file)));
  } catch (error) {
    if (error instanceof Error && 'status' in error && typeof error.status === 'number') return undefined;
    throw error;
  }
}
