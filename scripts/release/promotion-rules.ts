import type { Migration, Release } from '../../infra/release/release.ts';
import { isCommitted, shortCommit } from '../messages/commit.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import type { Flow } from './flow.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Running } from './running.ts';
import { standing, unfinished } from './standing.ts';
import type { Target } from './target.ts';
import { describeRunning, differencesFromTruth } from './truth.ts';

/** The ledger entry of the release that runs on `from` and was verified there. Rejects if there is none. */
export async function verifiedRelease(flow: Flow, from: string): Promise<LedgerEntry> {
  const entries = await flow.target.ledger(from).list();
  assertFinished(flow.target, from, entries);
  const current = standing(entries);
  const observed = await flow.target.observe(from);
  if (current === undefined || observed === undefined) {
    throw new Refusal({
      code: 'NOTHING_TO_PROMOTE',
      message: `No release runs on ${from}.`,
      remedy: `\`${stackCommand(flow.target.kind, 'up', from)}\` deploys one and verifies it.`,
    });
  }
  const { release } = current;
  const differences = differencesFromTruth(observed, release);
  if (differences.length > 0) {
    throw new Refusal({
      code: 'LEDGER_DISAGREES',
      message: `${from} does not run ${release.version} as its ledger says: ${differences.join('; ')}.`,
      rule: 'Only a release that runs and was verified is promoted.',
      remedy: `\`${stackCommand(flow.target.kind, 'up', from)}\` reconciles both.`,
      details: `What runs: ${describeRunning(observed, entries)}`,
    });
  }
  if (current.outcome !== 'good') {
    throw new Refusal({
      code: 'RELEASE_UNVERIFIED',
      message: `${release.version} runs on ${from} but was not verified${current.reason === undefined ? '' : `: ${current.reason.replace(/\.$/, '')}`}.`,
      rule: 'Only a release that runs and was verified is promoted.',
      remedy: `\`${stackCommand(flow.target.kind, 'verify', from)}\` verifies it and records the result.`,
    });
  }
  return current;
}

/** A promotion needs two environments. */
export function assertApart(from: string, to: string): void {
  if (from !== to) return;
  throw new Refusal({
    code: 'SAME_ENVIRONMENT',
    message: `A release cannot be promoted from ${from} to ${to}.`,
    remedy: `Name another source: promote ${to} --from <environment>.`,
  });
}

/** An update whose command was killed must be finished or undone first: what runs may be half of it. */
export function assertFinished({ kind }: Target, environment: string, entries: readonly LedgerEntry[]): void {
  const open = unfinished(entries).at(-1);
  if (open === undefined) return;
  const { action, release, by } = open.entry;
  throw new Refusal({
    code: 'UPDATE_UNFINISHED',
    message: `The last ${action} of ${environment} (${release.version}, started ${open.startedAt} by ${by}) has not finished.`,
    remedy: `If it is no longer running: \`${stackCommand(kind, 'up', environment)}\` finishes it, \`${stackCommand(kind, 'rollback', environment)}\` undoes it.`,
  });
}

export function assertNotServing(
  { kind }: Target,
  environment: string,
  { observed }: Running,
  release: Release,
  entries: readonly LedgerEntry[],
): void {
  if (observed === undefined || differencesFromTruth(observed, release).length > 0) return;
  const current = standing(entries);
  const verified = current?.outcome === 'good' && current.release.digest === release.digest;
  throw new Refusal({
    code: 'ALREADY_RUNNING',
    message: `${release.version} already runs on ${environment}.`,
    ...(verified ? {} : { remedy: `It was not verified there: run \`${stackCommand(kind, 'verify', environment)}\`.` }),
  });
}

/** Refuses a release that nobody can check out, unless somebody says why. @param allowed reason of `--allow-dirty` */
export function assertCommitted(
  { kind }: Target,
  from: string,
  { version, commit }: Release,
  allowed: string | undefined,
): void {
  const committed = isCommitted(commit);
  if (!committed && allowed === undefined) {
    const allow = 'or say why this release may be promoted: --allow-dirty "<reason>".';
    throw new Refusal({
      code: 'RELEASE_DIRTY',
      message:
        commit === 'unknown'
          ? `${version} was built where git told no commit, so nobody knows from which sources.`
          : `${version} was built from uncommitted changes (${shortCommit(commit)}).`,
      rule: 'What is promoted can be checked out and reviewed: it was built from a commit.',
      remedy:
        commit === 'unknown'
          ? `\`${stackCommand(kind, 'doctor', from)}\` says what git lacks. Then run \`${stackCommand(kind, 'up', from)}\` and promote again; ${allow}`
          : `Commit the changes, run \`${stackCommand(kind, 'up', from)}\` and promote that; ${allow}`,
    });
  }
  if (!committed || allowed === undefined) return;
  throw new Refusal({
    code: 'RELEASE_NOT_DIRTY',
    message: `${version} was built from the commit ${shortCommit(commit)}.`,
    remedy: 'Omit --allow-dirty.',
  });
}

/**
 * Each contract migration of the promotion must be accepted by name, and no other may be: that what runs no longer uses
 * what it removes. That there is no rollback afterwards is another decision, `--one-way`.
 */
export function assertContractAccepted(
  environment: string,
  before: Release | undefined,
  release: Release,
  brought: readonly Migration[],
  accepted: {
    readonly names: readonly string[];
    /** Whether `--one-way` is needed and was not given. */
    readonly reasonMissing: boolean;
  },
): void {
  const names = brought.map(({ name }) => name);
  const idle = accepted.names.filter((name) => !names.includes(name));
  if (idle.length > 0) {
    throw new Refusal({
      code: 'CONTRACT_NOT_BROUGHT',
      message: `${release.version} has no contract migration ${idle.join(', ')} that is new to ${environment}.`,
      remedy: names.length === 0 ? 'Omit --accept-contract.' : `It has: ${names.join(', ')}.`,
    });
  }
  const missing = names.filter((name) => !accepted.names.includes(name));
  if (missing.length === 0) return;
  throw new Refusal({
    code: 'CONTRACT_NOT_ACCEPTED',
    message: `${release.version} runs the contract migration ${missing.join(', ')} on ${environment}: after that, ${environment} cannot be rolled back to ${before?.version ?? 'an earlier release'}, not even automatically when the verification fails.`,
    rule: 'A contract migration removes what older code may still use, and migrations only go forward.',
    remedy: `If ${before?.version ?? 'what runs'} no longer uses what it removes, add ${missing.map((name) => `--accept-contract ${name}`).join(' ')}${accepted.reasonMissing ? ', and say why there may be no rollback: --one-way "<reason>"' : ''}.`,
  });
}

/** Of migrations that nobody has called `expand` or `contract`, none is assumed to be harmless. */
export function assertKnown(
  environment: string,
  before: Release | undefined,
  release: Release,
  unknown: readonly Migration[],
): void {
  if (unknown.length === 0) return;
  const earlier = before?.version ?? 'what runs';
  throw new Refusal({
    code: 'UNKNOWN_MIGRATION_BROUGHT',
    message: `${release.version} runs ${unknown.map(({ name }) => name).join(', ')} on ${environment}: whether ${earlier} still works after that is unknown.`,
    rule: 'Both releases run at the same time during a rollout, and a rollback meets the migrated schema. Unknown is not safe: docs/migrations.md says how to declare what a migration does.',
    remedy: `If ${earlier} works on the migrated schema, add --accept-unknown-migrations.`,
  });
}
