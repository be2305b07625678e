import { shortCommit } from '../messages/commit.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal, type UserError } from '../messages/user-error.ts';
import type { LedgerEntry } from './ledger.ts';
import { attempts, standing } from './standing.ts';
import type { Target } from './target.ts';

/** A release with the program and the settings that it ran with: what `rollback --stack` restores. */
export interface EarlierStack {
  readonly version: string;
  /** Commit of the program and of its stack files. */
  readonly commit: string;
  readonly settingsHash: string;
}

/**
 * The stack of the requested version, or the last good one that differs from the current one in release, program or
 * settings. Rejects if its program was never committed, because it cannot be checked out.
 */
export function chooseEarlierStack(
  kind: Target['kind'],
  environment: string,
  entries: readonly LedgerEntry[],
  version: string | undefined,
): EarlierStack {
  const now = standing(entries);
  const others = attempts(entries)
    .map(({ entry }) => entry)
    .filter((entry) => entry.outcome === 'good' && (now === undefined || differs(entry, now)));
  const found = others.findLast(({ release }) => version === undefined || release.version === version);
  if (found === undefined) throw noEarlierStack(kind, environment, version, others);
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(found.programCommit)) throw neverCommitted(environment, found);
  return { version: found.release.version, commit: found.programCommit, settingsHash: found.settingsHash };
}

function differs(entry: LedgerEntry, now: LedgerEntry): boolean {
  return (
    entry.release.digest !== now.release.digest ||
    entry.programCommit !== now.programCommit ||
    entry.settingsHash !== now.settingsHash
  );
}

function noEarlierStack(
  kind: Target['kind'],
  environment: string,
  version: string | undefined,
  others: readonly LedgerEntry[],
): UserError {
  const versions = [...new Set(others.map(({ release }) => release.version))];
  const asked = version === undefined ? '' : ` with release ${version}`;
  return new Refusal({
    code: 'NO_EARLIER_STACK',
    message: `${environment} has no verified stack${asked} that differs from the current one.`,
    rule: 'A stack is a release with the commit of the infrastructure program and the settings that it ran with.',
    remedy:
      versions.length === 0
        ? `\`${stackCommand(kind, 'history', environment)}\` lists what ran.`
        : `Choose one of: ${versions.join(', ')}.`,
  });
}

function neverCommitted(environment: string, { release, programCommit, at }: LedgerEntry): UserError {
  return new Refusal({
    code: 'PROGRAM_NOT_COMMITTED',
    message: `The program that ${release.version} ran with on ${environment} (${at}) was never committed: ${programCommit === 'unknown' ? 'there was no git history' : `the work tree differed from ${shortCommit(programCommit)}`}.`,
    rule: 'infra/, the stack files and package-lock.json are restored from git, so they must have been committed.',
    remedy: 'Roll back the release alone (omit --stack), or name with --to a version whose program was committed.',
  });
}
