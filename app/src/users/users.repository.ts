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
  async insert(manager: EntityManager, user: Omit<User, 'createdAt'>): Promise<void> {
    try {
      await manager.insert(UserEntity, user);
    } catch (error) {
      throw violatedConstraint(error) === 'users_email_key' ? new EmailTaken() : error;
    }
  }

  /** With all that is theirs. `false`: there was no such user. */
  async delete(id: string): Promise<boolean> {
    const { affected } = await this.#database.write((manager) => manager.delete(UserEntity, { id }));
    return affected !== 0;
  }
}
