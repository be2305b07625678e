import { DomainError } from '../errors/domain-error.ts';

export class WebhookNotFound extends DomainError {
  override readonly name = 'WebhookNotFound';
  readonly kind = 'not-found';
  readonly code = 'WEBHOOK_NOT_FOUND';

  constructor() {
    super('There is no webhook.');
  }
}
