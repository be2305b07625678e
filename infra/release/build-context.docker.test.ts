import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, inspectEngine, requireReady } from '../../scripts/local/engine/engine.ts';
import { hashBuildContext, listBuildContext } from './build-context.ts';
import { parseDockerIgnore } from './docker-ignore.ts';

const names = ['a', 'ab', 'a.md', 'guide.md', '.md', 'x+y', '(g)', 'br[1]', 'é', 'a^b', 'k$'];
const directories = ['a', 'a/b', 'src/a/b', 'node_modules/x', 'br[1]', '(g)/ab', 'x+y/src'];

/** Each is a file of its own: what comes first in a pattern is read in a way of its own. */
const files = [
  '**.md',
  '**/*.md\n!**/guide.md',
  '**/a\n!a/b/a.md',
  '*\n!a/b/**',
  '**\n!br\\[1\\]\n!**/é',
  'a\n!a/*',
  'x+y\n(g)\nk$\na^b',
  './src/../br\\[1\\]/\n/node_modules/',
  '\uFEFFa.md\r\n# é\n  x+y  ',
];

/** A sequence that is the same in each run: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function generator(seed: number) {
  let state = BigInt(seed);
  return (below: number) => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    return Number((state >> 33n) % BigInt(below));
  };
}

const pieces = [
  ...names.filter((name) => name !== 'br[1]'),
  '*',
  '**',
  '?',
  '*.md',
  '**.md',
  'a*',
  '*b',
  '[ab]',
  '[^a]',
  'br\\[1\\]',
  '..',
  'a**',
  '**a',
];

function patternsFor(folder: string, random: (below: number) => number): readonly string[] {
  return Array.from({ length: 1 + random(3) }, () => {
    const parts = Array.from({ length: 1 + random(3) }, () => pieces[random(pieces.length)]);
    return `${random(3) === 0 ? '!' : ''}${folder}/${parts.join('/')}`;
  });
}

it('hashes a file that is larger than Node reads at once', () => {
  const root = mkdtempSync(join(tmpdir(), 'large-'));
  writeFileSync(join(root, 'large'), '');
  truncateSync(join(root, 'large'), 2 ** 31 + 1);
  const entries = listBuildContext(root, parseDockerIgnore(''));
  expect(hashBuildContext(root, entries, undefined)).toMatch(/^[0-9a-f]{64}$/);
  rmSync(root, { recursive: true });
});

describe('the build context is what BuildKit gets', () => {
  let engine: Engine;
  let root: string;

  beforeAll(async () => {
    engine = requireReady(await inspectEngine({ executable: process.env['STACK_DOCKER'] }));
    root = mkdtempSync(join(tmpdir(), 'context-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const write = (path: string, content = path) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };

  /** A context of its own, and what the engine's BuildKit copies of it into an image. */
  async function compare(ignore: string) {
    write('Dockerfile', 'FROM scratch\nCOPY . /\n');
    write('.dockerignore', ignore);
    const out = mkdtempSync(join(tmpdir(), 'context-out-'));
    const build = engine.builder === 'buildx' ? ['buildx', 'build'] : ['build'];
    await execa(engine.docker.executable, [...build, '--quiet', '--output', `type=local,dest=${out}`, root], {
      env: { DOCKER_BUILDKIT: '1' },
    });
    const ours = listBuildContext(root, parseDockerIgnore(ignore, [engine.builder]));
    const theirs = readBack(out);
    rmSync(out, { recursive: true });
    return { ours: ours.map(render), theirs };
  }

  it.each(files)('for %j', async (ignore) => {
    for (const directory of [...directories, '.']) for (const name of names) tryWrite(join(directory, name));
    const { ours, theirs } = await compare(`${ignore}\n!Dockerfile`);
    expect(ours).toEqual(theirs);
  });

  it.each([1, 2])('for forty generated files in one (%i)', async (seed) => {
    const random = generator(seed);
    const folders = Array.from({ length: 40 }, (_, index) => `case${index}`);
    for (const folder of folders) {
      for (const name of names)
        for (const directory of ['a', 'src/a/b', 'br[1]']) tryWrite(join(folder, directory, name));
    }
    const { ours, theirs } = await compare(folders.flatMap((folder) => patternsFor(folder, random)).join('\n'));
    expect(ours).toEqual(theirs);
  });

  it('with links as links, modes and empty directories', async () => {
    write('run.sh');
    await execa('chmod', ['750', 'run.sh'], { cwd: root });
    mkdirSync(join(root, 'empty'));
    symlinkSync('run.sh', join(root, 'link'));
    symlinkSync('nowhere', join(root, 'dangling'));
    const { ours, theirs } = await compare('case*\n');
    expect(ours).toEqual(theirs);
    expect(ours).toEqual(
      expect.arrayContaining([
        'directory empty 755',
        'file run.sh 750',
        'link link -> run.sh',
        'link dangling -> nowhere',
      ]),
    );
  });

  it('with the ignore file beside the Dockerfile before that of the context', async () => {
    write('Dockerfile.dockerignore', 'run.sh\n');
    const { theirs } = await compare('link\n');
    expect(theirs).toContain('link link -> run.sh');
    expect(theirs.join()).not.toContain('file run.sh');
    rmSync(join(root, 'Dockerfile.dockerignore'));
  });

  /** Some names are directories in one place and files in another. */
  function tryWrite(path: string): void {
    const found = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (found === undefined) write(path);
  }
});

function render({ path, kind, mode, target }: ReturnType<typeof listBuildContext>[number]): string {
  return kind === 'link' ? `link ${path} -> ${target}` : `${kind} ${path} ${mode.toString(8)}`;
}

function readBack(root: string, directory = ''): readonly string[] {
  const paths = readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' }).toSorted((a, b) =>
    a < b ? -1 : 1,
  );
  return paths.map((path) => {
    const stats = lstatSync(join(root, path));
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isSymbolicLink()) return `link ${path} -> ${readlinkSync(join(root, path))}`;
    return `${stats.isDirectory() ? 'directory' : 'file'} ${path} ${mode}`;
  });
}
