import { access } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { plainLines, readToolFailure, sayToolFailure, type ToolFailure } from '../messages/tool-failure.ts';
import { UserError } from '../messages/user-error.ts';
import type { SmokeTest } from './flow.ts';

/**
 * Loads the app's own smoke test: a module that exports
 * `smoke({ baseUrl, fetch, signal }): Promise<void>`.
 * @param path from the project's directory: the setting `smokeTest`
 */
export async function loadSmokeTest(projectDirectory: string, path: string): Promise<SmokeTest> {
  const module = await load(projectDirectory, path);
  if (!exportsSmoke(module)) {
    throw new UserError({ code: 'SMOKE_TEST_MISSING', message: `${path} exports no function \`smoke\`.`, remedy });
  }
  const { smoke } = module;
  return (access) => smoke(access).catch((error: unknown) => throwWithPlace(error, projectDirectory));
}

/** Entries that somebody keeps in the app through its public API, so that a drill can read back what was acknowledged. */
export interface Journal {
  /** A request that reads what is written here, which the load of a drill repeats. */
  readonly reads: { readonly path: string; readonly headers: Readonly<Record<string, string>> };
  /** One write of one entry, never repeated. Resolves when the app has acknowledged it, rejects otherwise. */
  write(entry: string, signal: AbortSignal): Promise<void>;
  /** All entries, each as often as it is there. */
  read(signal: AbortSignal): Promise<readonly string[]>;
  /** Leaves nothing behind. */
  close(signal: AbortSignal): Promise<void>;
}

/** What the module of the smoke test may export as `openJournal`. */
export type OpenJournal = (access: Parameters<SmokeTest>[0]) => Promise<Journal>;

/** `undefined`: the app's smoke test can keep none. */
export async function loadJournal(projectDirectory: string, path: string): Promise<OpenJournal | undefined> {
  const module = await load(projectDirectory, path);
  if (typeof module !== 'object' || module === null) return undefined;
  const open: unknown = Reflect.get(module, 'openJournal');
  return typeof open === 'function' ? (access) => open(access) : undefined;
}

/** Statements of SQL that give the processes in the background something to do, for drills. */
export interface JobStatements {
  /** A job that has been due for so many seconds, and is done as soon as a worker gets it. */
  due(seconds: number): string;
  /** A job that no attempt can do. */
  readonly hopeless: string;
}

/** What the module of the smoke test exports as `jobs`; `undefined`: the app keeps no jobs in its database. */
export async function loadJobs(projectDirectory: string, path: string): Promise<JobStatements | undefined> {
  const module = await load(projectDirectory, path);
  const jobs: unknown = typeof module === 'object' && module !== null ? Reflect.get(module, 'jobs') : undefined;
  return isJobs(jobs) ? jobs : undefined;
}

function isJobs(jobs: unknown): jobs is JobStatements {
  const { due, hopeless } = Object(jobs);
  return typeof due === 'function' && typeof hopeless === 'string';
}

const remedy = 'Set `smokeTest` to a module that exports `smoke({ baseUrl, fetch, signal })`.';

async function load(projectDirectory: string, path: string): Promise<unknown> {
  const file = resolve(projectDirectory, path);
  const missing = await access(file).then(
    () => false,
    () => true,
  );
  if (missing) throw new UserError({ code: 'SMOKE_TEST_MISSING', message: `There is no smoke test ${path}.`, remedy });
  return await import(pathToFileURL(file).href).catch((error: unknown) => {
    const failure = readToolFailure(stackOf(error));
    throw new UserError({
      code: 'SMOKE_TEST_BROKEN',
      message: `The smoke test ${path} cannot be loaded: ${sayToolFailure(withinProject(failure, projectDirectory))}`,
      remedy: 'Fix it and run the command again.',
      details: failure.block.join('\n'),
      cause: error,
    });
  });
}

/**
 * A mistake of the smoke test itself, such as a TypeError, with its file and line: a report of the verification has no
 * stack. What it throws as an Error is written to be read.
 */
function throwWithPlace(error: unknown, projectDirectory: string): never {
  if (!(error instanceof Error) || error.name === 'Error' || error.name === 'AbortError') throw error;
  const { place } = withinProject(readToolFailure(stackOf(error)), projectDirectory);
  if (place === undefined) throw error;
  throw new Error(`${error.message} (${place})`, { cause: error });
}

function withinProject(failure: ToolFailure, projectDirectory: string): ToolFailure {
  const { place } = failure;
  if (place === undefined || !isAbsolute(place)) return failure;
  return { ...failure, place: relative(projectDirectory, place) };
}

function stackOf(error: unknown): readonly string[] {
  return plainLines(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function exportsSmoke(module: unknown): module is { readonly smoke: SmokeTest } {
  return typeof module === 'object' && module !== null && 'smoke' in module && typeof module.smoke === 'function';
}
