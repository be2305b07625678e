import { domainError } from '../errors/domain-error.ts';

/** It tells that the address has an account. To hide that, registration would have to go through a mail. */
export class EmailTaken extends domainError(
  'conflict',
  'EMAIL_TAKEN',
  'There is an account with this e-mail address.',
) {}
