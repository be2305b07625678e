import { join } from 'node:path';
import type { ContextEntry } from './build-context.ts';
import { openRepository, type Repository, readEntries, type TreeEntry, unseenChanges } from './git.ts';
import { readKnown, writeKnown } from './known-provenance.ts';

/** From which commit the content of a release can be checked out. */
export interface Provenance {
  /**
   * The commit that last changed the content, `-dirty` where the content is not all in it, `unknown` where git does not
   * tell.
   */
  readonly commit: string;
  /** What to know about it: why it is unknown or dirty, or may be another one than the last. Whole sentences. */
  readonly remarks: readonly string[];
}

/** What of a build context is not as the commit has it. */
interface Difference {
  readonly path: string;
  /** Completes the sentence that begins with the path. */
  readonly is: string;
}

const namedDifferences = 3;
/** Most releases are of a recent commit; the whole history of a large repository is read only where none is. */
const firstWindow = 16;
const windowGrowth = 16;

/** What a build gets. */
export interface Content {
  /** Of the build context. */
  readonly root: string;
  readonly entries: readonly ContextEntry[];
  /** Whether a path, which need not exist any more, belongs to the content. */
  readonly isContent: (path: string) => boolean;
  /** Tells it from any other content, and from one that leaves out other paths. */
  readonly identity: readonly string[];
}

/** @param folder of this CLI in the project: git is asked once about the same content and the same HEAD */
export function readProvenance(content: Content, folder: string): Provenance {
  const repository = openRepository(content.root);
  if ('problem' in repository) {
    const { reason, remedy } = repository;
    return { commit: 'unknown', remarks: [`The release is recorded without a commit, because ${reason}: ${remedy}`] };
  }
  const { head, shallow, prefix } = repository;
  const question = { head, shallow, prefix, content: content.identity };
  const known = readKnown(folder, question);
  if (known !== undefined) return known;
  const { clean, ...found } = askGit(repository, content);
  if (clean) writeKnown(folder, question, found);
  return found;
}

function askGit(
  repository: Repository,
  { root, entries, isContent }: Content,
): Provenance & { readonly clean: boolean } {
  const tree = readTree(repository);
  const { commit, isOldest } = lastCommit(repository, [...tree.keys()].filter(isContent), isContent);
  const differences = differencesFromTree(repository, { root, entries, tree, isContent });
  const shallow =
    repository.shallow && isOldest
      ? [
          `The commit ${commit.slice(0, 12)} is the oldest of this shallow clone; the app may have changed last in an earlier one: git fetch --unshallow`,
        ]
      : [];
  if (differences.length === 0) return { commit, remarks: shallow, clean: true };
  const named = differences.slice(0, namedDifferences).map(({ path, is }) => `${path} ${is}`);
  const more = differences.length > named.length ? [`${differences.length - named.length} more`] : [];
  const remark = `The release is recorded as ${commit.slice(0, 12)}-dirty, because its content is not that of the commit: ${[...named, ...more].join(', ')}.`;
  return { commit: `${commit}-dirty`, remarks: [remark, ...shallow], clean: false };
}

interface LastCommit {
  readonly commit: string;
  /** Whether the history that is here begins with it. */
  readonly isOldest: boolean;
}

/** @param content what HEAD has of it */
function lastCommit(
  repository: Repository,
  content: readonly string[],
  isContent: (path: string) => boolean,
): LastCommit {
  const { head } = repository;
  // None of it was ever committed: HEAD is what the work tree is based on.
  if (content.length === 0) return { commit: head, isOldest: false };
  // In a repository of much else, git finds the commits of a few names fast; names that are gone have to be looked for.
  const names = [...new Set(content.map((path) => path.split('/')[0]))].map((name) => `:(literal)${name}`);
  const found = followSameContent(repository, names, isContent);
  const same = readChanges(repository, [`${head} ${found.commit}`], ['.'], isContent).size === 0;
  return same ? found : followSameContent(repository, ['.'], isContent);
}

/**
 * From HEAD backwards along parents with the same content: the first commit that changed it. A checkout of it has the
 * content of HEAD.
 */
function followSameContent(
  repository: Repository,
  pathspecs: readonly string[],
  isContent: (path: string) => boolean,
): LastCommit {
  for (let count = firstWindow; ; count *= windowGrowth) {
    const history = readHistory(repository, count, pathspecs, isContent);
    let [commit = repository.head] = history.keys();
    for (let known = history.get(commit); known !== undefined; known = history.get(commit)) {
      const same = known.find(({ changed }) => !changed);
      if (same === undefined) return { commit, isOldest: known.length === 0 };
      commit = same.parent;
    }
    // A whole history ends with a commit that is known and has no parents, so only a window gets here.
  }
}

interface Parent {
  readonly parent: string;
  /** Whether the content differs from it. */
  readonly changed: boolean;
}

/** The latest commits that changed something of the paths, with the parents that did so before them. */
function readHistory(
  repository: Repository,
  count: number,
  pathspecs: readonly string[],
  isContent: (path: string) => boolean,
): ReadonlyMap<string, readonly Parent[]> {
  const lines = repository
    .run(['rev-list', '--parents', `--max-count=${count}`, repository.head, '--', ...pathspecs])
    .trim()
    .split('\n');
  const commits = lines.map((line) => line.split(' '));
  const steps = commits.flatMap(([commit = '', ...parents]) => parents.map((parent) => `${commit} ${parent}`));
  const changed = readChanges(repository, steps, pathspecs, isContent);
  return new Map(
    commits.map(([commit = '', ...parents]) => [
      commit,
      parents.map((parent) => ({ parent, changed: changed.has(`${commit} ${parent}`) })),
    ]),
  );
}

/** @returns those of the steps, `<commit> <parent>`, that changed the content */
function readChanges(
  { run, prefix }: Repository,
  steps: readonly string[],
  pathspecs: readonly string[],
  isContent: (path: string) => boolean,
): ReadonlySet<string> {
  const args = ['diff-tree', '--stdin', '--always', '-r', '--name-only', '--no-renames', '-z', '--', ...pathspecs];
  // The commit of each step, then the paths that changed, from the root of the repository.
  const tokens = run(args, `${steps.join('\n')}\n`).split('\0');
  const changed = new Set<string>();
  let index = -1;
  for (const token of tokens) {
    if (token !== '' && token === steps[index + 1]?.split(' ')[0]) index += 1;
    else if (token.startsWith(prefix) && isContent(token.slice(prefix.length))) changed.add(steps[index] ?? '');
  }
  return changed;
}

/** What HEAD has in the directory, by path from there. */
function readTree({ run }: Repository): ReadonlyMap<string, TreeEntry> {
  return new Map(readEntries(run(['ls-tree', '-r', '-z', 'HEAD', '--', '.'])));
}

interface Comparison {
  readonly root: string;
  readonly entries: readonly ContextEntry[];
  readonly tree: ReadonlyMap<string, TreeEntry>;
  readonly isContent: (path: string) => boolean;
}

/** Compares with the commit itself: the index may be told to look away (assume-unchanged, skip-worktree). */
function differencesFromTree(repository: Repository, comparison: Comparison): readonly Difference[] {
  const { entries, tree, isContent } = comparison;
  const present = new Set(entries.map(({ path }) => path));
  const missing = [...tree]
    .filter(([path, { mode }]) => mode !== submodule && isContent(path) && !present.has(path))
    .map(([path]) => ({ path, is: 'is missing' }));
  const changed = readChanged(repository).filter(isContent);
  const known = new Set(changed);
  return [
    ...changed.filter((path) => present.has(path) && tree.has(path)).map((path) => ({ path, is: 'has changed' })),
    ...hiddenChanges(repository, comparison).filter(({ path }) => !known.has(path)),
    ...missing,
    ...additions(repository, comparison),
  ].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

const submodule = '160000';

/** Tracked files that differ from the index or the index from HEAD. */
function readChanged({ run, prefix }: Repository): readonly string[] {
  const args = ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=no', '--ignore-submodules=all'];
  return run([...args, '--', '.'])
    .split('\0')
    .map((line) => line.slice(3))
    .filter((path) => path !== '' && path.startsWith(prefix))
    .map((path) => path.slice(prefix.length));
}

/** What git was told not to look at, and the executable bit where git does not (core.fileMode). */
function hiddenChanges(repository: Repository, { entries, tree }: Comparison): readonly Difference[] {
  const files = entries.filter(({ kind, path }) => kind === 'file' && tree.has(path));
  const modes = files
    .filter(({ path, mode }) => (tree.get(path)?.mode === '100755') !== ((mode & 0o100) !== 0))
    .map(({ path, mode }) => ({ path, is: (mode & 0o100) === 0 ? 'is not executable' : 'is executable' }));
  const present = new Set(files.map(({ path }) => path));
  const contents = unseenChanges(repository, ['.'])
    .filter((path) => present.has(path))
    .map((path) => ({ path, is: 'has changed, which git was told not to look at' }));
  return [...modes, ...contents];
}

/** Entries of the context that the commit does not have. */
function additions(repository: Repository, { root, entries, tree }: Comparison): readonly Difference[] {
  const directories = new Set([...tree.keys()].flatMap(parentsOf));
  const submodules = [...tree].filter(([, { mode }]) => mode === submodule).map(([path]) => path);
  const added = entries.filter(
    ({ path, kind }) =>
      !(kind === 'directory' ? directories.has(path) || submodules.includes(path) : tree.has(path)) &&
      !submodules.some((module) => path.startsWith(`${module}/`)),
  );
  const files = added.filter(({ kind }) => kind !== 'directory').map(({ path }) => path);
  const holding = new Set(files.flatMap(parentsOf));
  const empty = added.filter(({ path, kind }) => kind === 'directory' && !holding.has(path));
  const ignored = files.length === 0 ? new Set<string>() : readIgnored(repository, files);
  return [
    ...files.map((path) => ({
      path,
      is: ignored.has(path) ? 'is ignored by git, but not by Docker' : 'is not committed',
    })),
    ...empty.map(({ path }) => ({ path, is: 'is an empty directory' })),
    ...submodules.flatMap((module) => submoduleDifferences(module, tree.get(module)?.id ?? '', root, entries)),
  ];
}

function readIgnored({ run }: Repository, files: readonly string[]): ReadonlySet<string> {
  try {
    return new Set(run(['check-ignore', '-z', '--stdin'], `${files.join('\0')}\0`).split('\0'));
  } catch {
    // It ends with 1 where none is ignored.
    return new Set();
  }
}

/** The same inside of a submodule, whose commit is the one that the outer one names. */
function submoduleDifferences(
  module: string,
  id: string,
  root: string,
  entries: readonly ContextEntry[],
): readonly Difference[] {
  const inside = entries
    .filter(({ path }) => path.startsWith(`${module}/`))
    .map((entry) => ({ ...entry, path: entry.path.slice(module.length + 1) }));
  if (inside.length === 0) return [];
  const repository = openRepository(join(root, module));
  if ('problem' in repository) return [{ path: module, is: `cannot be compared: ${repository.reason}` }];
  if (repository.prefix !== '' || repository.head !== id) {
    return [{ path: module, is: 'is at another commit than the submodule' }];
  }
  const paths = new Set(inside.map(({ path }) => path));
  const comparison = {
    root: join(root, module),
    entries: inside,
    tree: readTree(repository),
    isContent: (path: string) => paths.has(path),
  };
  return differencesFromTree(repository, comparison).map(({ path, is }) => ({ path: `${module}/${path}`, is }));
}

function parentsOf(path: string): readonly string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}
