import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.ts';
import type { JobName } from './job.ts';

/** A job as it travels: its row, less what only the row needs. */
export interface StoredJob {
  readonly id: string;
  readonly name: JobName;
  readonly payload: unknown;
  readonly correlationId: string | null;
  readonly traceParent: string | null;
  /** How often it was postponed: each time it travels again, as another job of the queue. */
  readonly postponements: number;
}

/** One way of a job through the queue. Of two that are under way, the one with fewer postponements came too late. */
export type JobRound = Pick<StoredJob, 'id' | 'postponements'>;

export interface OpenJob {
  /** Tries that failed. */
  readonly attempts: number;
  readonly enqueuedAt: Date;
  readonly ageSeconds: number;
}

export interface Postponement {
  readonly seconds: number;
  /** `false`: it was not tried at all. */
  readonly usesAttempt: boolean;
  readonly error?: string;
}

export interface DeadJob extends StoredJob {
  readonly deadAt: Date;
  readonly error: string;
}

export interface Backlog {
  /** Jobs that are due and not done, wherever they wait. */
  readonly depth: number;
  /** For how long the oldest of them has been due; 0 when there is none. */
  readonly oldestSeconds: number;
  /** Jobs that wait for the time at which they are tried again. */
  readonly postponed: number;
  readonly dead: number;
}

const columns = 'id, name, payload, correlation_id AS "correlationId", trace_parent AS "traceParent", postponements';
const open = 'processed_at IS NULL AND dead_at IS NULL';
const longestError = 1_000;

/**
 * The jobs in Postgres: the truth about each. The queue only carries them, and may lose what it holds
 * (it keeps nothing on disk): a job that was sent and is not done for long is sent again.
 */
@Injectable()
export class JobStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Gives up to `limit` jobs that are due and were not sent yet to `send`, and notes that they are sent when it resolves.
   * Several may do so at once: each gets other jobs. Returns how many were sent.
   */
  async sendUnsent(limit: number, send: (jobs: readonly StoredJob[]) => Promise<void>): Promise<number> {
    return this.#sendWhere(`sent_at IS NULL AND due_at <= now() AND ${open}`, [limit], send);
  }

  /** When the next job that is not sent is due; `Infinity` when there is none. */
  async msUntilDue(): Promise<number> {
    const rows: readonly { readonly ms: number | null }[] = await this.#database.manager.query(
      `SELECT extract(epoch FROM min(due_at) - now())::float * 1000 AS ms FROM outbox WHERE sent_at IS NULL AND ${open}`,
    );
    return rows[0]?.ms ?? Number.POSITIVE_INFINITY;
  }

  /** Every job that is not done counts as not sent: the queue lost what it held. */
  async unsendAll(): Promise<void> {
    await this.#database.manager.query(`UPDATE outbox SET sent_at = NULL WHERE sent_at IS NOT NULL AND ${open}`);
  }

  /** The same for jobs that were sent so long ago that the queue must have lost them. */
  async sendLost(
    limit: number,
    afterSeconds: number,
    send: (jobs: readonly StoredJob[]) => Promise<void>,
  ): Promise<number> {
    const lost = `${open} AND sent_at < now() - $2 * interval '1 second'`;
    return this.#sendWhere(lost, [limit, afterSeconds], send);
  }

  /**
   * The job, unless it is done, dead, or was postponed since it was sent. A cheap look before work that can't be undone;
   * `finish` and `postpone` decide.
   */
  async findOpen({ id, postponements }: JobRound): Promise<OpenJob | undefined> {
    const rows: readonly OpenJob[] = await this.#database.manager.query(
      `SELECT attempts, created_at AS "enqueuedAt", extract(epoch FROM now() - created_at)::float AS "ageSeconds"
       FROM outbox WHERE id = $1 AND postponements = $2 AND ${open}`,
      [id, postponements],
    );
    return rows[0];
  }

  /**
   * Runs `effect` and notes that the job is done, in one transaction: both happen or neither, and only once,
   * however often and by however many workers the job is tried. `false`: it was done before.
   */
  async finish(id: string, effect: (manager: EntityManager) => Promise<void>): Promise<boolean> {
    return this.#database.manager.transaction(async (manager) => {
      // Whoever comes second waits here for the first one's commit, and then finds nothing to update.
      const claimed = await manager.query(
        `UPDATE outbox SET processed_at = now(), dead_at = NULL, error = NULL, sent_at = coalesce(sent_at, now())
         WHERE id = $1 AND processed_at IS NULL RETURNING id`,
        [id],
      );
      if (affectedBy(claimed) === 0) {
        return false;
      }
      await effect(manager);
      return true;
    });
  }

  /**
   * Has the job sent again after a while, and runs `effect`, in one transaction. `false`: it is done, or was postponed
   * by somebody else, and `effect` did not run.
   */
  async postpone(
    { id, postponements }: JobRound,
    { seconds, usesAttempt, error }: Postponement,
    effect: (manager: EntityManager) => Promise<void> = async () => undefined,
  ): Promise<boolean> {
    return this.#database.manager.transaction(async (manager) => {
      const postponed = await manager.query(
        `UPDATE outbox SET sent_at = NULL, due_at = now() + $3 * interval '1 second', error = $5,
           attempts = attempts + $4, postponements = postponements + 1
         WHERE id = $1 AND postponements = $2 AND ${open} RETURNING id`,
        [id, postponements, seconds, usesAttempt ? 1 : 0, error?.slice(0, longestError)],
      );
      if (affectedBy(postponed) === 0) {
        return false;
      }
      await effect(manager);
      return true;
    });
  }

  /** Gives the job up: it stays here, is counted, and waits for a person. */
  async bury(id: string, reason: string): Promise<void> {
    await this.#database.manager.query(
      `UPDATE outbox SET dead_at = now(), error = $2, sent_at = coalesce(sent_at, now()) WHERE id = $1 AND ${open}`,
      [id, reason.slice(0, longestError)],
    );
  }

  dead(limit: number): Promise<readonly DeadJob[]> {
    return this.#database.manager.query(
      `SELECT ${columns}, dead_at AS "deadAt", error FROM outbox WHERE dead_at IS NOT NULL ORDER BY dead_at LIMIT $1`,
      [limit],
    );
  }

  /** Dead jobs become new ones; all of them where no `ids` are given. Returns how many. */
  async revive(ids: readonly string[] | undefined): Promise<number> {
    const revived = await this.#database.manager.query(
      `UPDATE outbox SET dead_at = NULL, sent_at = NULL, due_at = now(), attempts = 0, postponements = postponements + 1
       WHERE dead_at IS NOT NULL AND ($1::uuid[] IS NULL OR id = ANY($1)) RETURNING id`,
      [ids],
    );
    return affectedBy(revived);
  }

  async backlog(): Promise<Backlog> {
    const rows: readonly Backlog[] = await this.#database.manager.query(`
      SELECT
        count(*) FILTER (WHERE due_at <= now())::int AS depth,
        count(*) FILTER (WHERE due_at > now())::int AS postponed,
        greatest(0, extract(epoch FROM now() - min(due_at)))::float AS "oldestSeconds",
        (SELECT count(*)::int FROM outbox WHERE dead_at IS NOT NULL) AS dead
      FROM outbox WHERE ${open}
    `);
    return rows[0] ?? { depth: 0, oldestSeconds: 0, postponed: 0, dead: 0 };
  }

  async #sendWhere(
    condition: string,
    [limit, ...values]: readonly [number, ...number[]],
    send: (jobs: readonly StoredJob[]) => Promise<void>,
  ): Promise<number> {
    return this.#database.manager.transaction(async (manager) => {
      const jobs: readonly StoredJob[] = await manager.query(
        `SELECT ${columns} FROM outbox WHERE ${condition} ORDER BY due_at, position LIMIT $1 FOR UPDATE SKIP LOCKED`,
        [limit, ...values],
      );
      if (jobs.length > 0) {
        // Should the commit fail they are sent twice: the queue knows them by their id, and `finish` does in any case.
        await send(jobs);
        await manager.query('UPDATE outbox SET sent_at = now() WHERE id = ANY($1)', [jobs.map(({ id }) => id)]);
      }
      return jobs.length;
    });
  }
}

/** TypeORM gives the rows and their number for statements that change rows. */
function affectedBy([, affected]: readonly [unknown, number]): number {
  return affected;
}
