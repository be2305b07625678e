import { DomainError } from '../errors/domain-error.ts';

export class TodoNotFound extends DomainError {
  override readonly name = 'TodoNotFound';
  readonly kind = 'not-found';
  readonly code = 'TODO_NOT_FOUND';

  constructor(id: string) {
    super(`There is no todo ${id}.`);
  }
}
