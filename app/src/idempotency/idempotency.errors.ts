import { DomainError } from '../errors/domain-error.ts';

export class KeyInFlight extends DomainError {
  override readonly name = 'KeyInFlight';
  readonly kind = 'conflict';
  readonly code = 'IDEMPOTENCY_KEY_IN_FLIGHT';

  constructor() {
    super('A request with this Idempotency-Key is being served: try again when it is answered.');
  }
}

export class KeyReused extends DomainError {
  override readonly name = 'KeyReused';
  readonly kind = 'unprocessable';
  readonly code = 'IDEMPOTENCY_KEY_REUSED';

  constructor() {
    super('This Idempotency-Key was used for another request.');
  }
}
