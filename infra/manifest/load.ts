import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { App } from './app.ts';
import { parseManifest } from './parse.ts';
import { ManifestError } from './problems.ts';

const load = createRequire(import.meta.url);
/**
 * Names of a manifest, of which an app has one. The second is a module in a package of CommonJS, too, and the third is
 * left alone by a compiler that takes every TypeScript file of the directory.
 */
export const manifestFiles = ['stack.app.ts', 'stack.app.mts', 'stack.app.mjs'] as const;

/** Names of the module with the app's own resources, as of the manifest. */
export const resourceFiles = ['stack.resources.ts', 'stack.resources.mts'] as const;

export function hasOwnResources(projectDirectory: string, appDirectory: string): boolean {
  return resourceFiles.some((file) => existsSync(join(projectDirectory, appDirectory, file)));
}

/**
 * The manifest of the app in a directory. Loading it runs it, so it is pure data: a process loads it once.
 *
 * @param appDirectory the setting `appDirectory`, relative to the project
 * @throws ManifestError
 */
export function loadApp(projectDirectory: string, appDirectory: string): App {
  const name = manifestFiles.find((candidate) => existsSync(join(projectDirectory, appDirectory, candidate)));
  const file = `${appDirectory}/${name ?? manifestFiles[0]}`;
  const path = join(projectDirectory, file);
  if (name === undefined) {
    throw new ManifestError(file, [
      {
        key: 'the file',
        found: 'does not exist',
        rule: `there: it says what the app in ${appDirectory} consists of, which only you know`,
        remedy: `Let it be written: npx stack init ${appDirectory}. Or write it as docs/your-app.md shows.`,
      },
    ]);
  }
  return parseManifest(file, exportOf(file, path));
}

function exportOf(file: string, path: string): unknown {
  try {
    const module: { readonly app?: unknown } = load(path);
    return module.app;
  } catch (error) {
    throw new ManifestError(file, [
      {
        key: 'the file',
        found: `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
        rule: 'a module that exports `app` and imports nothing but types',
        remedy: 'docs/your-app.md shows one.',
      },
    ]);
  }
}
