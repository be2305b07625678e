import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.ts';
import type { Quotas } from '../env/services.ts';
import { QUOTAS } from '../env/tokens.ts';
import { KeyInFlight, KeyReused, KeysExhausted } from './idempotency.errors.ts';

/** Longer than any client keeps trying. */
export const keysKeptHours = 24;
/** Of the same user's keys that have expired, how many one write clears away. */
const clearedAtOnce = 100;
/** Keys go one by one over a day; to ask more often would only count again. */
const retryAfterSeconds = 60;

interface Attempt {
  readonly userId: string;
  /** `undefined`: each attempt is a write of its own. */
  readonly key: string | undefined;
  /** What is asked for, and with what: a key stands for one request only. */
  readonly operation: string;
  readonly input: unknown;
}

interface Outcome<Answer> {
  readonly answer: Answer;
  /** The answer is that of an earlier attempt. */
  readonly replayed: boolean;
}

/** Of several attempts at a write with one key, one writes; the others get its answer. */
@Injectable()
export class IdempotentWrites {
  readonly #database: Database;

  readonly #mostKeys: number;

  constructor(database: Database, @Inject(QUOTAS) { idempotencyKeysPerUser }: Quotas) {
    this.#database = database;
    this.#mostKeys = idempotencyKeysPerUser;
  }

  /**
   * The key is stored in the transaction of the write: it is there exactly when the write is. The lock on it ends with the
   * transaction too, so a process that dies in the middle leaves nothing that would have to time out.
   * @param write gives an answer that survives JSON
   * @throws KeyInFlight, KeyReused, KeysExhausted
   */
  async run<Answer>(attempt: Attempt, write: (manager: EntityManager) => Promise<Answer>): Promise<Outcome<Answer>> {
    const { userId, key } = attempt;
    return this.#database.transaction(async (manager) => {
      if (key === undefined) {
        return { answer: await write(manager), replayed: false };
      }
      await lock(manager, userId, key);
      const hash = hashOf(attempt);
      const [known] = await manager.query<Stored<Answer>[]>(
        'SELECT request_hash AS hash, answer FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND expires_at > now()',
        [userId, key],
      );
      if (known !== undefined) {
        if (!hash.equals(known.hash)) {
          throw new KeyReused();
        }
        return { answer: known.answer, replayed: true };
      }
      await clearExpired(manager, userId);
      await this.#refuseBeyondQuota(manager, userId);
      const answer = await write(manager);
      await store(manager, { userId, key, hash, answer });
      return { answer, replayed: false };
    });
  }

  /** By the index alone; those that expired count for as long as none was cleared away. */
  async #refuseBeyondQuota(manager: EntityManager, userId: string): Promise<void> {
    const beyond = await manager.query<unknown[]>(
      'SELECT 1 FROM idempotency_keys WHERE user_id = $1 OFFSET $2 LIMIT 1',
      [userId, this.#mostKeys - 1],
    );
    if (beyond.length > 0) {
      throw new KeysExhausted(this.#mostKeys, retryAfterSeconds);
    }
  }
}

interface Stored<Answer> {
  readonly hash: Buffer;
  readonly answer: Answer;
}

async function lock(manager: EntityManager, userId: string, key: string): Promise<void> {
  const [row] = await manager.query<{ locked: boolean }[]>(
    'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked',
    [`idempotency ${userId} ${key}`],
  );
  if (row?.locked !== true) {
    throw new KeyInFlight();
  }
}

function hashOf({ operation, input }: Attempt): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([operation, input]))
    .digest();
}

/** SKIP LOCKED: another write of the same user may be clearing away the same ones. */
async function clearExpired(manager: EntityManager, userId: string): Promise<void> {
  await manager.query(
    `DELETE FROM idempotency_keys WHERE user_id = $1 AND key IN (
       SELECT key FROM idempotency_keys WHERE user_id = $1 AND expires_at <= now() LIMIT $2 FOR UPDATE SKIP LOCKED
     )`,
    [userId, clearedAtOnce],
  );
}

async function store(
  manager: EntityManager,
  { userId, key, hash, answer }: { userId: string; key: string; hash: Buffer; answer: unknown },
): Promise<void> {
  await manager.query(
    `INSERT INTO idempotency_keys (user_id, key, request_hash, answer, expires_at)
     VALUES ($1, $2, $3, $4, now() + make_interval(hours => $5))
     ON CONFLICT (user_id, key) DO UPDATE
     SET request_hash = excluded.request_hash, answer = excluded.answer, expires_at = excluded.expires_at`,
    [userId, key, hash, JSON.stringify(answer), keysKeptHours],
  );
}
