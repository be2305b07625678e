import { domainError } from './domain-error.ts';

/** No access token, or one that is not valid, or whose account is gone: which of them is nobody's business. */
export class Unauthenticated extends domainError(
  'unauthenticated',
  'UNAUTHENTICATED',
  'A valid access token is needed.',
) {}
