import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import pg, { type Pool } from 'pg';
import { Database } from '../database/database.ts';
import { DatabaseReadOnly } from '../database/errors.ts';
import { clientOptions } from '../database/postgres-options.ts';
import { assertWritable } from '../database/writable-server.ts';
import type { DatabaseSettings } from '../env/database.ts';
import type { ReadinessTimes } from '../env/env.ts';
import { CONTAINED_MIGRATIONS, DATABASE_SETTINGS, READINESS_TIMES } from '../env/tokens.ts';
import { appliedMigrations } from '../migrate/migrations-table.ts';
import type { ReadinessCheck } from './readiness.ts';

/**
 * Whether Postgres answers and takes writes, and whether it has the tables that this release was written for.
 * On a connection of its own: when all others are busy the process is slow, and taking it out of service
 * (which on ECS means to replace it) would make the rest slower still.
 */
@Injectable()
export class DatabaseChecks implements OnModuleInit, OnApplicationShutdown {
  readonly #database: Database;
  readonly #pool: Pool;
  readonly #contained: readonly string[];
  readonly #timeoutMs: number;
  #migrated = false;

  constructor(
    database: Database,
    @Inject(DATABASE_SETTINGS) settings: DatabaseSettings,
    @Inject(READINESS_TIMES) { timeoutMs }: ReadinessTimes,
    @Inject(CONTAINED_MIGRATIONS) contained: readonly string[],
  ) {
    this.#database = database;
    this.#contained = contained;
    this.#timeoutMs = timeoutMs;
    this.#pool = new pg.Pool({
      ...clientOptions(settings, 'readiness'),
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      max: 1,
      idleTimeoutMillis: 0,
    });
    // The check that finds the connection gone says so.
    this.#pool.on('error', () => undefined);
  }

  /** Connects while the rest starts; the outcome is the first check's to tell. */
  onModuleInit(): void {
    this.#checkMigrations().catch(() => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#pool.end();
  }

  readonly all: readonly ReadinessCheck[] = [
    { name: 'database', run: () => this.#checkDatabase() },
    { name: 'migrations', run: () => this.#checkMigrations() },
  ];

  async #checkDatabase(): Promise<void> {
    // Whoever asks during the start gets its answer when there is one, rather than a failure and a whole interval of waiting.
    await this.#database.attempted();
    if (!this.#database.connected) {
      throw new Error('not connected yet');
    }
    const client = await this.#pool.connect();
    try {
      await assertWritable(client, this.#timeoutMs);
    } catch (error) {
      // The next check connects again, and may find the server that is the primary by then.
      client.release(true);
      if (error instanceof DatabaseReadOnly) {
        this.#database.leaveServer();
      }
      throw error;
    }
    client.release();
  }

  /** Asked until it succeeds once: migrations only go forwards. */
  async #checkMigrations(): Promise<void> {
    if (this.#migrated) {
      return;
    }
    const applied = new Set(await appliedMigrations(this.#pool));
    const missing = this.#contained.filter((name) => !applied.has(name));
    if (missing.length > 0) {
      throw new Error(`not applied: ${missing.join(', ')}`);
    }
    this.#migrated = true;
  }
}
