import { describe, expect, it } from 'vitest';
import { parseDockerIgnore } from './docker-ignore.ts';

const whitelist = parseDockerIgnore(`
# What the image is built from.
*
!package.json
!app
app/dist
app/src/**/*.test.ts
**/*.log
`);

describe('.dockerignore', () => {
  it.each([
    ['package.json', false],
    ['app/package.json', false],
    ['app/src/main.ts', false],
    ['app/src/todos/todo.ts', false],
    ['README.md', true],
    ['infra/index.ts', true],
    ['app/dist', true],
    ['app/dist/main.js', true],
    ['app/dist-notes.md', false],
    ['app/src/env/env.test.ts', true],
    ['app/src/todos/todo.test.ts', true],
    ['app/src/xtest.ts', false],
    ['app/debug.log', true],
    ['app/package.json/x', false],
  ])('%s is kept from Docker: %s', (path, excluded) => {
    expect(whitelist.excludes(path)).toBe(excluded);
  });

  it('lets the last matching line decide', () => {
    const ignore = parseDockerIgnore('docs\n!docs/keep.md\ndocs/keep.md\n');

    expect(ignore.excludes('docs/keep.md')).toBe(true);
  });

  it('knows which directories need not be read', () => {
    expect(whitelist.excludesAllOf('node_modules')).toBe(true);
    expect(whitelist.excludesAllOf('app/dist')).toBe(true);
    expect(whitelist.excludesAllOf('app')).toBe(false);
    expect(parseDockerIgnore('docs\n!docs/keep.md').excludesAllOf('docs')).toBe(false);
    expect(parseDockerIgnore('docs\n!docs/*.md').excludesAllOf('docs')).toBe(false);
    expect(parseDockerIgnore('docs\n!**/keep.md').excludesAllOf('docs')).toBe(false);
  });

  it('takes special characters of regular expressions for themselves', () => {
    expect(parseDockerIgnore('a+b(c).ts').excludes('a+b(c).ts')).toBe(true);
    expect(parseDockerIgnore('a.ts').excludes('axts')).toBe(false);
  });

  it('excludes nothing when it is empty', () => {
    expect(parseDockerIgnore('\n# nothing\n').excludes('anything')).toBe(false);
  });
});
