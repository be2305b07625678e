import { createHash } from 'node:crypto';
import { readConfig } from '../../infra/graph/stack-files.ts';
import {
  askAhead,
  flaggedQuestion,
  openingQuestion,
  openRepository,
  type Repository,
  unseenChanges,
} from '../../infra/release/git.ts';
import { expiringPrefix } from '../../infra/settings/environment-name.ts';

/** SHA-256 of the environment's configuration. Encrypted values are placeholders there; neither the release nor an expiry is a setting. */
export function hashSettings(projectDirectory: string, environment: string): string {
  const settings = Object.entries(readConfig(projectDirectory, environment))
    .filter(([key]) => !key.endsWith(':release') && !key.endsWith(':expires'))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}

/** What `rollback --stack` restores. */
const programFiles = [
  'infra',
  ':(glob)Pulumi*.yaml',
  // Of environments that expire: never committed, and no other environment's.
  `:(exclude,glob)Pulumi.${expiringPrefix}*.yaml`,
  ':(glob)**/stack.app.*',
  'package-lock.json',
];

export interface ProgramCommit {
  /** Ends in `-dirty` when the work tree differs from it; `unknown` where git does not tell. */
  readonly commit: string;
  /** Why it is unknown or dirty. */
  readonly remark?: string;
}

/** The commit of the infrastructure program. */
export async function describeProgramCommit(projectDirectory: string): Promise<ProgramCommit> {
  const questions = [openingQuestion, changesQuestion, flaggedQuestion(programFiles)];
  const repository = openRepository(projectDirectory, await askAhead(projectDirectory, questions));
  if ('problem' in repository) {
    const { reason, remedy } = repository;
    return { commit: 'unknown', remark: `rollback --stack cannot restore the program, because ${reason}: ${remedy}` };
  }
  const { head } = repository;
  const [changed] = changesOf(repository);
  if (changed === undefined) return { commit: head };
  return {
    commit: `${head}-dirty`,
    remark: `rollback --stack cannot restore the program: ${changed} differs from the commit.`,
  };
}

export async function readProgramCommit(projectDirectory: string): Promise<string> {
  return (await describeProgramCommit(projectDirectory)).commit;
}

const changesQuestion = [
  'status',
  '--porcelain=v1',
  '-z',
  '--no-renames',
  '--untracked-files=all',
  '--ignored=matching',
  '--',
  ...programFiles,
];

/** Files of the program that the commit does not have as they are, those that git ignores included. */
function changesOf(repository: Repository): readonly string[] {
  const { run, prefix } = repository;
  const seen = run(changesQuestion)
    .split('\0')
    .filter((line) => line !== '' && (!line.startsWith('!!') || isProgram(line)))
    .map((line) => line.slice(3 + prefix.length));
  return [...seen, ...unseenChanges(repository, programFiles)];
}

/** Of what git ignores only what the program reads: not a package's folder, not a file of the operating system's. */
function isProgram(path: string): boolean {
  return /\.([cm]?[jt]s|json|ya?ml)$/.test(path) && !path.includes('/node_modules/');
}
