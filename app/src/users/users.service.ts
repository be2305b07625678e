import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import { Unauthenticated } from '../errors/unauthenticated.ts';
import { MailBudget } from '../mail/mail-budget.ts';
import { enqueue } from '../outbox/outbox.ts';
import { hashOfMailToken } from './mail-token.ts';
import type { UserView } from './users.dto.ts';
import { EmailAlreadyVerified, VerificationRefused } from './users.errors.ts';
import { type User, UsersRepository } from './users.repository.ts';

@Injectable()
export class UsersService {
  readonly #repository: UsersRepository;
  readonly #database: Database;
  readonly #budget: MailBudget;

  constructor(repository: UsersRepository, database: Database, budget: MailBudget) {
    this.#repository = repository;
    this.#database = database;
    this.#budget = budget;
  }

  /** @throws Unauthenticated when the account is gone: its access tokens live for some minutes more */
  async get(id: string): Promise<UserView> {
    const user = await this.#repository.findById(id);
    if (user === null) {
      throw new Unauthenticated();
    }
    return viewOf(user);
  }

  /** @throws Unauthenticated, VerificationRefused */
  async verifyEmail(id: string, token: string): Promise<UserView> {
    if (!(await this.#repository.verifyEmail(id, hashOfMailToken(token)))) {
      throw new VerificationRefused();
    }
    return this.get(id);
  }

  /**
   * Has another verification mail sent.
   * @throws Unauthenticated, EmailAlreadyVerified, TooManyRequests
   */
  async requestVerification(id: string): Promise<void> {
    const user = await this.#repository.findById(id);
    if (user === null) {
      throw new Unauthenticated();
    }
    if (user.emailVerifiedAt !== null) {
      throw new EmailAlreadyVerified();
    }
    await this.#database.transaction(async (manager) => {
      await this.#budget.claimRequest(manager, id);
      await enqueue(manager, { name: 'welcome-mail', payload: { userId: id } });
    });
  }

  /** @throws Unauthenticated when the account is gone */
  async delete(id: string): Promise<void> {
    if (!(await this.#repository.delete(id))) {
      throw new Unauthenticated();
    }
  }
}

function viewOf({ id, email, emailVerifiedAt, createdAt }: User): UserView {
  return { id, email, emailVerified: emailVerifiedAt !== null, createdAt: createdAt.toISOString() };
}
