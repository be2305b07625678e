import { Injectable } from '@nestjs/common';
import { Unauthenticated } from '../errors/unauthenticated.ts';
import type { UserView } from './users.dto.ts';
import { UsersRepository } from './users.repository.ts';

@Injectable()
export class UsersService {
  readonly #repository: UsersRepository;

  constructor(repository: UsersRepository) {
    this.#repository = repository;
  }

  /** @throws Unauthenticated when the account is gone: its access tokens live for some minutes more */
  async get(id: string): Promise<UserView> {
    const user = await this.#repository.findById(id);
    if (user === null) {
      throw new Unauthenticated();
    }
    return { id: user.id, email: user.email, createdAt: user.createdAt.toISOString() };
  }

  /** @throws Unauthenticated when the account is gone */
  async delete(id: string): Promise<void> {
    if (!(await this.#repository.delete(id))) {
      throw new Unauthenticated();
    }
  }
}
