import { describe, expect, it } from 'vitest';
import { type Builder, DockerIgnoreError, type Position, parseDockerIgnore, sends } from './docker-ignore.ts';

/** What of some files and their directories is got, in the order of the tree. */
function got(text: string, files: readonly string[], readers?: readonly Builder[]): readonly string[] {
  const names = (directory: string) => [
    ...new Set(
      files.filter((file) => file.startsWith(directory)).map((file) => file.slice(directory.length).split('/')[0]),
    ),
  ];
  const walk = (directory: string, position: Position): readonly string[] =>
    names(directory).flatMap((name) => {
      const path = `${directory}${name}`;
      const isDirectory = files.some((file) => file.startsWith(`${path}/`));
      const { sent, inside } = position.enter(path, isDirectory);
      const below = inside === undefined ? [] : walk(`${path}/`, inside);
      return isDirectory ? below : sent ? [path] : [];
    });
  return walk('', parseDockerIgnore(text, readers));
}

const excluded = (text: string, files: readonly string[], reader: Builder) => {
  const left = got(text, files, [reader]);
  return files.filter((file) => !left.includes(file));
};

describe('.dockerignore', () => {
  // Recorded from moby/patternmatcher v0.6 with fsutil, and from Docker 20.10: what each excludes.
  const files = [
    '.md',
    'a+b',
    'a.md',
    'aab',
    'br[1]/x',
    'br1',
    'docs/.md',
    'docs/a.md',
    'docs/keep.md',
    'src/a/b/c.ts',
  ];
  it.each<[pattern: string, buildx: readonly string[], bundled: readonly string[]]>([
    ['*.md', ['.md', 'a.md'], ['.md', 'a.md']],
    [
      '**/*.md',
      ['.md', 'a.md', 'docs/.md', 'docs/a.md', 'docs/keep.md'],
      ['.md', 'a.md', 'docs/.md', 'docs/a.md', 'docs/keep.md'],
    ],
    ['**.md', ['.md', 'a.md', 'docs/.md', 'docs/a.md', 'docs/keep.md'], ['.md', 'docs/.md']],
    ['br\\[1\\]', ['br[1]/x'], ['br[1]/x']],
    ['br[1]', ['br1'], ['br1']],
    ['a+b', ['a+b'], ['aab']],
    ['a\\+b', ['a+b'], ['a+b']],
    ['/docs/', ['docs/.md', 'docs/a.md', 'docs/keep.md'], ['docs/.md', 'docs/a.md', 'docs/keep.md']],
    ['./docs/../src', ['src/a/b/c.ts'], ['src/a/b/c.ts']],
    ['docs\n!docs/keep.md', ['docs/.md', 'docs/a.md'], ['docs/.md', 'docs/a.md']],
    ['docs\n!**/keep.md', ['docs/.md', 'docs/a.md'], ['docs/.md', 'docs/a.md', 'docs/keep.md']],
    ['**/b', ['src/a/b/c.ts'], ['src/a/b/c.ts']],
    ['src/?', ['src/a/b/c.ts'], ['src/a/b/c.ts']],
    ['[a-c]*', ['a+b', 'a.md', 'aab', 'br[1]/x', 'br1'], ['a+b', 'a.md', 'aab', 'br[1]/x', 'br1']],
    ['[^a].md', [], []],
    ['# *\n  \n', [], []],
    [' # *', [], []],
    ['\uFEFFa.md\r\n', ['a.md'], ['a.md']],
    ['.', [], []],
    ['..', [], []],
  ])('%j excludes %j in Docker 23 and later, %j before', (pattern, buildx, bundled) => {
    expect(excluded(pattern, files, 'buildx')).toEqual(buildx);
    expect(excluded(pattern, files, 'bundled')).toEqual(bundled);
  });

  it('excludes only what every Docker excludes', () => {
    expect(got('**.md', files)).toEqual([
      'a+b',
      'a.md',
      'aab',
      'br[1]/x',
      'br1',
      'docs/a.md',
      'docs/keep.md',
      'src/a/b/c.ts',
    ]);
    expect(got('docs\n!**/keep.md', files)).toContain('docs/keep.md');
  });

  it.each([
    ['a\n!', 'line 2, !: nothing follows the !'],
    ['a\\', 'line 1, a\\: nothing follows the \\'],
    ['[a', 'line 1, [a: Docker refuses this character class'],
    ['[]', 'Docker refuses this character class'],
    ['[^]', 'Docker refuses this character class'],
    ['[^-a]', 'Docker refuses this character class'],
    ['[c-a]', 'Docker refuses this character class'],
    ['[[:alpha:]]', 'Docker refuses this character class'],
    ['[*]', 'Docker refuses this character class'],
    ['\\d', 'Docker reads \\d as a regular expression does'],
  ])('%j is refused', (text, message) => {
    expect(() => parseDockerIgnore(text)).toThrow(DockerIgnoreError);
    expect(() => parseDockerIgnore(text)).toThrow(message);
  });

  it('knows whether a file that is not there would be got', () => {
    const isSent = sends(parseDockerIgnore('*\n!app\napp/dist\n**/*.test.ts\n'));
    expect(['app/src/new.ts', 'app/dist/main.js', 'app/src/new.test.ts', 'README.md'].map(isSent)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
