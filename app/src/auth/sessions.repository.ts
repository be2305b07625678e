import { Injectable } from '@nestjs/common';
import { type EntityManager, LessThan, MoreThan } from 'typeorm';
import { Database } from '../database/database.ts';
import { hashOf, type RefreshToken, refreshTokenDays } from './refresh-token.ts';
import { SessionEntity } from './session.entity.ts';

const dayMs = 24 * 60 * 60 * 1_000;

@Injectable()
export class SessionsRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Opens a session, and clears away those of the same user that have expired: nobody else would. */
  async open(manager: EntityManager, userId: string, token: RefreshToken): Promise<void> {
    await manager.delete(SessionEntity, { userId, expiresAt: LessThan(new Date()) });
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
  async rotate(token: RefreshToken, next: RefreshToken): Promise<string | undefined> {
    const { raw } = await this.#database.manager
      .createQueryBuilder()
      .update(SessionEntity)
      .set({ tokenHash: hashOf(next), expiresAt: expiry() })
      .where({ id: token.sessionId, tokenHash: hashOf(token), expiresAt: MoreThan(new Date()) })
      .returning('user_id AS "userId"')
      .execute();
    return raw[0]?.userId;
  }

  /** Gives whose session ended, and whether it was open still. */
  async end(sessionId: string): Promise<{ readonly userId: string; readonly expiresAt: Date } | undefined> {
    const { raw } = await this.#database.manager
      .createQueryBuilder()
      .delete()
      .from(SessionEntity)
      .where({ id: sessionId })
      .returning('user_id AS "userId", expires_at AS "expiresAt"')
      .execute();
    return raw[0];
  }
}

function expiry(): Date {
  return new Date(Date.now() + refreshTokenDays * dayMs);
}
