import type { Migration, Release } from '../../infra/release/release.ts';
import { stackCommand } from '../messages/next-command.ts';
import { Refusal } from '../messages/user-error.ts';
import type { LedgerEntry } from './ledger.ts';
import { contractMigrationsSince } from './standing.ts';
import type { Target } from './target.ts';

/** Migrations are not undone, so the earlier release meets the current schema. `expand` migrations do it no harm. */
export function assertSchemaAllows(
  kind: Target['kind'],
  environment: string,
  entries: readonly LedgerEntry[],
  release: Release,
): void {
  const forbidding = contractMigrationsSince(entries, release);
  if (forbidding.length === 0) return;
  const names = forbidding.map(({ name }) => name).join(', ');
  throw new Refusal({
    code: 'CONTRACT_MIGRATION_BETWEEN',
    message: `${environment} cannot be rolled back to ${release.version}: the contract migration ${names} has run since.`,
    rule: 'A contract migration removes what older code still uses, and migrations only go forward.',
    remedy: `Fix the app and roll forward, or restore the database from an earlier backup. \`${stackCommand(kind, 'history', environment)}\` lists what ran when.`,
  });
}

/** Of migrations that nobody has called `expand` or `contract`, none is assumed to be harmless. */
export function assertSchemaKnown(environment: string, release: Release, unknown: readonly Migration[]): void {
  if (unknown.length === 0) return;
  const names = unknown.map(({ name }) => name).join(', ');
  throw new Refusal({
    code: 'UNKNOWN_MIGRATION_BETWEEN',
    message: `Whether ${environment} can be rolled back to ${release.version} is unknown: ${names} may have changed the schema since.`,
    rule: 'Migrations only go forward, and unknown is not safe: docs/migrations.md says how to declare what they do.',
    remedy: `If the code of ${release.version} works on the current schema, add --accept-unknown-migrations.`,
  });
}
