import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit, type Type } from '@nestjs/common';
import pg, {
  type ClientBase,
  type CustomTypesConfig,
  type Pool,
  type PoolConfig,
  type QueryConfig,
  type QueryResultRow,
} from 'pg';
import { DataSource, type EntityManager, TypeORMError } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { pause } from '../clock/clock.ts';
import type { DatabaseSettings } from '../env/database.ts';
import type { Identity } from '../env/env.ts';
import { DATABASE_SETTINGS, ENTITIES, IDENTITY, LOGGER } from '../env/tokens.ts';
import type { Logger } from '../logging/logger.ts';
import { DatabaseUnavailable, databaseErrorFrom } from './errors.ts';
import { surviveLostConnections } from './lost-connections.ts';
import type { PoolUse } from './pool-use.ts';
import { clientOptions } from './postgres-options.ts';
import { closeSilentConnections } from './silent-connections.ts';
import { Turns } from './turns.ts';
import { assertWritable, leaveReadOnlyServers } from './writable-server.ts';

const firstRetryMs = 100;
const slowestRetryMs = 2_000;
/** How much later than the server's own timeout a statement counts as lost. */
const silenceMarginMs = 2_000;
const longestLockWaitMs = 3_000;
/** The readiness check has a connection of its own: a busy pool is no reason to take the task out of service. */
const connectionsForReadiness = 1;

/**
 * The pool and TypeORM on top of it. Connects while the server starts, and as long as it takes:
 * an unreachable database must not restart every task, only make them not ready.
 */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  readonly #dataSource: DataSource;
  readonly #settings: DatabaseSettings;
  readonly #logger: Logger;
  readonly #stopped = new AbortController();
  readonly #turns: Turns;
  readonly #statements = new Map<string, QueryConfig>();
  #connecting: Promise<void> = Promise.resolve();
  #attempt: Promise<unknown> = Promise.resolve();
  #pool: Pool | undefined;
  #leave: () => void = () => undefined;

  constructor(
    @Inject(DATABASE_SETTINGS) settings: DatabaseSettings,
    @Inject(LOGGER) logger: Logger,
    @Inject(IDENTITY) { service }: Identity,
    @Inject(ENTITIES) entities: readonly Type[],
  ) {
    this.#settings = settings;
    this.#logger = logger;
    this.#turns = new Turns(connectionsOf(settings), settings.connectTimeoutMs);
    this.#dataSource = createDataSource(settings, logger, service, entities);
  }

  onModuleInit(): void {
    this.#connecting = this.#connectUntilItWorks();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopped.abort();
    await this.#connecting;
    if (this.#dataSource.isInitialized) {
      await this.#dataSource.destroy();
    }
  }

  get connected(): boolean {
    return this.#pool !== undefined;
  }

  /** Resolves when the attempt to connect that is under way has ended, whether or not it succeeded; at once while none is. */
  async attempted(): Promise<void> {
    await this.#attempt;
  }

  get poolUse(): PoolUse {
    const size = connectionsOf(this.#settings);
    const { totalCount = 0, idleCount = 0, waitingCount = 0 } = this.#pool ?? {};
    return { size, inUse: totalCount - idleCount, waiting: waitingCount + this.#turns.waiting };
  }

  /** @throws DatabaseUnavailable before the first connection was made. */
  get manager(): EntityManager {
    if (!this.connected) {
      throw new DatabaseUnavailable();
    }
    return this.#dataSource.manager;
  }

  /** @throws DatabaseBusy, DatabaseUnavailable */
  read<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.#turns.read(async () => work(this.manager));
  }

  /** A single statement that changes rows. @throws DatabaseBusy, DatabaseUnavailable */
  write<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.#turns.write(async () => work(this.manager));
  }

  /** Commits when `work` resolves, and undoes all of it when it rejects. @throws DatabaseBusy, DatabaseUnavailable */
  transaction<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.#turns.write(async () => this.manager.transaction(work));
  }

  /**
   * Runs a statement that is prepared once per connection under `name`, and returns its rows as they are:
   * for hot reads, where building entities would cost more than the query.
   * @param types how to read values, when otherwise than pg does
   */
  async rows<Row extends QueryResultRow>(
    name: string,
    text: string,
    values: readonly unknown[],
    types?: CustomTypesConfig,
  ): Promise<Row[]> {
    const pool = this.#pool;
    if (pool === undefined) {
      throw new DatabaseUnavailable();
    }
    const statement = this.#statements.get(name) ?? this.#keep(name, { name, text, types });
    const run = () => pool.query<Row>(statement, [...values]);
    const { rows } = await (text.startsWith('SELECT') ? this.#turns.read(run) : this.#turns.write(run));
    return rows;
  }

  /** For whoever finds out that the server takes no writes: has every connection replaced by a new one. */
  leaveServer(): void {
    this.#leave();
  }

  /** pg copies each property that a statement has by itself, for each query, which takes longer than to send it: so it inherits them. */
  #keep(name: string, statement: QueryConfig): QueryConfig {
    const kept: QueryConfig = Object.create(statement);
    this.#statements.set(name, kept);
    return kept;
  }

  async #connectUntilItWorks(): Promise<void> {
    for (let delayMs = firstRetryMs; !this.#stopped.signal.aborted; delayMs = Math.min(delayMs * 2, slowestRetryMs)) {
      try {
        const attempt = this.#dataSource.initialize();
        this.#attempt = attempt.catch(() => undefined);
        await attempt;
        this.#pool = poolOf(this.#dataSource);
        closeSilentConnections(this.#pool, this.#settings.statementTimeoutMs + silenceMarginMs);
        surviveLostConnections(this.#pool);
        this.#leave = leaveReadOnlyServers(this.#pool);
        this.#logger.info({ operation: 'database.connect' }, 'connected to the database');
        return;
      } catch (error) {
        // What TypeORM itself throws is a mistake in our entities: waiting does not fix it.
        if (error instanceof TypeORMError && databaseErrorFrom(error) === undefined) {
          throw error;
        }
        this.#logger.warn(
          { operation: 'database.connect', err: error, retryInMs: delayMs },
          'the database is unreachable',
        );
        await pause(delayMs, this.#stopped.signal);
      }
    }
  }
}

function connectionsOf({ poolSize }: DatabaseSettings): number {
  return poolSize - connectionsForReadiness;
}

/** What waits for a lock holds a connection: long before its statement would be given up. */
function lockTimeoutMs(statementTimeoutMs: number): number {
  return Math.min(longestLockWaitMs, statementTimeoutMs / 2);
}

/**
 * On a connection that was just made, instead of in its startup message, where pg would send it: RDS Proxy refuses every
 * connection that brings such options (`0A000: RDS Proxy currently doesn’t support the option statement_timeout`).
 */
async function limitStatements(client: ClientBase, settings: DatabaseSettings): Promise<void> {
  const { statementTimeoutMs, connectTimeoutMs } = settings;
  const query = {
    text: `SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)`,
    values: [`${statementTimeoutMs}ms`, `${lockTimeoutMs(statementTimeoutMs)}ms`],
    // Part of connecting, and no longer than that.
    query_timeout: connectTimeoutMs,
  };
  await client.query(query);
}

/** `service`: how Postgres names the connections, so that it can be told whose they are. */
function createDataSource(
  settings: DatabaseSettings,
  logger: Logger,
  service: string,
  entities: readonly Type[],
): DataSource {
  const { connectionTimeoutMillis, application_name, ...connection } = clientOptions(settings, service);
  return new DataSource({
    type: 'postgres',
    driver: pg,
    entities: [...entities],
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    logging: false,
    poolSize: connectionsOf(settings),
    poolErrorHandler: (error: unknown) => logger.warn({ err: error }, 'an idle database connection was lost'),
    extra: {
      ...connection,
      connectionTimeoutMillis,
      application_name,
      // To close sooner would mean a new TLS handshake after every quiet minute.
      idleTimeoutMillis: 300_000,
      // After a failover or a rotated password the connections come from the new state within half an hour.
      maxLifetimeSeconds: 1_800,
      onConnect: async (client) => {
        await limitStatements(client, settings);
        await assertWritable(client, settings.connectTimeoutMs);
      },
    } satisfies PoolConfig,
  });
}

function poolOf(dataSource: DataSource): Pool {
  const { master } = dataSource.driver as PostgresDriver;
  if (!(master instanceof pg.Pool)) {
    throw new TypeError('TypeORM has no pg pool');
  }
  return master;
}
