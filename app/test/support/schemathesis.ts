import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** From PyPI. */
const version = '4.32.5';
const cache = resolve(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', `schemathesis-${version}`);
const installMs = 300_000;
const runMs = 110_000;

/**
 * Installs Schemathesis once, beside the other tools that npm keeps; says why not when it can't. It is made elsewhere and
 * gets its place when it is whole, so that two runs at once don't disturb each other: the first one to finish counts.
 */
export async function reasonWithoutSchemathesis(): Promise<string | undefined> {
  if (existsSync(cache)) {
    return undefined;
  }
  const python = await findPython();
  if (python === undefined) {
    return 'Schemathesis needs Python 3.10 or newer with venv';
  }
  await mkdir(dirname(cache), { recursive: true });
  const made = await mkdtemp(`${cache}-`);
  try {
    await run(python, ['-m', 'venv', made]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `schemathesis==${version}`];
    await run(join(made, 'bin', 'python'), pip, { timeout: installMs });
    await rename(made, cache).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') {
        throw error;
      }
    });
    return undefined;
  } catch (error) {
    return `Schemathesis could not be installed from PyPI: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function findPython(): Promise<string | undefined> {
  const check = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
  for (const python of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const fits = await run(python, ['-c', check]).then(
      () => true,
      () => false,
    );
    if (fits) {
      return python;
    }
  }
  return undefined;
}

interface Outcome {
  readonly exitCode: number;
  /** How many operations it has sent requests to. */
  readonly operations: number;
  readonly report: string;
}

/** Sends what the OpenAPI document at `url` allows, and what it does not, to every operation. The seed makes it repeatable. */
export async function explore(url: string, accessToken: string, exclude: readonly string[]): Promise<Outcome> {
  const args = [
    ...[
      '--config-file',
      join(import.meta.dirname, 'schemathesis.toml'),
      'run',
      url,
      '--header',
      `Authorization: Bearer ${accessToken}`,
      '--checks',
      'all',
    ],
    ...['--phases', 'coverage,fuzzing,stateful', '--max-examples', '20', '--seed', '1', '--no-color'],
    // Keeps its own database of examples; the run would depend on the one before.
    ...['--generation-database', 'none', '--suppress-health-check', 'all'],
    ...exclude.flatMap((operation) => ['--exclude-operation-id', operation]),
  ];
  // Through its Python: the script itself names the folder in which it was installed.
  return run(join(cache, 'bin', 'python'), [join(cache, 'bin', 'schemathesis'), ...args], {
    timeout: runMs,
    maxBuffer: 2 ** 26,
  }).then(
    ({ stdout }) => outcomeOf(0, stdout),
    ({ code, stdout, stderr }) => outcomeOf(Number(code ?? -1), `${stdout}${stderr}`),
  );
}

function outcomeOf(exitCode: number, report: string): Outcome {
  return { exitCode, operations: Number(/^ *Tested: (?<count>\d+)$/m.exec(report)?.groups?.['count'] ?? 0), report };
}
