import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { clientOptions } from './database/postgres-options.ts';
import { loadMigrateEnv, type MigrateEnv } from './env/env.ts';
import { loadOrExit } from './launch/load-or-exit.ts';
import { createLogger, type Logger, standardOutput } from './logging/logger.ts';
import { logNodeWarnings } from './logging/node-warnings.ts';
import { ensureAppRole } from './migrate/app-role.ts';
import { containedMigrations } from './migrate/contained-migrations.ts';
import type { Migration, MigrationModule } from './migrate/migration.ts';
import { type MigrationRun, runMigrations } from './migrate/run-migrations.ts';

/** Longer than a usual migration, shorter than anyone's patience with a release that waits for another one. */
const waitForOthersMs = 120_000;
const lockTimeoutMs = 10_000;
const terminatedBySignal = 128 + 15;

const migrations = containedMigrations(join(import.meta.dirname, 'migrations'));

if (process.argv.includes('--list')) {
  process.stdout.write(`${JSON.stringify(migrations.map(({ name, kind }) => ({ name, kind })))}\n`);
} else {
  void migrate(loadOrExit(loadMigrateEnv)).then((exitCode) => {
    process.exitCode = exitCode;
  });
}

async function migrate(env: MigrateEnv): Promise<number> {
  const destination = standardOutput();
  const logger = createLogger(env.identity, env.logLevel, destination).child({ operation: 'migrate' });
  logNodeWarnings(logger);
  // The transaction of the running migration ends with the connection: nothing of it remains.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.warn({ signal }, 'interrupted; the running migration is rolled back');
      process.exit(terminatedBySignal);
    });
  }
  const access = clientOptions(env.database, 'migrate');
  const client = new pg.Client(access);
  client.on('error', () => undefined);
  try {
    await client.connect();
    const afterwards = () => ensureAppRole(client, env.appRole, access);
    report(await runMigrations(client, { ...optionsFor(env, logger), afterwards }), logger);
    return 0;
  } catch (error) {
    logger.fatal({ err: error }, error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function optionsFor(env: MigrateEnv, logger: Logger) {
  return {
    migrations,
    load: (migration: Migration): Promise<MigrationModule> => import(pathToFileURL(migration.file).href),
    releaseVersion: env.identity.version,
    waitForOthersMs,
    lockTimeoutMs,
    onApplied: ({ name, kind }: Migration, durationMs: number) =>
      logger.info({ migration: name, kind, durationMs }, `applied ${name}`),
  };
}

function report({ applied, alreadyApplied, newer }: MigrationRun, logger: Logger): void {
  if (newer.length > 0) {
    logger.warn({ newer }, 'the database has migrations of a newer release; they were left as they are');
  }
  const summary = applied.length === 0 ? 'nothing to apply' : `applied ${applied.length} of ${migrations.length}`;
  logger.info({ applied: applied.map(({ name }) => name), alreadyApplied }, summary);
}
