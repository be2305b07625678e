import { domainError } from '../errors/domain-error.ts';

export class WebhookNotFound extends domainError('not-found', 'WEBHOOK_NOT_FOUND', 'There is no webhook.') {}
