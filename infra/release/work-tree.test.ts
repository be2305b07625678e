import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReleaseSourceError, readReleaseSource } from './work-tree.ts';

let project: string;

function write(file: string, content: string): void {
  const path = join(project, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', ['-C', project, ...identity, ...args], { encoding: 'utf8' }).trim();
}

function commit(message: string): string {
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
  return git('rev-parse', 'HEAD');
}

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'release-source-'));
  write('.dockerignore', '*\n!package-lock.json\n!app\napp/dist\napp/**/*.test.ts\n');
  write('package-lock.json', '{}');
  write('README.md', 'read me');
  write('app/package.json', '{"version": "1.2.3"}');
  write('app/src/main.ts', 'main');
  write('app/src/main.test.ts', 'test');
  write('app/migrations/20261121T0900-create-todos.expand.ts', 'create');
  write('app/migrations/20261122T0900-drop-notes.contract.ts', 'drop');
});

afterEach(() => rmSync(project, { recursive: true }));

describe('the version', () => {
  it('is the app’s, and a hash of its content', () => {
    expect(readReleaseSource(project, 'app').version).toMatch(/^1\.2\.3-[0-9a-f]{12}$/);
  });

  it.each([
    ['a source file', 'app/src/main.ts'],
    ['the lock file', 'package-lock.json'],
    ['a new file', 'app/src/new.ts'],
    ['a migration', 'app/migrations/20261123T0900-add-index.expand.ts'],
  ])('changes with %s', (_what, file) => {
    const before = readReleaseSource(project, 'app').version;
    write(file, 'changed');

    expect(readReleaseSource(project, 'app').version).not.toBe(before);
  });

  it.each([
    ['a test', 'app/src/main.test.ts'],
    ['the build', 'app/dist/main.js'],
    ['what is not the app', 'README.md'],
  ])('does not change with %s', (_what, file) => {
    const before = readReleaseSource(project, 'app').version;
    write(file, 'changed');

    expect(readReleaseSource(project, 'app').version).toBe(before);
  });

  it('tells a renamed file from its content', () => {
    const before = readReleaseSource(project, 'app').version;
    rmSync(join(project, 'app/src/main.ts'));
    write('app/src/start.ts', 'main');

    expect(readReleaseSource(project, 'app').version).not.toBe(before);
  });

  it('says nothing about modes, which are told apart beside it', () => {
    const before = readReleaseSource(project, 'app');
    chmodSync(join(project, 'app/src/main.ts'), 0o600);
    const after = readReleaseSource(project, 'app');

    expect(after.version).toBe(before.version);
    expect(after.fileModes).not.toBe(before.fileModes);
  });

  it('needs the app’s version', () => {
    write('app/package.json', '{}');

    expect(() => readReleaseSource(project, 'app')).toThrow(
      new ReleaseSourceError('app/package.json has no version such as 1.2.3.'),
    );
  });
});

describe('the migrations', () => {
  it('are read from the names of their files, in order', () => {
    expect(readReleaseSource(project, 'app').migrations).toEqual([
      { name: '20261121T0900-create-todos', kind: 'expand' },
      { name: '20261122T0900-drop-notes', kind: 'contract' },
    ]);
  });

  it.each([
    'create-todos.ts',
    '20261121T0900-create-todos.ts',
    '20261121T0900-create-todos.both.ts',
    '20261121T0900_create.expand.ts',
  ])('refuse a file named %s', (file) => {
    write(`app/migrations/${file}`, 'x');

    expect(() => readReleaseSource(project, 'app')).toThrow(
      `app/migrations/${file} is not named like a migration: <yyyymmddThhmm>-<what it does>.<expand|contract>.ts, such as 20261121T0900-create-todos.expand.ts.`,
    );
  });
});

describe('the commit', () => {
  it('is unknown without git', () => {
    expect(readReleaseSource(project, 'app').commit).toBe('unknown');
  });

  it('is the last one that touched the content', () => {
    git('init', '--quiet');
    const first = commit('Add the app');
    write('README.md', 'changed');
    write('app/src/main.test.ts', 'changed');
    commit('Change what is not in the image');

    expect(readReleaseSource(project, 'app').commit).toBe(first);
  });

  it('is the one that removed a file from it', () => {
    git('init', '--quiet');
    commit('Add the app');
    rmSync(join(project, 'app/src/main.ts'));
    const second = commit('Remove a file');

    expect(readReleaseSource(project, 'app').commit).toBe(second);
  });

  it('is marked when the content differs from it', () => {
    git('init', '--quiet');
    const first = commit('Add the app');
    write('app/src/new.ts', 'new');

    expect(readReleaseSource(project, 'app').commit).toBe(`${first}-dirty`);
  });

  it('is not marked for what is not in the image', () => {
    git('init', '--quiet');
    const first = commit('Add the app');
    write('README.md', 'changed');
    write('app/dist/main.js', 'built');

    expect(readReleaseSource(project, 'app').commit).toBe(first);
  });
});

describe('an app that stands alone', () => {
  beforeEach(() => {
    write('other/.dockerignore', 'node_modules\n*.md\n');
    write('other/package.json', '{"version": "3.0.0"}');
    write('other/server.js', 'serve');
    write('other/migrations/20261201T0900-create-orders.expand.ts', 'create');
  });

  it('is the whole context of its build: nothing else changes its version', () => {
    const before = readReleaseSource(project, 'other');
    write('package-lock.json', 'changed');
    write('app/src/main.ts', 'changed');
    write('other/README.md', 'changed');

    expect(before).toMatchObject({
      context: 'other',
      version: expect.stringMatching(/^3\.0\.0-[0-9a-f]{12}$/),
      migrations: [{ name: '20261201T0900-create-orders', kind: 'expand' }],
    });
    expect(readReleaseSource(project, 'other')).toEqual(before);
  });

  it('has a commit of its own', () => {
    git('init', '--quiet');
    const first = commit('Both');
    write('app/src/main.ts', 'changed');
    commit('Only the first');

    expect(readReleaseSource(project, 'other').commit).toBe(first);
    write('other/server.js', 'changed');
    expect(readReleaseSource(project, 'other').commit).toBe(`${first}-dirty`);
  });
});
