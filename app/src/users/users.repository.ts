import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.ts';
import { violatedConstraint } from '../database/errors.ts';
import { UserEntity } from './user.entity.ts';
import { EmailTaken } from './users.errors.ts';

export interface User {
  readonly id: string;
  /** In lower case. */
  readonly email: string;
  readonly passwordHash: string;
  readonly emailVerifiedAt: Date | null;
  readonly createdAt: Date;
}

@Injectable()
export class UsersRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  findById(id: string): Promise<User | null> {
    return this.#database.read((manager) => manager.findOneBy(UserEntity, { id }));
  }

  findByEmail(email: string): Promise<User | null> {
    return this.#database.read((manager) => manager.findOneBy(UserEntity, { email }));
  }

  /** @throws EmailTaken */
  async insert(manager: EntityManager, user: Omit<User, 'createdAt' | 'emailVerifiedAt'>): Promise<void> {
    try {
      await manager.insert(UserEntity, user);
    } catch (error) {
      throw violatedConstraint(error) === 'users_email_key' ? new EmailTaken() : error;
    }
  }

  /** `false`: the token is not valid, not this user's, or has expired. A token may be used again, and changes nothing then. */
  async verifyEmail(id: string, tokenHash: Buffer): Promise<boolean> {
    const verified = await this.#database.rows(
      'verify-email',
      `UPDATE users SET email_verified_at = coalesce(email_verified_at, now())
       WHERE id = $1 AND EXISTS (
         SELECT 1 FROM email_verifications WHERE token_hash = $2 AND user_id = $1 AND expires_at > now()
       ) RETURNING id`,
      [id, tokenHash],
    );
    return verified.length > 0;
  }

  /** Whose code for a new password it is; that user’s codes are used up with it. `undefined`: it is not valid, or has expired. */
  async takeReset(
    manager: EntityManager,
    tokenHash: Buffer,
  ): Promise<Pick<User, 'id' | 'email' | 'emailVerifiedAt'> | undefined> {
    const [found] = await manager.query<Pick<User, 'id' | 'email' | 'emailVerifiedAt'>[]>(
      `SELECT u.id, u.email, u.email_verified_at AS "emailVerifiedAt" FROM users u
       JOIN password_resets r ON r.user_id = u.id
       WHERE r.token_hash = $1 AND r.expires_at > now() FOR UPDATE`,
      [tokenHash],
    );
    if (found !== undefined) {
      await manager.query('DELETE FROM password_resets WHERE user_id = $1', [found.id]);
    }
    return found;
  }

  /** Whether `takeReset` would give a user: a cheap look before a password is hashed. */
  async hasReset(tokenHash: Buffer): Promise<boolean> {
    const found = await this.#database.rows(
      'find-reset',
      'SELECT 1 FROM password_resets WHERE token_hash = $1 AND expires_at > now()',
      [tokenHash],
    );
    return found.length > 0;
  }

  /** With it, every session ends. Who got there by a mail has proven the address. */
  async setPassword(manager: EntityManager, id: string, passwordHash: string): Promise<void> {
    await manager.query('DELETE FROM sessions WHERE user_id = $1', [id]);
    await manager.query(
      'UPDATE users SET password_hash = $2, email_verified_at = coalesce(email_verified_at, now()) WHERE id = $1',
      [id, passwordHash],
    );
  }

  /**
   * Puts another account in the place of one whose address nobody had proven, and which may be a stranger's: todos move to
   * it, since they may well be the owner's own; sessions, access tokens, webhook and idempotency keys end with the old one.
   */
  async replace(manager: EntityManager, { id, email }: Pick<User, 'id' | 'email'>, newId: string): Promise<void> {
    await manager.query('UPDATE users SET email = $2 WHERE id = $1', [id, `${id}@replaced.invalid`]);
    await manager.query(
      `INSERT INTO users (id, email, password_hash, created_at)
       SELECT $2, $3, password_hash, created_at FROM users WHERE id = $1`,
      [id, newId, email],
    );
    await manager.query('UPDATE todos SET owner_id = $2 WHERE owner_id = $1', [id, newId]);
    await manager.query('DELETE FROM users WHERE id = $1', [id]);
  }

  /** With all that is theirs. `false`: there was no such user. */
  async delete(id: string): Promise<boolean> {
    const { affected } = await this.#database.write((manager) => manager.delete(UserEntity, { id }));
    return affected !== 0;
  }
}
