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

  /** With all that is theirs. `false`: there was no such user. */
  async delete(id: string): Promise<boolean> {
    const { affected } = await this.#database.write((manager) => manager.delete(UserEntity, { id }));
    return affected !== 0;
  }
}
