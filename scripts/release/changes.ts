import { readOperations } from './history.ts';
import { attempts } from './standing.ts';
import type { Target } from './target.ts';

/** Something that changed an environment, as a mark on a line of time. */
export interface Change {
  readonly kind: 'release' | 'operation';
  /** `up`, `rollback`, `restart`, `freeze`, … */
  readonly action: string;
  /** Version of the release, or what the operation was about. */
  readonly what: string;
  readonly outcome: string;
  readonly by: string;
  /** When it started; ISO 8601, UTC. */
  readonly at: string;
  readonly seconds: number;
  readonly reason?: string;
}

/** What changed an environment, by its ledger, latest first. A `verify` only looked. */
export async function readChanges(target: Pick<Target, 'ledger'>, environment: string): Promise<readonly Change[]> {
  const ledger = target.ledger(environment);
  const releases = attempts(await ledger.list())
    .filter(({ entry }) => entry.action !== 'verify')
    .map(
      ({ entry: { action, release, outcome, by, seconds, reason }, startedAt }): Change => ({
        kind: 'release',
        ...{ action, what: release.version, outcome, by, at: startedAt, seconds },
        ...(reason === undefined ? {} : { reason }),
      }),
    );
  const operations = (await readOperations(ledger)).map(
    ({ action, what, outcome, by, at, seconds, reason }): Change => ({
      kind: 'operation',
      ...{ action, what, outcome, by, at, seconds },
      ...(reason === undefined ? {} : { reason }),
    }),
  );
  return [...releases, ...operations].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}
