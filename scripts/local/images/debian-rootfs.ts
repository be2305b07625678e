import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { execa } from 'execa';
import { answerMs, workMs } from '../../messages/tool-deadline.ts';
import { readToolFailure, sayToolFailure } from '../../messages/tool-failure.ts';
import { UserError } from '../../messages/user-error.ts';
import { serviceUserId } from './service-user.ts';

/** A file or folder of this machine that becomes part of the image. */
export interface RootfsCopy {
  readonly from: string;
  /** Absolute path inside the image. */
  readonly to: string;
}

export interface RootfsRecipe {
  /** Debian packages; what they depend on comes with them, what they merely recommend does not. */
  readonly packages: readonly string[];
  readonly copies: readonly RootfsCopy[];
  /** Symbolic links: path inside the image → target. */
  readonly links: Readonly<Record<string, string>>;
  /** Folders that belong to the service user instead of root. */
  readonly ownedFolders: readonly string[];
  /** Whether the image says which packages it was made of, and under which licences, as distroless images do. */
  readonly keepsRecords?: boolean;
}

/**
 * Packages that others depend on for their installation scripts, which never run here: the archives are only unpacked.
 * (dpkg itself, account tools, Perl, service managers.)
 */
const installOnly =
  /^(adduser|debconf|dpkg|init-system-helpers|lsb-base|passwd|perl.*|libperl.*|lib.*-perl|libpam.*|libsemanage.*|libsepol.*|libdb5.*|libgdbm.*|sysvinit-utils|tar|usrmerge|usr-is-merged|libaudit.*|sensible-utils|ucf)$/;

/** The machine's package lists, for images that are built at the same time: apt refuses a second update during the first. */
export class PackageLists {
  #refreshed: Promise<unknown> | undefined;

  /** Fetches them, once, where we may. */
  refresh(): Promise<unknown> {
    this.#refreshed ??= execa('apt-get', ['-qq', 'update'], { reject: false, timeout: workMs });
    return this.#refreshed;
  }
}

/** What an image never reads. */
const unneededPaths = ['doc', 'man', 'info', 'locale', 'lintian', 'bash-completion', 'perl5', 'bug', 'gdb'];

const basicPackages = ['base-files', 'bash', 'coreutils', 'dash', 'grep', 'mawk', 'netbase', 'sed'];

/** Whether this machine can make root file systems out of its distribution's packages. */
export async function hasDebianPackages(): Promise<boolean> {
  const results = await Promise.all(
    ['apt-get', 'dpkg-deb'].map((tool) => execa(tool, ['--version'], { reject: false, timeout: answerMs })),
  );
  return results.every((result) => result.exitCode === 0);
}

/**
 * Makes a root file system from the distribution's own packages, out of its configured mirrors and with its signatures
 * checked by apt, and hands the tar archive's path to `use`; everything temporary is gone afterwards.
 *
 * The archives are unpacked, not installed (what `mmdebstrap --variant=extract` does): no chroot, no root, and about
 * two seconds where debootstrap takes 35 on two cores. See docs/adr/0011-local-base-images.md.
 */
export async function withDebianRootfs<Result>(
  recipe: RootfsRecipe,
  lists: PackageLists,
  use: (archive: string) => Promise<Result>,
): Promise<Result> {
  const work = await mkdtemp(join(tmpdir(), 'stack-rootfs-'));
  try {
    const root = join(work, 'root');
    await layOut(root);
    const archives = await downloadPackages(work, [...basicPackages, ...recipe.packages], lists);
    for (const archive of archives) {
      await unpack(
        archive,
        root,
        recipe.keepsRecords === true ? unneededPaths.filter((path) => path !== 'doc') : unneededPaths,
      );
      if (recipe.keepsRecords === true) await record(archive, root);
    }
    if (recipe.keepsRecords === true) await keepCopyrights(root);
    await settle(root);
    for (const copy of recipe.copies) await copyInto(root, copy);
    for (const [path, target] of Object.entries(recipe.links)) await link(root, path, target);
    return await use(await pack(work, root, recipe.ownedFolders));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Debian's merged /usr: packages that still ship /bin or /lib unpack through these links. */
async function layOut(root: string): Promise<void> {
  for (const folder of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', folder), { recursive: true });
    await symlink(`usr/${folder}`, join(root, folder));
  }
}

async function downloadPackages(work: string, packages: readonly string[], lists: PackageLists): Promise<string[]> {
  const archives = join(work, 'archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  await writeFile(join(work, 'status'), '');
  const wanted = (await knows('usr-is-merged')) ? [...packages, 'usr-is-merged'] : packages;
  const args = aptArguments(work, archives, wanted);
  const first = await execa('apt-get', args, { reject: false, all: true, timeout: workMs });
  if (first.exitCode !== 0) {
    // Package lists are missing or older than the mirror.
    await lists.refresh();
    const second = await execa('apt-get', args, { reject: false, all: true, timeout: workMs });
    if (second.exitCode !== 0) throw downloadFailed(wanted, second.all);
  }
  const { stdout } = await execa('find', [archives, '-maxdepth', '1', '-name', '*.deb'], { timeout: workMs });
  return stdout
    .split('\n')
    .filter((path) => path !== '' && !installOnly.test(packageName(path)))
    .toSorted();
}

function aptArguments(work: string, archives: string, packages: readonly string[]): string[] {
  const options = {
    // An empty status file: resolve as if nothing were installed.
    'Dir::State::status': join(work, 'status'),
    'Dir::Cache::archives': archives,
    'Dir::Cache::pkgcache': join(work, 'pkgcache.bin'),
    'Dir::Cache::srcpkgcache': join(work, 'srcpkgcache.bin'),
    'Debug::NoLocking': '1',
    'APT::Install-Recommends': 'false',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return [...flags, '-qq', '--yes', '--download-only', 'install', ...packages];
}

function downloadFailed(packages: readonly string[], output: string): UserError {
  const failure = readToolFailure(output.split('\n'));
  return new UserError({
    code: 'BASE_IMAGE_PACKAGES',
    message: `The packages for the base images could not be downloaded: ${sayToolFailure(failure)}`,
    rule: `They are ${packages.join(', ')}.`,
    remedy: 'Run `apt-get update` as root, check that the mirrors in /etc/apt answer, and try again.',
    details: failure.block.join('\n'),
  });
}

async function knows(name: string): Promise<boolean> {
  const { stdout } = await execa('apt-cache', ['pkgnames', name], { reject: false, timeout: answerMs });
  return stdout.split('\n').includes(name);
}

function packageName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/_.*$/, '');
}

async function unpack(archive: string, root: string, unneeded: readonly string[]): Promise<void> {
  const excludes = unneeded.map((path) => `--exclude=./usr/share/${path}/*`);
  const tar = ['--extract', '--directory', root, '--keep-directory-symlink', '--no-same-owner', ...excludes];
  await execa('dpkg-deb', ['--fsys-tarfile', archive], {
    encoding: 'buffer',
    maxBuffer: 1 << 30,
    timeout: workMs,
  }).pipe('tar', tar);
}

/** One file for each package, because there is no dpkg that would keep them in one. */
async function record(archive: string, root: string): Promise<void> {
  const folder = join(root, 'var/lib/dpkg/status.d');
  await mkdir(folder, { recursive: true });
  const { stdout } = await execa('dpkg-deb', ['--field', archive], { timeout: answerMs });
  await writeFile(join(folder, packageName(archive)), `${stdout}\n`);
}

async function keepCopyrights(root: string): Promise<void> {
  const others = ['!', '-name', 'copyright', '!', '-type', 'd'];
  // Whole folders can be links to the folder of another package, which has the text.
  const inside = ['-mindepth', '2', ...others, '-delete'];
  await execa('find', [join(root, 'usr/share/doc'), ...inside], { timeout: workMs });
}

/** What the packages' installation scripts would have left behind, as far as a container needs it. */
async function settle(root: string): Promise<void> {
  const id = serviceUserId;
  const files: Record<string, string> = {
    'etc/passwd': `root:x:0:0:root:/root:/bin/bash\nservice:x:${id}:${id}::/nonexistent:/usr/sbin/nologin\nnobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n`,
    'etc/group': `root:x:0:\nservice:x:${id}:\nnogroup:x:65534:\n`,
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  };
  for (const [path, content] of Object.entries(files)) await writeFile(join(root, path), content);
  for (const folder of ['tmp', 'run', 'root', 'dev', 'proc', 'sys', 'var/tmp', 'usr/local/bin']) {
    await mkdir(join(root, folder), { recursive: true, mode: folder.endsWith('tmp') ? 0o1777 : 0o755 });
  }
  await link(root, '/usr/bin/sh', 'dash');
  await link(root, '/usr/bin/awk', 'mawk');
}

async function copyInto(root: string, { from, to }: RootfsCopy): Promise<void> {
  const target = join(root, to);
  await mkdir(dirname(target), { recursive: true });
  await execa('cp', ['--recursive', '--preserve=mode,links', '--no-target-directory', from, target], {
    timeout: workMs,
  });
}

async function link(root: string, path: string, target: string): Promise<void> {
  const absolute = join(root, path);
  await mkdir(dirname(absolute), { recursive: true });
  await rm(absolute, { force: true });
  await symlink(target, absolute);
}

async function pack(work: string, root: string, ownedFolders: readonly string[]): Promise<string> {
  const archive = join(work, 'rootfs.tar');
  const owner = (id: number) => [`--owner=${id}`, `--group=${id}`, '--numeric-owner'];
  await execa('tar', ['--create', '--file', archive, '--directory', root, ...owner(0), '.'], { timeout: workMs });
  for (const folder of ownedFolders) {
    const relative = `.${folder}`;
    await mkdir(join(root, relative), { recursive: true });
    await execa('tar', ['--append', '--file', archive, '--directory', root, ...owner(serviceUserId), relative], {
      timeout: workMs,
    });
  }
  return archive;
}
