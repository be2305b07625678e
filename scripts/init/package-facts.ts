import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../messages/user-error.ts';
import type { AppFolder } from './app-folder.ts';

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun';
export type Framework = 'nest' | 'fastify' | 'express' | 'koa' | 'hono';

/** What package.json and the files beside it say. */
export interface PackageFacts {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  /** Of production. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  /** `.js` and `.ts` are ES modules. */
  readonly modules: boolean;
  readonly main?: string;
  readonly framework?: Framework;
  readonly manager: PackageManager;
  /** Name of the lock file; absent: there is none. */
  readonly lockFile?: string;
  /** The monorepo that the package is part of. */
  readonly workspace?: Workspace;
}

export interface Workspace {
  /** From the package to the root: `../..`. */
  readonly up: string;
  /** From the root to the package: `packages/api`. */
  readonly path: string;
}

const texts = z.record(z.string(), z.unknown()).transform((record) => {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
});
const packageFile = z.object({
  name: z.string().optional(),
  type: z.string().optional(),
  main: z.string().optional(),
  packageManager: z.string().optional(),
  scripts: texts.optional(),
  dependencies: texts.optional(),
  devDependencies: texts.optional(),
  optionalDependencies: texts.optional(),
  workspaces: z.union([z.array(z.string()), z.object({ packages: z.array(z.string()) })]).optional(),
});

const lockFiles: readonly (readonly [file: string, manager: PackageManager])[] = [
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];
const frameworks: readonly (readonly [dependency: string, framework: Framework])[] = [
  ['@nestjs/core', 'nest'],
  ['fastify', 'fastify'],
  ['koa', 'koa'],
  ['hono', 'hono'],
  ['express', 'express'],
];

/**
 * @param directory of the app, to look for the monorepo above it
 * @throws UserError `INIT_PACKAGE_UNREADABLE`
 */
export function packageFactsOf(folder: AppFolder, directory: string): PackageFacts {
  const text = folder.read('package.json');
  const parsed = parsePackage(text ?? '{}', 'package.json');
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = parsed;
  const framework = frameworks.find(([name]) => name in dependencies)?.[1];
  const own = lockFiles.find(([file]) => folder.has(file));
  const workspace = own === undefined ? workspaceOf(directory) : undefined;
  const root = workspace === undefined ? undefined : resolve(directory, workspace.up);
  const lock = own ?? lockFiles.find(([file]) => root !== undefined && existsSync(join(root, file)));
  const named = lockFiles.find(([, manager]) => parsed.packageManager?.startsWith(`${manager}@`) === true)?.[1];
  return {
    name: parsed.name ?? '',
    scripts: parsed.scripts ?? {},
    dependencies: { ...optionalDependencies, ...dependencies },
    devDependencies,
    modules: parsed.type === 'module',
    ...(parsed.main === undefined ? {} : { main: parsed.main }),
    ...(framework === undefined ? {} : { framework }),
    manager: named ?? lock?.[1] ?? 'npm',
    ...(lock === undefined ? {} : { lockFile: lock[0] }),
    ...(workspace === undefined ? {} : { workspace }),
  };
}

function parsePackage(text: string, file: string): z.infer<typeof packageFile> {
  try {
    return packageFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new UserError({
      code: 'INIT_PACKAGE_UNREADABLE',
      message: `${file} cannot be read: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`,
      remedy: 'Repair it, and run the command again.',
      cause,
    });
  }
}

/** How far up a monorepo's root may be. */
const mostLevels = 4;

function workspaceOf(directory: string): Workspace | undefined {
  let root = resolve(directory);
  for (let level = 0; level < mostLevels; level += 1) {
    const parent = dirname(root);
    if (parent === root) return undefined;
    root = parent;
    const path = relative(root, directory).replaceAll('\\', '/');
    if (patternsOf(root).some((pattern) => matches(pattern, path))) {
      return { up: relative(directory, root).replaceAll('\\', '/'), path };
    }
    if (existsSync(join(root, '.git'))) return undefined;
  }
  return undefined;
}

function patternsOf(root: string): readonly string[] {
  const file = join(root, 'package.json');
  if (!existsSync(file)) return [];
  const pnpm = join(root, 'pnpm-workspace.yaml');
  // A list of texts: what else the file may have does not matter here.
  if (existsSync(pnpm)) {
    return [...readFileSync(pnpm, 'utf8').matchAll(/^\s*-\s*['"]?([^'"\s#]+)['"]?/gm)].map(
      ([, pattern = '']) => pattern,
    );
  }
  const { workspaces = [] } = parsePackage(readFileSync(file, 'utf8'), file);
  return 'packages' in workspaces ? workspaces.packages : workspaces;
}

/** `packages/*` and `packages/**`, which is what there is. */
function matches(pattern: string, path: string): boolean {
  const clean = pattern.replace(/^\.\//, '').replace(/\/$/, '');
  if (clean.endsWith('/**')) return path.startsWith(clean.slice(0, -2));
  if (clean.endsWith('/*')) return dirname(path) === clean.slice(0, -2);
  return path === clean;
}

/** A program of a package, such as `prisma`. */
export function hasDependency({ dependencies, devDependencies }: PackageFacts, name: string): boolean {
  return name in dependencies || name in devDependencies;
}
