import { DomainError } from '../errors/domain-error.ts';

/** It tells that the address has an account. To hide that, registration would have to go through a mail. */
export class EmailTaken extends DomainError {
  override readonly name = 'EmailTaken';
  readonly kind = 'conflict';
  readonly code = 'EMAIL_TAKEN';

  constructor() {
    super('There is an account with this e-mail address.');
  }
}
