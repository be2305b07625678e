import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { describeProgramCommit, hashSettings, readProgramCommit } from './identity.ts';

let project = '';
const write = (file: string, text: string) => writeFileSync(join(project, file), text);
const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', project, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
    encoding: 'utf8',
  }).trim();

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'identity-'));
  mkdirSync(join(project, 'infra'));
  mkdirSync(join(project, 'app'));
  write('infra/index.ts', 'export {};');
  write('app/main.ts', 'export {};');
  write('Pulumi.yaml', 'name: example\nconfig: {}\n');
  write('Pulumi.staging.yaml', 'config:\n  example:apiDesiredCount: 2\n  aws:region: eu-central-1\n');
});

describe('the hash of the settings', () => {
  it('changes with a value, not with the order of the keys or with the release that is pinned', () => {
    const before = hashSettings(project, 'staging');
    write(
      'Pulumi.staging.yaml',
      'config:\n  example:release: "{}"\n  aws:region: eu-central-1\n  example:apiDesiredCount: 2\n',
    );
    expect(hashSettings(project, 'staging')).toBe(before);
    write('Pulumi.staging.yaml', 'config:\n  example:apiDesiredCount: 3\n  aws:region: eu-central-1\n');
    expect(hashSettings(project, 'staging')).not.toBe(before);
  });
});

describe('the commit of the program', () => {
  const first = () => {
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'First');
    return git('rev-parse', 'HEAD');
  };

  it('is unknown without git, and that is said', async () => {
    expect(await readProgramCommit(project)).toBe('unknown');
    expect((await describeProgramCommit(project)).remark).toBe(
      `rollback --stack cannot restore the program, because ${project} is not in a git repository: git init && git add --all && git commit`,
    );
  });

  it.each<[what: string, change: () => void, file: string]>([
    ['a file that git ignores', () => write('infra/local.ts', 'export {};'), 'infra/local.ts'],
    [
      'a file that git was told not to look at',
      () => {
        git('update-index', '--skip-worktree', 'infra/index.ts');
        write('infra/index.ts', 'changed');
      },
      'infra/index.ts',
    ],
  ])('is dirty with %s', async (_what, change, file) => {
    write('.gitignore', 'local.ts\n.DS_Store\n');
    write('infra/.DS_Store', '');
    const commit = first();
    expect(await readProgramCommit(project)).toBe(commit);
    change();
    expect(await describeProgramCommit(project)).toEqual({
      commit: `${commit}-dirty`,
      remark: `rollback --stack cannot restore the program: ${file} differs from the commit.`,
    });
  });

  it('is that of the repository that the project is a folder of', async () => {
    mkdirSync(join(project, 'shop/infra'), { recursive: true });
    write('shop/infra/index.ts', 'export {};');
    write('shop/Pulumi.yaml', 'name: shop\n');
    const commit = first();
    write('infra/index.ts', 'changed');
    expect(await readProgramCommit(join(project, 'shop'))).toBe(commit);
    write('shop/infra/index.ts', 'changed');
    expect((await describeProgramCommit(join(project, 'shop'))).remark).toContain(' infra/index.ts differs');
  });

  it('is dirty when the program or a stack file differs from it, and not when the app does', async () => {
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'First');
    const commit = git('rev-parse', 'HEAD');
    write('app/main.ts', 'changed');
    expect(await readProgramCommit(project)).toBe(commit);
    write('Pulumi.staging.yaml', 'config: {}\n');
    expect(await readProgramCommit(project)).toBe(`${commit}-dirty`);
  });
});
