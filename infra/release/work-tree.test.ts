import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReleaseSourceError } from './release-source-error.ts';
import { readReleaseSource as read } from './work-tree.ts';

const readReleaseSource = (projectDirectory: string, appDirectory: string) =>
  read(projectDirectory, appDirectory, { tool: 'stack', folder: 'migrations' });

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

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(project, { recursive: true });
});

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

  it('tells apart what a build sees of permissions, and not what two umasks leave different', () => {
    const version = () => readReleaseSource(project, 'app').version;
    const main = join(project, 'app/src/main.ts');
    const before = readReleaseSource(project, 'app');
    chmodSync(main, 0o664);
    chmodSync(join(project, 'app/src'), 0o2775);
    expect(version()).toBe(before.version);
    expect(readReleaseSource(project, 'app').fileModes).not.toBe(before.fileModes);
    chmodSync(main, 0o600);
    expect(version()).not.toBe(before.version);
    chmodSync(main, 0o755);
    expect(version()).not.toBe(before.version);
  });

  it('takes a link as a link: its target counts, not what is there', () => {
    symlinkSync('../../README.md', join(project, 'app/src/read-me'));
    const before = readReleaseSource(project, 'app').version;
    write('README.md', 'changed');
    expect(readReleaseSource(project, 'app').version).toBe(before);
    rmSync(join(project, 'app/src/read-me'));
    symlinkSync('nowhere', join(project, 'app/src/read-me'));
    expect(readReleaseSource(project, 'app').version).not.toBe(before);
  });

  it('leaves out what is neither a file, a link nor a directory, and never opens it', async () => {
    const before = readReleaseSource(project, 'app');
    execFileSync('mkfifo', [join(project, 'app/src/pipe')]);
    const socket = createServer().listen(join(project, 'app/src/socket'));
    await once(socket, 'listening');
    expect(readReleaseSource(project, 'app')).toEqual(before);
    socket.close();
  });

  it('counts a directory that a build gets empty', () => {
    const before = readReleaseSource(project, 'app').version;
    mkdirSync(join(project, 'app/uploads'));
    expect(readReleaseSource(project, 'app').version).not.toBe(before);
  });

  it('changes with a Dockerfile that .dockerignore names: BuildKit gets it all the same', () => {
    write('.dockerignore', '*\n!app\napp/Dockerfile\n');
    write('app/Dockerfile', 'FROM scratch\n');
    const before = readReleaseSource(project, 'app').version;
    write('app/Dockerfile', 'FROM scratch\nCOPY . /\n');
    expect(readReleaseSource(project, 'app').version).not.toBe(before);
  });

  it('is of what Dockerfile.dockerignore leaves, where there is one beside the Dockerfile', () => {
    write('app/Dockerfile.dockerignore', '*\n!app\n**/*.md\n');
    const before = readReleaseSource(project, 'app').version;
    write('package-lock.json', 'changed');
    write('app/guide.md', 'changed');
    expect(readReleaseSource(project, 'app').version).toBe(before);
    write('app/src/main.test.ts', 'changed');
    expect(readReleaseSource(project, 'app').version).not.toBe(before);
  });

  it('changes with what only some versions of Docker leave out', () => {
    write('.dockerignore', '*\n!app\n**.md\n');
    write('app/guide.md', 'one');
    const before = readReleaseSource(project, 'app');
    expect(before.remarks.at(-1)).toBe(
      'Docker before 23 and later versions read a pattern of the ignore file differently (**.md is such a one, **/*.md is not), so not each of them builds with app/guide.md.',
    );
    write('app/guide.md', 'two');
    expect(readReleaseSource(project, 'app').version).not.toBe(before.version);
  });

  it('names the line of an ignore file that Docker refuses', () => {
    write('.dockerignore', 'node_modules\n[a-\n');
    expect(() => readReleaseSource(project, 'app')).toThrow(
      /^\.dockerignore, line 2, \[a-: Docker refuses this character class/,
    );
  });

  it.each(['app/', './app', 'app/.', 'app/../app', 'app//'])('is that of app where appDirectory is %s', (written) => {
    expect(readReleaseSource(project, written)).toEqual(readReleaseSource(project, 'app'));
  });

  it('is that of app where appDirectory is absolute', () => {
    expect(readReleaseSource(project, join(project, 'app'))).toEqual(readReleaseSource(project, 'app'));
  });

  it('needs a context of its own for an app outside of the project', () => {
    mkdirSync(join(project, 'infra'));
    expect(() => readReleaseSource(join(project, 'infra'), '../app')).toThrow(
      "../app is outside of the project, so it cannot share the project's build context",
    );
    write('app/.dockerignore', '');
    expect(readReleaseSource(join(project, 'infra'), '../app/')).toMatchObject({
      context: '../app',
      dockerfile: '../app/Dockerfile',
      migrations: [{ kind: 'expand' }, { kind: 'contract' }],
    });
  });

  it('does not change with what git and this CLI write, and says that a build gets it', () => {
    write('.dockerignore', 'app/dist\n');
    git('init', '--quiet');
    const before = readReleaseSource(project, 'app');
    write('.git/x', 'changed');
    write('.stack/x', 'changed');
    expect(readReleaseSource(project, 'app').version).toBe(before.version);
    expect(readReleaseSource(project, 'app').remarks).toEqual(
      expect.arrayContaining([
        '.git is in the build context: what a build takes from it is not part of the version. Add .git to .dockerignore.',
        '.stack is in the build context: what a build takes from it is not part of the version. Add .stack to .dockerignore.',
      ]),
    );
  });

  it.each([
    ['{}', '0.0.0-'],
    ['{"version": "1.4.0-rc.1"}', '1.4.0-rc.1-'],
    ['{"version": "1.4.0+build.5"}', '1.4.0-'],
  ])('with the package.json %s is %s…', (text, start) => {
    write('app/package.json', text);

    expect(readReleaseSource(project, 'app').version.slice(0, -12)).toBe(start);
  });

  it.each(['next', '1.2', 'v1.2.3', '1.2.3-rc 1'])('cannot be %s', (version) => {
    write('app/package.json', JSON.stringify({ version }));

    expect(() => readReleaseSource(project, 'app')).toThrow(
      new ReleaseSourceError(
        `The version in app/package.json is ${JSON.stringify(version)}: it must be one such as 1.2.3 or 1.2.3-rc.1, or left out.`,
      ),
    );
  });
});

describe('a build of the manifest’s', () => {
  const none = 'none' as const;
  const versionOf = (build: Parameters<typeof read>[3]) => read(project, 'app', none, build).version;

  it('has a version of its own for each stage and argument, in any order', () => {
    const plain = versionOf({});
    const all = [
      versionOf({ target: 'runtime' }),
      versionOf({ target: 'debug' }),
      versionOf({ args: { A: 'x' } }),
      versionOf({ args: { A: 'y' } }),
    ];

    expect(new Set([plain, ...all]).size).toBe(5);
    expect(versionOf({ args: { A: 'x', B: 'y' } })).toBe(versionOf({ args: { B: 'y', A: 'x' } }));
    expect(read(project, 'app', none).version).toBe(plain);
  });

  it('of a package in a monorepo hashes and sends the whole of it, less its ignore file and what the CLI writes', () => {
    write('mono/.dockerignore', 'docs\n');
    write('mono/packages/api/package.json', '{"version": "3.0.0"}');
    write('mono/packages/api/Dockerfile.prod', 'FROM scratch');
    write('mono/packages/api/prisma/migrations/20260101_init/migration.sql', 'SELECT 1');
    write('mono/packages/lib/index.js', 'one');
    write('mono/deploy/Pulumi.yaml', 'name: x');
    const source = () =>
      read(
        join(project, 'mono/deploy'),
        '../packages/api',
        { tool: 'prisma', folder: 'prisma/migrations' },
        { context: '../..', dockerfile: 'Dockerfile.prod' },
      );
    const before = source();
    write('mono/docs/page.md', 'ignored');
    write('mono/deploy/.stack/staging/ledger.jsonl', 'written by up');

    expect(before).toMatchObject({
      context: '..',
      dockerfile: '../packages/api/Dockerfile.prod',
      version: expect.stringMatching(/^3\.0\.0-/),
      migrations: [{ name: '20260101_init' }],
    });
    expect(source().version).toBe(before.version);
    write('mono/packages/lib/index.js', 'two');
    expect(source().version).not.toBe(before.version);
  });

  it('is the whole folder where it has no ignore file', () => {
    const version = () => versionOf({ context: '.' });
    const before = version();
    write('README.md', 'of the project, not of the app');
    expect(version()).toBe(before);
    write('app/notes.md', 'of the app');
    expect(version()).not.toBe(before);
  });

  it('needs a Dockerfile in its context', () => {
    expect(() => versionOf({ context: '.', dockerfile: '../Dockerfile' })).toThrow(
      '../Dockerfile of app is outside of the build context app.',
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
  const read = () => {
    const { commit, remarks } = readReleaseSource(project, 'app');
    return { commit, remarks };
  };
  const dirty = (commit: string, what: string) => ({
    commit: `${commit}-dirty`,
    remarks: [
      `The release is recorded as ${commit.slice(0, 12)}-dirty, because its content is not that of the commit: ${what}.`,
    ],
  });

  it('is unknown without a repository, and that is said', () => {
    expect(read()).toEqual({
      commit: 'unknown',
      remarks: [
        `The release is recorded without a commit, because ${project} is not in a git repository: git init && git add --all && git commit`,
      ],
    });
  });

  it('is unknown where the repository has no commit, belongs to somebody else, or git is not installed', () => {
    git('init', '--quiet');
    expect(read()).toMatchObject({ commit: 'unknown', remarks: [expect.stringContaining('has no commit yet')] });
    commit('First');
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
    expect(read()).toMatchObject({
      commit: 'unknown',
      remarks: [
        `The release is recorded without a commit, because the repository ${project} belongs to another user, and git reads none of others: git config --global --add safe.directory ${project}`,
      ],
    });
    vi.unstubAllEnvs();
    vi.stubEnv('PATH', '/nowhere');
    expect(read()).toMatchObject({
      commit: 'unknown',
      remarks: [expect.stringContaining('because git is not installed or not on the PATH: Install git.')],
    });
  });

  it('is unknown where the repository is damaged, with what git says', () => {
    git('init', '--quiet');
    commit('First');
    write('.git/config', '[core');
    expect(read()).toMatchObject({
      commit: 'unknown',
      remarks: [expect.stringMatching(/because git failed: fatal: bad config line \d in file .*: Run git status here/)],
    });
  });

  it('is the last one that touched the content', () => {
    git('init', '--quiet');
    const first = commit('Add the app');
    write('README.md', 'changed');
    write('app/src/main.test.ts', 'changed');
    commit('Change what is not in the image');

    expect(read()).toEqual({ commit: first, remarks: [] });
  });

  describe('once known', () => {
    /** Git cannot tell what it has looked for in an earlier call. */
    const loseTree = () => {
      const tree = git('rev-parse', 'HEAD^{tree}');
      rmSync(join(project, '.git', 'objects', tree.slice(0, 2), tree.slice(2)));
    };
    beforeEach(() => {
      write('.stack/.gitignore', '*\n');
      git('init', '--quiet');
    });

    it('is not asked for again', () => {
      const first = commit('Add the app');
      expect(read()).toEqual({ commit: first, remarks: [] });
      loseTree();
      expect(read()).toEqual({ commit: first, remarks: [] });
    });

    it('is asked for again after a commit, and after a change of the content or of what is left out', () => {
      const first = commit('Add the app');
      expect(read().commit).toBe(first);
      write('app/src/main.ts', 'changed');
      expect(read().commit).toBe(`${first}-dirty`);
      const second = commit('Change the app');
      expect(read().commit).toBe(second);
      chmodSync(join(project, 'app/src/main.ts'), 0o755);
      expect(read().commit).toBe(`${second}-dirty`);
      chmodSync(join(project, 'app/src/main.ts'), 0o644);
      rmSync(join(project, 'README.md'));
      expect(read().commit).toBe(second);
      write('.dockerignore', '*\n!README.md\n!package-lock.json\n!app\napp/dist\napp/**/*.test.ts\n');
      expect(read()).toMatchObject({
        commit: `${second}-dirty`,
        remarks: [expect.stringContaining('README.md is missing')],
      });
    });

    it('is asked for again where it was not all of the content', () => {
      const first = commit('Add the app');
      write('app/src/extra.ts', 'extra');
      expect(read().commit).toBe(`${first}-dirty`);
      loseTree();
      expect(() => read()).toThrow(/^git ls-tree/);
    });
  });

  it('is the last one that removed a file from it', () => {
    git('init', '--quiet');
    commit('Add the app');
    rmSync(join(project, 'app/src/main.ts'));
    const second = commit('Remove a file');

    expect(read()).toEqual({ commit: second, remarks: [] });
  });

  it('is the one that removed a directory that is gone', () => {
    git('init', '--quiet');
    write('.dockerignore', '*\n!app\n!shared\n');
    write('shared/used.ts', 'used');
    commit('Add the app');
    rmSync(join(project, 'shared'), { recursive: true });
    const second = commit('Remove a directory');
    write('README.md', 'changed');
    commit('Change the page');

    expect(read()).toEqual({ commit: second, remarks: [] });
  });

  it('is found behind more commits than are read at once, and on the branch that brought it', () => {
    git('init', '--quiet', '--initial-branch=main');
    commit('Add the app');
    git('switch', '--quiet', '--create', 'feature');
    write('app/src/main.ts', 'changed');
    const changed = commit('Change the app');
    git('switch', '--quiet', 'main');
    write('README.md', 'changed');
    commit('Change the page');
    git('merge', '--quiet', '--no-ff', '--message', 'Merge', 'feature');
    for (let index = 0; index < 20; index += 1)
      git('commit', '--quiet', '--allow-empty', '--message', `Empty ${index}`);

    expect(read()).toEqual({ commit: changed, remarks: [] });
  });

  it('is the merge where only that has the content', () => {
    git('init', '--quiet', '--initial-branch=main');
    commit('Add the app');
    git('switch', '--quiet', '--create', 'feature');
    write('app/src/one.ts', 'one');
    commit('One');
    git('switch', '--quiet', 'main');
    write('app/src/two.ts', 'two');
    commit('Two');
    git('merge', '--quiet', '--message', 'Merge', 'feature');

    expect(read()).toEqual({ commit: git('rev-parse', 'HEAD'), remarks: [] });
  });

  it.each<[what: string, change: () => void, is: string]>([
    ['a file has changed', () => write('app/src/main.ts', 'changed'), 'app/src/main.ts has changed'],
    ['a file is new', () => write('app/src/new.ts', 'new'), 'app/src/new.ts is not committed'],
    ['a file is gone', () => rmSync(join(project, 'app/src/main.ts')), 'app/src/main.ts is missing'],
    [
      'a file is staged',
      () => {
        write('app/src/new.ts', 'new');
        git('add', '--all');
      },
      'app/src/new.ts is not committed',
    ],
    [
      'git ignores a file and Docker does not',
      () => write('app/secret.env', 'TOKEN=1'),
      'app/secret.env is ignored by git, but not by Docker',
    ],
    [
      'git was told not to look',
      () => {
        git('update-index', '--assume-unchanged', 'app/src/main.ts');
        write('app/src/main.ts', 'changed');
      },
      'app/src/main.ts has changed, which git was told not to look at',
    ],
    [
      'git does not look at modes',
      () => {
        git('config', 'core.fileMode', 'false');
        chmodSync(join(project, 'app/src/main.ts'), 0o755);
      },
      'app/src/main.ts is executable',
    ],
    ['a directory is empty', () => mkdirSync(join(project, 'app/uploads')), 'app/uploads is an empty directory'],
    [
      'a link leads elsewhere',
      () => {
        rmSync(join(project, 'app/link'));
        symlinkSync('elsewhere', join(project, 'app/link'));
      },
      'app/link has changed',
    ],
    [
      'much has changed',
      () => {
        for (const name of 'abcde') write(`app/${name}`, name);
      },
      'app/a is not committed, app/b is not committed, app/c is not committed, 2 more',
    ],
  ])('is dirty when %s', (_what, change, is) => {
    git('init', '--quiet');
    write('.gitignore', '*.env\n');
    symlinkSync('src', join(project, 'app/link'));
    const first = commit('Add the app');
    change();

    expect(read()).toEqual(dirty(first, is));
  });

  it('is not dirty for what is not in the image', () => {
    git('init', '--quiet');
    const first = commit('Add the app');
    write('README.md', 'changed');
    write('app/dist/main.js', 'built');

    expect(read()).toEqual({ commit: first, remarks: [] });
  });

  it('is that of a subfolder of a larger repository', () => {
    const outer = project;
    mkdirSync(join(outer, 'services'));
    renameSync(join(outer, 'app'), join(outer, 'services/app'));
    write('services/.dockerignore', '*\n!app\n');
    git('init', '--quiet');
    const first = commit('Add the services');
    write('package-lock.json', 'changed');
    commit('Change another project');

    expect(readReleaseSource(join(outer, 'services'), 'app')).toMatchObject({ commit: first, remarks: [] });
    write('services/app/src/main.ts', 'changed');
    expect(readReleaseSource(join(outer, 'services'), 'app').commit).toBe(`${first}-dirty`);
  });

  it('is not asked of the repository that a git hook names', () => {
    git('init', '--quiet');
    const first = commit('Add the app');
    vi.stubEnv('GIT_DIR', '/nowhere');
    vi.stubEnv('GIT_INDEX_FILE', '/nowhere/index');
    expect(read()).toEqual({ commit: first, remarks: [] });
  });

  it('may be a later one in a shallow clone, which is said', () => {
    git('init', '--quiet');
    commit('Add the app');
    write('README.md', 'changed');
    const second = commit('Change the page');
    const clone = join(mkdtempSync(join(tmpdir(), 'shallow-')), 'clone');
    git('clone', '--quiet', '--depth=1', `file://${project}`, clone);

    expect(readReleaseSource(clone, 'app')).toMatchObject({
      commit: second,
      remarks: [
        `The commit ${second.slice(0, 12)} is the oldest of this shallow clone; the app may have changed last in an earlier one: git fetch --unshallow`,
      ],
    });
    rmSync(dirname(clone), { recursive: true });
  });

  it('holds what a submodule has at its commit', () => {
    const library = mkdtempSync(join(tmpdir(), 'submodule-'));
    execFileSync('git', ['init', '--quiet', library]);
    writeFileSync(join(library, 'library.ts'), 'one');
    const inLibrary = (...args: string[]) =>
      execFileSync('git', ['-C', library, '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args]);
    inLibrary('add', '--all');
    inLibrary('commit', '--quiet', '--message', 'Add a library');
    git('init', '--quiet');
    git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'app/library');
    const first = commit('Add the app');
    expect(read()).toEqual({ commit: first, remarks: [] });
    write('app/library/library.ts', 'two');
    expect(read()).toEqual(dirty(first, 'app/library/library.ts has changed'));
    rmSync(library, { recursive: true });
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
