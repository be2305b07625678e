import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'chromium-headless-shell', 'google-chrome', 'google-chrome-stable'];

/** A Chromium of this machine: `STACK_CHROMIUM`, or the first on the PATH. */
export function findChromium(variables: Readonly<Record<string, string | undefined>>): string | undefined {
  const chosen = variables['STACK_CHROMIUM'] ?? '';
  if (chosen !== '') return chosen;
  const folders = (variables['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
