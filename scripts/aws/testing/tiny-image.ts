import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';

/**
 * Stands for the app's image, a shell instead of Node: pulled and started as an image is, in milliseconds. What its
 * processes do comes from the app's folder: `app/behaviour` has `migrate=<exit code>` and `main=run` or an exit code.
 */
const node = `#!/bin/sh
. /behaviour
case "$1" in
  dist/migrate.js) echo "migrations ended with $migrate"; exit "$migrate" ;;
esac
echo "starting $1"
[ "$main" = run ] || { echo "cannot start: DATABASE_HOST is wrong"; exit "$main"; }
trap 'exit 0' TERM
while :; do sleep 1 & wait $!; done
`;

const programs = ['/bin/sh', '/bin/sleep'];

/** Builds it, pushes it, and returns its reference by digest. */
export async function buildImage(imageName: string, context: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tiny-image-'));
  try {
    for (const program of programs) await copyProgram(program, directory);
    await mkdir(join(directory, 'usr', 'bin'), { recursive: true });
    await writeFile(join(directory, 'usr', 'bin', 'node'), node, { mode: 0o755 });
    const behaviour = await readFile(resolve(context, 'app', 'behaviour'), 'utf8').catch(() => 'migrate=0\nmain=run\n');
    // The name makes two images of equal behaviour differ, as two releases do.
    await writeFile(join(directory, 'behaviour'), `# ${imageName}\n${behaviour}`);
    const tar = join(directory, 'image.tar');
    await execa('tar', ['--create', '--file', tar, '--exclude', 'image.tar', '--directory', directory, '.']);
    await execa('docker', ['import', '--change', 'ENV PATH=/bin:/usr/bin', tar, imageName]);
    await execa('docker', ['push', '--quiet', imageName]);
    const { stdout } = await execa('docker', ['image', 'inspect', '--format', '{{index .RepoDigests 0}}', imageName]);
    return stdout.trim();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A program of this machine with the libraries that it is linked to. */
async function copyProgram(program: string, directory: string): Promise<void> {
  const { stdout } = await execa('ldd', [program], { reject: false });
  const libraries = stdout.match(/\/\S+/g) ?? [];
  for (const file of [program, ...libraries]) {
    await mkdir(join(directory, dirname(file)), { recursive: true });
    await cp(file, join(directory, file), { dereference: true });
  }
}
