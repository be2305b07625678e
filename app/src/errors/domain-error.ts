/** What went wrong in the words of the domain; the problem filter alone knows the HTTP status. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'precondition-failed'
  | 'precondition-required'
  | 'unprocessable'
  | 'request-timeout'
  | 'unsupported-media'
  | 'too-many'
  | 'unavailable'
  | 'abandoned';

/** An error that a caller can act on. `code` is stable: clients may match on it. */
export abstract class DomainError extends Error {
  abstract readonly kind: ErrorKind;
  abstract readonly code: string;
  /** When it may be worth trying again, where that is known. */
  readonly retryAfterSeconds?: number;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** A class of errors that all say the same. Named by the class that extends it: `class EmailTaken extends domainError(…) {}`. */
export function domainError(kind: ErrorKind, code: string, message: string) {
  return class extends DomainError {
    readonly kind = kind;
    readonly code = code;

    constructor(cause?: unknown) {
      super(message, cause);
      this.name = new.target.name;
    }
  };
}
