import type { Release } from '../../infra/release/release.ts';
import { shortCommit } from '../messages/commit.ts';
import { formatAge } from '../messages/duration.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import type { Choice, Flow } from './flow.ts';
import { interrupted } from './interruption.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Running } from './running.ts';
import {
  attempts,
  contractMigrationsSince,
  goodReleases,
  restorableReleases,
  unfinished,
  unknownMigrationsSince,
} from './standing.ts';
import type { Target } from './target.ts';
import { shortDigest } from './truth.ts';

export interface Wish {
  /** The requested version. */
  readonly to?: string;
  /** Whether to ask a person, if there are several releases to roll back to. */
  readonly ask: boolean;
}

/** The release to roll back to: the requested one, the one that a person picks, or the last good one before what runs. */
export async function chooseRelease(
  flow: Flow,
  environment: string,
  running: Running,
  entries: readonly LedgerEntry[],
  { to, ask }: Wish,
): Promise<Release> {
  if (to !== undefined) return releaseOfVersion(environment, entries, to);
  const others = restorableReleases(entries).filter(({ release }) => release.digest !== running.release?.digest);
  if (ask && flow.prompt.interactive && others.length > 1) return await pick(flow, environment, entries, others);
  return lastGoodRelease(flow.target.kind, environment, running, entries);
}

function releaseOfVersion(environment: string, entries: readonly LedgerEntry[], version: string): Release {
  const available = restorableReleases(entries);
  const found = available.find(({ release }) => release.version === version);
  if (found !== undefined) return found.release;
  const versions = available.map(({ release }) => release.version);
  throw new Refusal({
    code: 'RELEASE_UNKNOWN',
    message: `${environment} has no verified release ${version}.`,
    rule: 'Only a release that was verified on the environment can be rolled back to.',
    remedy: versions.length === 0 ? 'There is none yet.' : `Choose one of: ${versions.join(', ')}.`,
  });
}

/**
 * A rollback that did not succeed is finished. After a killed command, what runs may still be the last good release:
 * rolling back to it undoes the rest of what was started, and nobody means to go further back.
 */
export function lastGoodRelease(
  kind: Target['kind'],
  environment: string,
  running: Running,
  entries: readonly LedgerEntry[],
): Release {
  const last = attempts(entries).at(-1)?.entry;
  if (last?.action === 'rollback' && last.outcome !== 'good') return last.release;
  const releases = goodReleases(entries);
  const latest = releases.at(-1)?.release;
  const undoing = latest?.digest !== running.release?.digest || unfinished(entries).length > 0;
  const release = undoing ? latest : releases.at(-2)?.release;
  if (release !== undefined) return release;
  const left = restorableReleases(entries).map(({ release }) => release.version);
  const others = left.filter((version) => version !== running.release?.version);
  throw new Refusal({
    code: 'NO_EARLIER_RELEASE',
    message: `${environment} has no verified release before the one that runs${running.release === undefined ? '' : `, ${running.release.version}`}.`,
    remedy:
      others.length === 0
        ? `Fix the app and run \`${stackCommand(kind, 'up', environment)}\`.`
        : `Releases that were rolled back can be named with --to: ${others.join(', ')}.`,
  });
}

async function pick(
  flow: Flow,
  environment: string,
  entries: readonly LedgerEntry[],
  candidates: readonly LedgerEntry[],
): Promise<Release> {
  const now = flow.clock.now();
  const options = candidates.map(({ release, at }): Choice => {
    const [forbidding] = contractMigrationsSince(entries, release);
    const facts = `${formatAge(now - Date.parse(at))}, commit ${shortCommit(release.commit)}, ${shortDigest(release.digest)}`;
    return {
      value: release.version,
      label: release.version,
      hint:
        forbidding === undefined
          ? `${facts}${unknownMigrationsSince(entries, release).length === 0 ? '' : ', unknown migrations since'}`
          : `impossible: contract migration ${forbidding.name}`,
      disabled: forbidding !== undefined,
    };
  });
  const version = await flow.prompt.choose(`Roll ${environment} back to which release?`, options);
  if (version === undefined) throw interrupted('Nothing was changed.');
  return releaseOfVersion(environment, entries, version);
}
