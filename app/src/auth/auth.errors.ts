import { DomainError } from '../errors/domain-error.ts';

/** No access token, or one that is not valid: which of both is nobody's business. */
export class Unauthenticated extends DomainError {
  override readonly name = 'Unauthenticated';
  readonly kind = 'unauthenticated';
  readonly code = 'UNAUTHENTICATED';

  constructor(cause?: unknown) {
    super('A valid access token is needed.', cause);
  }
}

/** The same whether the address is unknown or the password wrong. */
export class CredentialsRefused extends DomainError {
  override readonly name = 'CredentialsRefused';
  readonly kind = 'unauthenticated';
  readonly code = 'CREDENTIALS_REFUSED';

  constructor() {
    super('The e-mail address or the password is wrong.');
  }
}

/** The same whether the token is malformed, expired, used before, or of a session that has ended. */
export class RefreshRefused extends DomainError {
  override readonly name = 'RefreshRefused';
  readonly kind = 'unauthenticated';
  readonly code = 'REFRESH_REFUSED';

  constructor() {
    super('The refresh token is not valid: log in again.');
  }
}
