import { DomainError } from '../errors/domain-error.ts';

export class TodoNotFound extends DomainError {
  override readonly name = 'TodoNotFound';
  readonly kind = 'not-found';
  readonly code = 'TODO_NOT_FOUND';

  constructor(id: string) {
    super(`There is no todo ${id}.`);
  }
}

export class TodoQuotaReached extends DomainError {
  override readonly name = 'TodoQuotaReached';
  readonly kind = 'forbidden';
  readonly code = 'TODO_QUOTA_REACHED';

  constructor(most: number) {
    super(`An account holds at most ${most} todos: delete some first.`);
  }
}
