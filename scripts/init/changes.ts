import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createTwoFilesPatch } from 'diff';

/** A file that the command writes. */
export interface FileChange {
  /** Relative to the project. */
  readonly file: string;
  readonly kind: 'create' | 'change';
  readonly text: string;
  /** As `git diff` shows it. */
  readonly difference: string;
}

/** What writing a text would change; `undefined`: nothing. */
export function changeOf(projectDirectory: string, file: string, text: string): FileChange | undefined {
  const path = join(projectDirectory, file);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (before === text) return undefined;
  const difference = createTwoFilesPatch(
    before === undefined ? '/dev/null' : file,
    file,
    before ?? '',
    text,
    undefined,
    undefined,
    {
      context: 2,
      headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
    },
  );
  return { file, kind: before === undefined ? 'create' : 'change', text, difference };
}

export async function writeChanges(projectDirectory: string, changes: readonly FileChange[]): Promise<void> {
  for (const { file, text } of changes) {
    await mkdir(dirname(join(projectDirectory, file)), { recursive: true });
    await writeFile(join(projectDirectory, file), text);
  }
}
