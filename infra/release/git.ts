import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Why git tells nothing about a directory, and what to do. */
export interface GitProblem {
  readonly problem: 'no-git' | 'no-repository' | 'foreign-owned' | 'no-commit' | 'failed';
  /** Completes the sentence `… because`. */
  readonly reason: string;
  readonly remedy: string;
}

/** A repository with a commit, asked from one of its directories. */
export interface Repository {
  readonly head: string;
  /** A shallow clone: its history ends early. */
  readonly shallow: boolean;
  /** The directory's path from the root of the repository: empty, or with a `/` at the end. */
  readonly prefix: string;
  /** Root of the work tree. */
  readonly root: string;
  /** Runs git in the directory. Throws where it fails, which a readable repository does not. */
  run(args: readonly string[], input?: string): string;
}

/** Long enough for a cold cache of a large repository. */
const timeoutMilliseconds = 60_000;
const maxBuffer = 1024 * 1024 * 1024;

/** What a git hook sets to name its repository: it would be asked instead of the directory's own. */
const hookVariables = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_PREFIX',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
] as const;

/** What git has said about a directory, by its arguments. */
export type Answers = ReadonlyMap<string, Answer>;

/** Asks all at once and beside whatever else this process does: each question takes git tens of milliseconds. */
export async function askAhead(directory: string, questions: readonly (readonly string[])[]): Promise<Answers> {
  const asked = questions.map(async (args) => [keyOf(args), await ask(directory, args)] as const);
  return new Map(await Promise.all(asked));
}

/** Arguments of the question that {@link openRepository} asks. */
export const openingQuestion: readonly string[] = [
  'rev-parse',
  '--show-toplevel',
  '--is-shallow-repository',
  '--show-prefix',
  '--verify',
  'HEAD^{commit}',
];

/** Arguments of the first question that {@link unseenChanges} asks. */
export function flaggedQuestion(pathspecs: readonly string[]): readonly string[] {
  return ['ls-files', '-v', '-z', '--', ...pathspecs];
}

/** Paths that git was told not to look at (assume-unchanged, skip-worktree) and that differ from HEAD all the same. */
export function unseenChanges({ run, root, prefix }: Repository, pathspecs: readonly string[]): readonly string[] {
  const flagged = run(flaggedQuestion(pathspecs))
    .split('\0')
    .filter((line) => /^[a-zS] /.test(line))
    .map((line) => line.slice(2));
  if (flagged.length === 0) return [];
  const committed = new Map(readEntries(run(['ls-tree', '-r', '-z', 'HEAD', '--', '.'])));
  const present = flagged.filter((path) => existsSync(join(root, prefix, path)));
  const input = present.map((path) => `${path}\n`).join('');
  const ids = present.length === 0 ? [] : run(['hash-object', '--stdin-paths'], input).trim().split('\n');
  const actual = new Map(present.map((path, index) => [path, ids[index]]));
  return flagged.filter((path) => committed.get(path)?.id !== actual.get(path));
}

export interface TreeEntry {
  /** As git writes it: 100644, 100755, 120000 (a link), 160000 (a submodule). */
  readonly mode: string;
  readonly id: string;
}

/** What `git ls-tree -z` wrote, by path. */
export function readEntries(text: string): readonly (readonly [path: string, entry: TreeEntry])[] {
  return text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [, mode = '', id = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return [path, { mode, id }] as const;
    });
}

/**
 * Finds the repository of a directory. Every way in which git may fail has a reason of its own.
 *
 * @param known not asked again
 */
export function openRepository(directory: string, known: Answers = new Map()): Repository | GitProblem {
  const asked = known.get(keyOf(openingQuestion)) ?? git(directory, openingQuestion);
  if (asked.problem !== undefined) return problemOf(directory, asked.problem);
  const [root = '', shallow, prefix = '', head = ''] = asked.stdout.split('\n');
  return {
    head,
    shallow: shallow === 'true',
    prefix,
    root,
    run: (args, input) => {
      const answer = input === undefined ? known.get(keyOf(args)) : undefined;
      const { problem, stdout } = answer ?? git(directory, args, input);
      if (problem === undefined) return stdout;
      throw new Error(`git ${args.join(' ')}: ${problem.reason}`);
    },
  };
}

/** Without HEAD it works where only a commit is missing. */
function problemOf(directory: string, problem: GitProblem): GitProblem {
  if (problem.problem !== 'failed') return problem;
  const asked = git(directory, openingQuestion.slice(0, -2));
  if (asked.problem !== undefined) return asked.problem;
  const branch = git(directory, ['symbolic-ref', '--quiet', 'HEAD']);
  const unborn =
    branch.problem === undefined &&
    git(directory, ['rev-parse', '--verify', '--quiet', branch.stdout.trim()]).status === 1;
  return unborn ? withoutCommit(asked.stdout.split('\n')[0] ?? '') : problem;
}

export interface Answer {
  /** `null`: it did not end by itself. */
  readonly status: number | null;
  readonly stdout: string;
  readonly problem?: GitProblem;
}

function git(directory: string, args: readonly string[], input?: string): Answer {
  const asked = spawnSync('git', argumentsOf(directory, args), {
    ...limits(),
    ...(input === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] } : { input }),
  });
  return answerOf(directory, asked);
}

function ask(directory: string, args: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    const asked = execFile('git', argumentsOf(directory, args), limits(), (error, stdout, stderr) => {
      const status = error === null ? 0 : asked.exitCode;
      const failure = error === null || status !== null ? {} : { error: timedOut(error) };
      resolve(answerOf(directory, { status, stdout, stderr, ...failure }));
    });
  });
}

/** As `spawnSync` says it. */
function timedOut(error: Error & { readonly killed?: boolean }): Error {
  return error.killed === true ? Object.assign(new Error(error.message), { code: 'ETIMEDOUT' }) : error;
}

function argumentsOf(directory: string, args: readonly string[]): string[] {
  return ['-C', directory, '--no-optional-locks', ...args];
}

function limits() {
  return {
    encoding: 'utf8',
    // biome-ignore lint/style/noProcessEnv: git needs the variables of its user, without those of a hook
    env: withoutHook(process.env),
    maxBuffer,
    timeout: timeoutMilliseconds,
  } as const;
}

interface Ending {
  readonly status: number | null;
  readonly stdout: string | null;
  readonly stderr: string;
  readonly error?: Error | undefined;
}

function answerOf(directory: string, { status, stdout, stderr, error }: Ending): Answer {
  const answer = { status, stdout: stdout ?? '' };
  if (error !== undefined) return { ...answer, problem: notRun(error) };
  return status === 0 ? answer : { ...answer, problem: explain(directory, stderr.trim(), status) };
}

function keyOf(args: readonly string[]): string {
  return args.join('\0');
}

/** Messages in English, whatever the user's language: they are compared. */
function withoutHook(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...variables, ...Object.fromEntries(hookVariables.map((name) => [name, undefined])), LC_ALL: 'C' };
}

function notRun(error: Error): GitProblem {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') {
    return { problem: 'no-git', reason: 'git is not installed or not on the PATH', remedy: 'Install git.' };
  }
  const reason =
    code === 'ETIMEDOUT' ? `git did not answer within ${timeoutMilliseconds / 1000} s` : `git failed: ${error.message}`;
  return { problem: 'failed', reason, remedy: 'Run git status here and fix what it says.' };
}

function explain(directory: string, stderr: string, status: number | null): GitProblem {
  const owned = /(?:detected dubious ownership in repository at |unsafe repository \()'(.*?)'/.exec(stderr);
  if (owned !== null) {
    return {
      problem: 'foreign-owned',
      reason: `the repository ${owned[1]} belongs to another user, and git reads none of others`,
      remedy: `git config --global --add safe.directory ${owned[1]}`,
    };
  }
  if (/not a git repository/.test(stderr)) {
    return {
      problem: 'no-repository',
      reason: `${directory} is not in a git repository`,
      remedy: 'git init && git add --all && git commit',
    };
  }
  const [first = ''] = stderr.split('\n');
  return {
    problem: 'failed',
    reason: `git failed: ${first === '' ? `it ended with ${status}` : first}`,
    remedy: 'Run git status here and fix what it says.',
  };
}

function withoutCommit(root: string): GitProblem {
  return {
    problem: 'no-commit',
    reason: `the repository ${root} has no commit yet`,
    remedy: 'git add --all && git commit',
  };
}
