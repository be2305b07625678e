import { DomainError } from './domain-error.ts';

export class TooManyRequests extends DomainError {
  override readonly name = 'TooManyRequests';
  readonly kind = 'too-many';
  readonly code = 'TOO_MANY_REQUESTS';
  override readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(`Too many requests; try again in ${retryAfterSeconds} s.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
