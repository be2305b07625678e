import { domainError } from '../errors/domain-error.ts';

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
