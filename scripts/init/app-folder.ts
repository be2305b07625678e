import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The files of an app, as it was before anybody thought of this stack. */
export interface AppFolder {
  /** Relative, with `/`, sorted; without what is installed, built or measured. */
  readonly files: readonly string[];
  has(file: string): boolean;
  /** `undefined`: there is no such file. */
  read(file: string): string | undefined;
}

const skipped: ReadonlySet<string> = new Set(['node_modules', 'dist', 'coverage', 'bower_components', 'tmp', 'logs']);
/** A folder with more is no app, or has something generated in it. */
const mostFiles = 20_000;

/** Looks only: nothing in the folder is run or loaded. */
export function openFolder(directory: string): AppFolder {
  const files: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(directory, folder), { withFileTypes: true })) {
      if (files.length >= mostFiles) return;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isFile()) files.push(path);
      else if (entry.isDirectory() && !skipped.has(entry.name) && !entry.name.startsWith('.')) walk(path);
    }
  };
  walk('');
  return folderOf(files.toSorted(), (file) => readIfFile(join(directory, file)));
}

/** A folder that is only in memory. */
export function folderOf(files: readonly string[], read: (file: string) => string | undefined): AppFolder {
  const known = new Set(files);
  return { files, has: (file) => known.has(file), read: (file) => (known.has(file) ? read(file) : undefined) };
}

function readIfFile(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path, 'utf8') : undefined;
}

/** Sources that run in production: no tests, no declarations, nothing that builds or measures. */
export function sourcesOf({ files }: AppFolder): readonly string[] {
  return files.filter(
    (file) =>
      /\.[cm]?[jt]s$/.test(file) &&
      !/\.(?:spec|test|e2e-spec|d)\.[cm]?[jt]s$/.test(file) &&
      !/^(?:build|bench|benchmarks?|dev|tools)\//.test(file) &&
      !/(?:^|\/)(?:__tests__|__mocks__|tests?|e2e|fixtures|examples|docs)\//.test(file) &&
      !/(?:^|\/)stack\.(?:app|resources)\.m?[jt]s$/.test(file) &&
      !/^(?:jest|vitest|eslint|prettier|commitlint|babel|webpack|rollup|tsup|lint-staged)[.\w-]*\.[cm]?[jt]s$/.test(
        file,
      ),
  );
}
