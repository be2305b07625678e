import { watch } from 'node:fs';
import { join } from 'node:path';

/** An editor writes a file in several steps, and several files at once: what follows within this is one change. */
const settleMs = 25;

export interface Change {
  /** When the first of them was saved, as `performance.now()` has it. */
  readonly since: number;
  readonly files: readonly string[];
}

/**
 * Calls `changed` with the files (from `directory`) that a person has saved, as soon as the change before is done with.
 * Tests are none of it.
 */
export function watchFolders(
  directory: string,
  folders: readonly string[],
  changed: (change: Change) => Promise<void>,
): { close(): void } {
  const files = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let since = 0;
  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(run, settleMs);
  };
  const run = async () => {
    if (busy || files.size === 0) {
      return;
    }
    busy = true;
    const change = { since, files: [...files] };
    files.clear();
    await changed(change);
    busy = false;
    settle();
  };
  const watchers = folders.map((folder) =>
    watch(join(directory, folder), { recursive: true }, (_event, name) => {
      if (name !== null && /(?<!\.test)\.ts$/.test(name)) {
        since = files.size === 0 ? performance.now() : since;
        files.add(join(folder, name));
        settle();
      }
    }),
  );
  return {
    close() {
      clearTimeout(timer);
      for (const watcher of watchers) {
        watcher.close();
      }
    },
  };
}
