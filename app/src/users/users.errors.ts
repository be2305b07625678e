import { domainError } from '../errors/domain-error.ts';

/** It tells that the address has an account. To hide that, registration would have to go through a mail. */
export class EmailTaken extends domainError(
  'conflict',
  'EMAIL_TAKEN',
  'There is an account with this email address: log in, or reset its password if the address is yours.',
) {}

/** The same whether the token is unknown, of another account, or has expired. */
export class VerificationRefused extends domainError(
  'unprocessable',
  'VERIFICATION_REFUSED',
  'The code is not valid for this account: ask for another mail.',
) {}

export class EmailAlreadyVerified extends domainError(
  'conflict',
  'EMAIL_ALREADY_VERIFIED',
  'The email address is verified: no mail is needed.',
) {}
