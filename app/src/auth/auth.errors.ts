import { domainError } from '../errors/domain-error.ts';

/** The same whether the address is unknown or the password wrong. */
export class CredentialsRefused extends domainError(
  'unauthenticated',
  'CREDENTIALS_REFUSED',
  'The email address or the password is wrong.',
) {}

/** The same whether the token is malformed, expired, used before, or of a session that has ended. */
export class RefreshRefused extends domainError(
  'unauthenticated',
  'REFRESH_REFUSED',
  'The refresh token is not valid: log in again.',
) {}

/** The same whether the code is unknown, used, or has expired. */
export class ResetRefused extends domainError(
  'unprocessable',
  'RESET_REFUSED',
  'The code is not valid: ask for another mail.',
) {}

/** More passwords are to be checked than can be in a reasonable time; see Passwords. */
export class PasswordsBusy extends domainError(
  'unavailable',
  'PASSWORDS_BUSY',
  'Too many logins at once: try again in a moment.',
) {}
