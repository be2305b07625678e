import { DomainError } from './domain-error.ts';

/** One thing that is wrong with a request. */
export interface InputError {
  readonly in: 'body' | 'query' | 'path' | 'header';
  /** JSON pointer (RFC 6901) into the body, or the name of the parameter or header after a slash; empty: the whole. */
  readonly pointer: string;
  readonly detail: string;
}

export class InvalidInput extends DomainError {
  override readonly name = 'InvalidInput';
  readonly kind = 'invalid';
  readonly code = 'INVALID_INPUT';
  readonly errors: readonly InputError[];

  constructor(errors: readonly InputError[]) {
    super('The request is not valid; see errors.');
    this.errors = errors;
  }
}
