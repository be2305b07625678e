import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { waitForLock } from '../local/state/lock.ts';
import { userErrorOf } from '../messages/known-error.ts';
import { answerMs } from '../messages/tool-deadline.ts';

const cache = resolve(import.meta.dirname, '..', '..', 'node_modules', '.cache');
const installSeconds = 300;
/** Installs in seconds what takes pip a minute, since it downloads and unpacks in parallel. */
const uv = 'uv==0.13.9';

export interface PythonPackages {
  /** Folder below node_modules/.cache. Contains the versions, so that other ones are installed beside it. */
  readonly folder: string;
  /** As for `pip install`: requirements, or `--requirement` with a file. */
  readonly arguments: readonly string[];
  readonly installer: 'pip' | 'uv';
}

/** Folder of the executables, or why there are none. */
export type Installed = { readonly bin: string } | { readonly missing: string };

/**
 * Installs Python packages into a virtual environment of their own, beside the other tools that npm keeps. Once per
 * checkout: test runs that need it at the same time wait for the first.
 */
export async function installPackages(packages: PythonPackages): Promise<Installed> {
  const place = join(cache, packages.folder);
  const installed = { bin: join(place, 'bin') };
  if (existsSync(join(place, 'installed'))) return installed;
  const python = await findPython();
  if (python === undefined) return { missing: 'it needs Python 3.10 or newer with venv' };
  await mkdir(cache, { recursive: true });
  const lock = await waitForLock(
    `${place}.lock`,
    `The installation of ${packages.folder}`,
    'install',
    2 * installSeconds,
  );
  try {
    if (!existsSync(join(place, 'installed'))) await install(python, place, packages);
    return installed;
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    return { missing: `its packages could not be installed from PyPI: ${reasonOf(error)}` };
  } finally {
    await lock.release();
  }
}

async function install(python: string, place: string, packages: PythonPackages): Promise<void> {
  // A virtual environment knows its own path, so it is made in its place; the marker says that it is whole.
  await rm(place, { recursive: true, force: true });
  const timeout = { timeout: installSeconds * 1000 };
  await execa(python, ['-m', 'venv', place], timeout);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  const own = join(place, 'bin', 'python');
  if (packages.installer === 'pip' || !(await installWithUv(place, packages, pip))) {
    await execa(own, [...pip, ...packages.arguments], timeout);
  }
  await writeFile(join(place, 'installing'), '');
  await rename(join(place, 'installing'), join(place, 'installed'));
}

/** Whether it worked. It reads no configuration of pip, such as the address of a mirror. */
async function installWithUv(place: string, packages: PythonPackages, pip: readonly string[]): Promise<boolean> {
  const [python, executable] = ['python', 'uv'].map((name) => join(place, 'bin', name));
  const options = { reject: false, timeout: installSeconds * 1000 } as const;
  const { failed } = await execa(String(python), [...pip, uv], options);
  if (failed) return false;
  const args = ['pip', 'install', '--quiet', '--no-config', '--python', String(python), ...packages.arguments];
  return !(await execa(String(executable), args, options)).failed;
}

function reasonOf(error: unknown): string {
  return userErrorOf(error)?.message ?? String(error);
}

async function findPython(): Promise<string | undefined> {
  for (const python of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const check = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
    const { failed } = await execa(python, ['-c', check], { reject: false, timeout: answerMs });
    if (!failed) return python;
  }
  return undefined;
}
