import type { ClientBase } from 'pg';
import type { Migration, MigrationModule } from './migration.ts';
import { appliedMigrations, createMigrationsTable, recordMigration } from './migrations-table.ts';
import { withoutTransaction } from './without-transaction.ts';

/** An arbitrary constant: whoever migrates this database holds it. */
const advisoryLock = 7_305_108_021;

export interface MigrationRun {
  readonly applied: readonly Migration[];
  /** In the database and not in this release: a newer release was here. They are left alone. */
  readonly newer: readonly string[];
  readonly alreadyApplied: number;
}

export interface MigrationOptions {
  readonly migrations: readonly Migration[];
  readonly load: (migration: Migration) => Promise<MigrationModule>;
  readonly releaseVersion: string;
  /** How long to wait for another run to finish. */
  readonly waitForOthersMs: number;
  /** A statement that waits longer for a table's lock fails: behind it, every request to that table would wait too. */
  readonly lockTimeoutMs: number;
  readonly onApplied: (migration: Migration, durationMs: number) => void;
  /** What else only one run at a time may do, once the schema is there. */
  readonly afterwards: () => Promise<void>;
}

/** A migration threw; nothing of it remains (unless it runs without a transaction), and those before it do. */
class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
  readonly migration: string;

  constructor(migration: string, cause: unknown) {
    super(`migration ${migration} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.migration = migration;
  }
}

/** Another run still held the lock after `waitForOthersMs`. */
class MigrationsLocked extends Error {
  override readonly name = 'MigrationsLocked';

  constructor(waitedMs: number, cause: unknown) {
    super(`another run of the migrations did not finish within ${waitedMs / 1_000} s`, { cause });
  }
}

/**
 * Applies what the database does not have yet, in order, each in its own transaction unless it says that it can't be.
 * @throws MigrationFailed, MigrationsLocked
 */
export async function runMigrations(client: ClientBase, options: MigrationOptions): Promise<MigrationRun> {
  await holdLock(client, options.waitForOthersMs);
  try {
    await createMigrationsTable(client);
    const before = new Set(await appliedMigrations(client));
    const pending = options.migrations.filter(({ name }) => !before.has(name));
    for (const migration of pending) {
      const startedAt = performance.now();
      await applyMigration(client, migration, options);
      options.onApplied(migration, Math.round(performance.now() - startedAt));
    }
    await options.afterwards();
    const contained = new Set(options.migrations.map(({ name }) => name));
    const newer = [...before].filter((name) => !contained.has(name));
    return { applied: pending, newer, alreadyApplied: before.size - newer.length };
  } finally {
    await releaseLock(client);
  }
}

async function holdLock(client: ClientBase, waitForOthersMs: number): Promise<void> {
  await client.query(`SET lock_timeout = ${waitForOthersMs}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
  } catch (error) {
    throw isLockTimeout(error) ? new MigrationsLocked(waitForOthersMs, error) : error;
  }
}

/** The lock ends with the connection in any case; a failure here must not hide why the run failed. */
async function releaseLock(client: ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_unlock($1)', [advisoryLock]).catch(() => undefined);
}

async function applyMigration(client: ClientBase, migration: Migration, options: MigrationOptions): Promise<void> {
  try {
    const module = await options.load(migration);
    if (module.transaction === false) {
      await withoutTransaction(client, module);
      await recordMigration(client, migration, options.releaseVersion);
      return;
    }
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = ${options.lockTimeoutMs}`);
    await module.up({ query: (text, values) => client.query(text, values) });
    await recordMigration(client, migration, options.releaseVersion);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new MigrationFailed(migration.name, error);
  }
}

/** https://www.postgresql.org/docs/17/errcodes-appendix.html: lock_not_available. */
function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03';
}
