import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.ts';
import type { Quotas } from '../env/services.ts';
import { QUOTAS } from '../env/tokens.ts';
import { hashOf, type RefreshToken, refreshGraceSeconds, refreshTokenDays } from './refresh-token.ts';
import { SessionEntity } from './session.entity.ts';

const dayMs = 24 * 60 * 60 * 1_000;

interface JustReplaced {
  readonly userId: string;
  readonly newestHash: Buffer;
}

interface EndedSession {
  readonly userId: string;
  readonly expiresAt: Date;
}

@Injectable()
export class SessionsRepository {
  readonly #database: Database;
  readonly #mostOfUser: number;

  constructor(database: Database, @Inject(QUOTAS) { sessionsPerUser }: Quotas) {
    this.#database = database;
    this.#mostOfUser = sessionsPerUser;
  }

  /**
   * Opens a session, and clears away those of the same user that have expired, as nobody else would, and those that are too
   * many: a client that logs in instead of refreshing would leave one behind each time.
   */
  async open(manager: EntityManager, userId: string, token: RefreshToken): Promise<void> {
    await manager.query(
      `DELETE FROM sessions WHERE user_id = $1 AND (expires_at < now() OR id IN (
         SELECT id FROM sessions WHERE user_id = $1 ORDER BY expires_at DESC OFFSET $2
       ))`,
      [userId, this.#mostOfUser - 1],
    );
    await manager.insert(SessionEntity, {
      id: token.sessionId,
      userId,
      tokenHash: hashOf(token),
      expiresAt: expiry(),
    });
  }

  /**
   * Puts `next` in the place of `token`; gives whose session it is. `undefined`: `token` is not the newest of a session
   * that is open. One statement decides, so that of two who use a token at the same time one alone succeeds.
   */
  async rotate(token: RefreshToken, next: RefreshToken, client: Buffer): Promise<string | undefined> {
    const [rotated] = await this.#database.rows<{ userId: string }>(
      'rotate-session',
      `UPDATE sessions
       SET token_hash = $3, previous_token_hash = token_hash, rotated_at = now(), rotated_by = $4,
         expires_at = now() + make_interval(days => $5)
       WHERE id = $1 AND token_hash = $2 AND expires_at > now() RETURNING user_id AS "userId"`,
      [token.sessionId, hashOf(token), hashOf(next), client, refreshTokenDays],
    );
    return rotated?.userId;
  }

  /**
   * Whose session it is when `token` was replaced within the last seconds, for the same client; and the hash of what it
   * was replaced by.
   */
  async findJustReplaced(token: RefreshToken, client: Buffer): Promise<JustReplaced | undefined> {
    const [found] = await this.#database.rows<JustReplaced>(
      'session-just-rotated',
      `SELECT user_id AS "userId", token_hash AS "newestHash" FROM sessions
       WHERE id = $1 AND previous_token_hash = $2 AND rotated_by = $3 AND expires_at > now()
         AND rotated_at > now() - make_interval(secs => $4)`,
      [token.sessionId, hashOf(token), client, refreshGraceSeconds],
    );
    return found;
  }

  /** Gives whose session ended, and whether it was open still. */
  async end(sessionId: string): Promise<EndedSession | undefined> {
    const [ended] = await this.#database.rows<EndedSession>(
      'end-session',
      'DELETE FROM sessions WHERE id = $1 RETURNING user_id AS "userId", expires_at AS "expiresAt"',
      [sessionId],
    );
    return ended;
  }
}

function expiry(): Date {
  return new Date(Date.now() + refreshTokenDays * dayMs);
}
