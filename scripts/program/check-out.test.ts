import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { rejection } from '../release/testing/rejection.ts';
import { checkOutProgram } from './check-out.ts';

let repository = '';
const progress = { step: () => undefined, detail: () => undefined };
const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', repository, '-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
    encoding: 'utf8',
  }).trim();
const write = (file: string, text: string) => {
  mkdirSync(dirname(join(repository, file)), { recursive: true });
  writeFileSync(join(repository, file), text);
};
const commit = (message: string) => {
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
  return git('rev-parse', 'HEAD');
};

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'check-out-'));
  write('.gitignore', '.stack\n');
  git('init', '--quiet');
});

it('gives the program of a commit where the project is a folder of a larger repository, and removes it again', async () => {
  write('services/shop/Pulumi.yaml', 'name: first\n');
  const first = commit('First');
  write('services/shop/Pulumi.yaml', 'name: second\n');
  commit('Second');

  const program = await checkOutProgram(join(repository, 'services/shop'), first, progress);
  expect(readFileSync(join(program.directory, 'Pulumi.yaml'), 'utf8')).toBe('name: first\n');
  // Packages are found upwards, in those of the project.
  expect(program.directory.startsWith(join(repository, 'services/shop/'))).toBe(true);
  await program.remove();
  expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  expect(git('status', '--porcelain')).toBe('');
});

it('refuses a commit at which the project was somewhere else', async () => {
  write('shop/Pulumi.yaml', 'name: first\n');
  const first = commit('First');
  git('mv', 'shop', 'store');
  commit('Move it');

  expect(await rejection(checkOutProgram(join(repository, 'store'), first, progress))).toMatchObject({
    code: 'PROJECT_NOT_THERE',
    message: `Commit ${first.slice(0, 12)} has no Pulumi.yaml in store/.`,
  });
  expect(git('worktree', 'list').split('\n')).toHaveLength(1);
});

it('says what git lacks, and not to fetch where that would not help', async () => {
  write('Pulumi.yaml', 'name: first\n');
  const first = commit('First');
  expect(await rejection(checkOutProgram(repository, 'f'.repeat(40), progress))).toMatchObject({
    code: 'COMMIT_NOT_HERE',
    message: expect.stringMatching(/^Commit f{12} cannot be checked out: fatal: /),
    remedy: expect.stringContaining('git fetch'),
  });
  vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
  expect(await rejection(checkOutProgram(repository, first, progress))).toMatchObject({
    code: 'HISTORY_UNREADABLE',
    remedy: `git config --global --add safe.directory ${repository}`,
  });
  vi.unstubAllEnvs();
});

it('says in git’s words why a commit that is there cannot be checked out', async () => {
  write('Pulumi.yaml', 'name: first\n');
  write('.gitattributes', '*.yaml filter=large\n');
  const first = commit('First');
  // As where Git LFS is not installed.
  git('config', 'filter.large.smudge', 'no-such-filter');
  git('config', 'filter.large.required', 'true');
  const failure = await rejection(checkOutProgram(repository, first, progress));
  expect(failure).toMatchObject({
    code: 'CHECKOUT_FAILED',
    message: expect.stringContaining('cannot be checked out: '),
    details: expect.stringContaining('no-such-filter'),
  });
  expect(failure.remedy).not.toContain('git fetch');
});
