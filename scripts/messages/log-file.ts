import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Enough to look back at a bad day; an engine's output is some ten kB. */
const keptFiles = 40;

/**
 * Makes an empty file for the whole output of a tool, of which a message quotes a part, and removes the oldest of these
 * files. Beside the project, or among the temporary files where that cannot be written to.
 *
 * @param name what wrote it: `staging-up`
 */
export function createLogFile(projectDirectory: string, name: string, now = new Date()): string {
  const file = `${now
    .toISOString()
    .replaceAll(':', '-')
    .replace(/\.\d+Z$/, '')}-${name}`;
  const own = join(projectDirectory, '.stack', 'logs');
  for (const directory of [own, join(tmpdir(), 'stack-logs')]) {
    try {
      mkdirSync(directory, { recursive: true });
      return createIn(directory, file);
    } catch {
      // The next place.
    }
  }
  throw new Error(`No log file can be written to ${own} or ${tmpdir()}.`);
}

function createIn(directory: string, file: string): string {
  for (let attempt = 1; ; attempt += 1) {
    const path = join(directory, `${file}${attempt === 1 ? '' : `-${attempt}`}.log`);
    try {
      // Whoever may read the project may not always read what a tool prints.
      closeSync(openSync(path, 'wx', 0o600));
      prune(directory);
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function prune(directory: string): void {
  const files = readdirSync(directory).filter((name) => name.endsWith('.log'));
  for (const name of files.toSorted().slice(0, -keptFiles)) rmSync(join(directory, name), { force: true });
}
