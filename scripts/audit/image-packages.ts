import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { execa } from 'execa';
import { answerMs, workMs } from '../messages/tool-deadline.ts';
import { UserError } from '../messages/user-error.ts';
import { type DebianPackage, type Distribution, licencesOf, parseDpkgStatus, parseOsRelease } from './dpkg.ts';

/** What a distribution's package manager has recorded in an image, or why that is not known. */
export type ImagePackages =
  | {
      readonly distribution: Distribution;
      readonly packages: readonly DebianPackage[];
      /** Version of Node, which belongs to no package, where the image's variable NODE_VERSION says it, as the official one does. */
      readonly node?: string;
    }
  | { readonly unknown: string };

/** Debian's own file, and distroless's folder with a file for each package. */
const databases = ['/var/lib/dpkg/status', '/var/lib/dpkg/status.d'] as const;

/**
 * Reads the files out of a container that is created and never started, so nothing of the image runs. What belongs to no
 * package is not among them, except for Node.
 *
 * @param image of this machine's engine. Rejects with `IMAGE_NOT_HERE` where it is not there.
 */
export async function readImagePackages(image: string): Promise<ImagePackages> {
  const docker = (args: readonly string[], timeout = workMs) => execa('docker', args, { timeout, reject: false });
  const looked = await docker(['image', 'inspect', '--format', '{{json .Config.Env}}', image], answerMs);
  if (looked.exitCode !== 0) throw notHere(image, looked.stderr);
  const work = await realpath(await mkdtemp(join(tmpdir(), 'image-packages-')));
  // Never started: an image without a command needs one to be created from.
  const created = await docker(['create', '--network', 'none', image, 'nothing']);
  try {
    if (created.exitCode !== 0) throw notHere(image, created.stderr);
    const copied = async (from: string, to: string) =>
      (await docker(['cp', '--follow-link', `${created.stdout}:${from}`, join(work, to)])).exitCode === 0;
    const found: string[] = [];
    for (const [index, path] of databases.entries()) if (await copied(path, `${index}`)) found.push(`${index}`);
    if (found.length === 0) return { unknown: `it has neither ${databases.join(' nor ')}` };
    const text = (await Promise.all(found.map((name) => textOf(work, name)))).join('\n\n');
    const packages = parseDpkgStatus(text);
    if (packages.length === 0)
      return { unknown: `what it has in ${databases.join(' or ')} names no installed package` };
    if (!(await copied('/etc/os-release', 'os-release'))) return { unknown: 'it has no /etc/os-release' };
    const distribution = parseOsRelease(await textIn(work, 'os-release'));
    if (distribution === undefined) return { unknown: 'its /etc/os-release has no ID' };
    await copied('/usr/share/doc', 'doc');
    const licensed = packages.map(async (one) => ({ ...one, ...(await licenceIn(work, one.name)) }));
    const node = /"NODE_VERSION=([^"]+)"/.exec(looked.stdout)?.[1];
    return { distribution, packages: await Promise.all(licensed), ...(node === undefined ? {} : { node }) };
  } finally {
    if (created.exitCode === 0) await docker(['rm', '--force', created.stdout]);
    await rm(work, { recursive: true, force: true });
  }
}

/** Of a file, or of all files of a folder; distroless puts checksums beside them, which are no stanzas. */
async function textOf(work: string, path: string): Promise<string> {
  const names = await readdir(join(work, path)).catch(() => undefined);
  if (names === undefined) return textIn(work, path);
  const files = names.filter((name) => !name.endsWith('.md5sums')).toSorted();
  return (await Promise.all(files.map((name) => textIn(work, path, name)))).join('\n\n');
}

async function licenceIn(work: string, name: string): Promise<{ readonly licences?: readonly string[] }> {
  const licences = licencesOf(await textIn(work, 'doc', name, 'copyright'));
  return licences === undefined ? {} : { licences };
}

/** The text of a file that was copied; empty where there is none, or where a link of the image leads to this machine's files. */
async function textIn(work: string, ...path: readonly string[]): Promise<string> {
  const file = await realpath(join(work, ...path)).catch(() => '');
  if (!file.startsWith(`${work}${sep}`)) return '';
  return await readFile(file, 'utf8').catch(() => '');
}

function notHere(image: string, said: string): UserError {
  return new UserError({
    code: 'IMAGE_NOT_HERE',
    message: `The image ${image} cannot be read: ${said.trim().split('\n').at(-1) ?? ''}`,
    remedy: 'Build or pull it first; `docker image ls` lists those of this machine.',
  });
}
