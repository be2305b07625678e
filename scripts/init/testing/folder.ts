import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AppFolder, folderOf } from '../app-folder.ts';

export type Files = Readonly<Record<string, string>>;

/** An app that is only in memory. */
export function folderWith(files: Files): AppFolder {
  return folderOf(Object.keys(files).toSorted(), (file) => files[file]);
}

/** Writes files into a directory of their own, which `remove` deletes. */
export function writtenTo(files: Files): { readonly directory: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'init-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
