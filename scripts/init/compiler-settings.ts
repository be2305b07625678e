import ts from 'typescript';
import type { AppFolder } from './app-folder.ts';

interface Included {
  readonly include?: readonly string[];
  readonly files?: readonly string[];
}

/** What the compiler takes; `undefined`: there is no configuration, or it does not say. */
export function includedBy(folder: AppFolder): readonly string[] | undefined {
  return read(folder).include;
}

/** Whether the compiler takes every source in the directory, the manifest among them, and so moves what it builds. */
export function compilesEverything(folder: AppFolder): boolean {
  const { include, files } = read(folder);
  if (!['tsconfig.build.json', 'tsconfig.json'].some((file) => folder.has(file))) return false;
  if (include === undefined) return files === undefined;
  return include.some((pattern) => /^(?:\.\/)?\*|^\.$/.test(pattern));
}

/** Nest builds with the first, which extends the second. */
function read(folder: AppFolder): Included {
  return { ...configOf(folder, 'tsconfig.json'), ...configOf(folder, 'tsconfig.build.json') };
}

function configOf(folder: AppFolder, file: string): Included {
  const text = folder.read(file);
  if (text === undefined) return {};
  const config: Included | undefined = ts.parseConfigFileTextToJson(file, text).config;
  const { include, files } = config ?? {};
  return { ...(include === undefined ? {} : { include }), ...(files === undefined ? {} : { files }) };
}
