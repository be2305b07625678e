import { access, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { openRepository, type Repository } from '../../infra/release/git.ts';
import { shortCommit } from '../messages/commit.ts';
import { workMs } from '../messages/tool-deadline.ts';
import { readToolFailure, sayToolFailure } from '../messages/tool-failure.ts';
import { Refusal, UserError } from '../messages/user-error.ts';
import type { Progress } from '../release/target.ts';
import { earlierProgramDirectory } from './earlier-programs.ts';

export interface ProgramOfCommit {
  /** Where its Pulumi.yaml is. */
  readonly directory: string;
  remove(): Promise<void>;
}

/**
 * The program as it was at a commit, in a work tree of its own: the user's is not touched.
 * It lies inside the project, so that it finds the project's packages where its lock file is the same; otherwise its own
 * are installed, which takes about as long as `npm ci` does. The project may be a folder of a larger repository.
 */
export async function checkOutProgram(
  projectDirectory: string,
  commit: string,
  progress: Progress,
): Promise<ProgramOfCommit> {
  const repository = requireRepository(projectDirectory, commit);
  const workTree = earlierProgramDirectory(projectDirectory, commit);
  const directory = join(workTree, repository.prefix);
  // Hooks of the user's would run in a work tree that is not theirs.
  const git = (...args: readonly string[]) =>
    execa('git', ['-C', projectDirectory, '-c', 'core.hooksPath=/dev/null', ...args], {
      reject: false,
      timeout: workMs,
    });
  const removeWorkTree = async () => {
    await git('worktree', 'remove', '--force', workTree);
    await rm(workTree, { recursive: true, force: true });
    await git('worktree', 'prune');
  };
  progress.step(`Check out the program of commit ${shortCommit(commit)}`);
  // A killed command may have left one behind.
  await removeWorkTree();
  const added = await git('worktree', 'add', '--detach', '--quiet', workTree, commit);
  if (added.exitCode !== 0) throw notCheckedOut(commit, added.stderr);
  try {
    await assertProject(directory, commit, repository);
    if (!(await sameLockFile(projectDirectory, directory))) {
      progress.detail('its package-lock.json differs from the current one: npm ci');
      await installPackages(directory, commit);
    }
  } catch (error) {
    progress.fail?.();
    await removeWorkTree();
    throw error;
  }
  return {
    directory,
    async remove() {
      // With packages of its own it holds tens of thousands of files.
      progress.step(`Remove the program of commit ${shortCommit(commit)} again`);
      await removeWorkTree();
    },
  };
}

function requireRepository(projectDirectory: string, commit: string): Repository {
  const repository = openRepository(projectDirectory);
  if (!('problem' in repository)) return repository;
  throw new Refusal({
    code: 'HISTORY_UNREADABLE',
    message: `Commit ${shortCommit(commit)} cannot be checked out, because ${repository.reason}.`,
    rule: 'The program and the settings at that commit come from the history of this clone.',
    remedy: repository.remedy,
  });
}

/** The project may have been in another folder of its repository at that commit. */
async function assertProject(directory: string, commit: string, { prefix }: Repository): Promise<void> {
  try {
    await access(join(directory, 'Pulumi.yaml'));
  } catch {
    throw new Refusal({
      code: 'PROJECT_NOT_THERE',
      message: `Commit ${shortCommit(commit)} has no Pulumi.yaml in ${prefix === '' ? 'its root' : prefix}.`,
      rule: 'The program is restored in the folder of the repository that the project is in now.',
      remedy: 'Roll the release back alone, without --stack.',
    });
  }
}

async function installPackages(directory: string, commit: string): Promise<void> {
  const { exitCode, all } = await execa('npm', ['ci', '--no-audit', '--no-fund'], {
    timeout: workMs,
    cwd: directory,
    all: true,
    reject: false,
  });
  if (exitCode === 0) return;
  const failure = readToolFailure(all.split('\n'));
  throw new UserError({
    code: 'COMMIT_PACKAGES',
    message: `npm ci failed in the program of commit ${shortCommit(commit)}: ${sayToolFailure(failure)}`,
    rule: 'The program of that commit runs with the packages of its own lock file.',
    remedy: 'Check that the package registry is reachable, or roll the release back alone, without --stack.',
    details: failure.block.join('\n'),
  });
}

async function sameLockFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [one, other].map((directory) => readFile(join(directory, 'package-lock.json'), 'utf8').catch(() => '')),
  );
  return a === b;
}

function notCheckedOut(commit: string, stderr: string): UserError {
  const failure = readToolFailure(stderr.split('\n'));
  const missing = /invalid reference|not a valid object name|bad object|unable to read tree/.test(stderr);
  return new UserError({
    code: missing ? 'COMMIT_NOT_HERE' : 'CHECKOUT_FAILED',
    message: `Commit ${shortCommit(commit)} cannot be checked out: ${sayToolFailure(failure)}`,
    rule: 'The program and the settings at that commit come from the history of this clone.',
    remedy: missing
      ? 'Fetch the whole history and run the command again: git fetch --unshallow, or git fetch.'
      : 'Fix what git says and run the command again, or roll the release back alone, without --stack.',
    details: failure.block.join('\n'),
  });
}
