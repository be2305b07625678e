import { DomainError, domainError } from '../errors/domain-error.ts';

export class KeyInFlight extends domainError(
  'conflict',
  'IDEMPOTENCY_KEY_IN_FLIGHT',
  'A request with this Idempotency-Key is being served: try again when it is answered.',
) {}

export class KeyReused extends domainError(
  'unprocessable',
  'IDEMPOTENCY_KEY_REUSED',
  'This Idempotency-Key was used for another request.',
) {}

export class KeysExhausted extends DomainError {
  override readonly name = 'KeysExhausted';
  readonly kind = 'too-many';
  readonly code = 'IDEMPOTENCY_KEYS_EXHAUSTED';
  override readonly retryAfterSeconds: number;

  constructor(most: number, retryAfterSeconds: number) {
    super(`At most ${most} Idempotency-Keys are kept for a day: write without one, or wait.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
