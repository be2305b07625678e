import type { Release } from '../../infra/release/release.ts';
import { Refusal } from '../messages/user-error.ts';
import type { LedgerEntry } from './ledger.ts';
import { attempts } from './standing.ts';

/** How their absence is accepted: `--accept-loss migrations`. */
const name = 'migrations';

/**
 * Refuses a release without any migrations where some have run: their directory was moved or is not read. A later rollback
 * is judged by their names, and without them it would look safe.
 *
 * @param command that accepts it
 * @returns the losses that are still to be found in the plan
 */
export function assertMigrationsPresent(
  environment: string,
  release: Release,
  entries: readonly LedgerEntry[],
  accepted: readonly string[],
  command: string,
): readonly string[] {
  const ran = new Set(
    attempts(entries)
      .filter(({ entry }) => entry.built !== false)
      .flatMap(({ entry }) => entry.release.migrations.map((migration) => migration.name)),
  );
  if (release.migrations.length > 0 || ran.size === 0) return accepted;
  if (accepted.includes(name)) return accepted.filter((loss) => loss !== name);
  throw new Refusal({
    code: 'MIGRATIONS_MISSING',
    message: `${release.version} has no migrations, but ${ran.size} ran on ${environment}, the last one ${[...ran].toSorted().at(-1)}.`,
    rule: 'Whether a release can be rolled back follows from the migrations that it and the others contain.',
    remedy: `Check the setting appDirectory and the folder of migrations in the app’s manifest. If the app really has none any more: \`${command} --accept-loss ${name}\`.`,
  });
}
