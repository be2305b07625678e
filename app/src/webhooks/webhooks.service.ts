import { Inject, Injectable } from '@nestjs/common';
import type { WebhookTargets } from '../env/services.ts';
import { WEBHOOK_TARGETS } from '../env/tokens.ts';
import { InvalidInput } from '../errors/invalid-input.ts';
import { checkPublicUrl, ForbiddenTarget } from '../http-client/public-address.ts';
import { Messages } from './messages.ts';
import { createWebhookSecret } from './signature.ts';
import type { NewWebhookView, SetWebhook, WebhookDeliveriesView, WebhookView } from './webhook.dto.ts';
import { WebhookNotFound } from './webhook.errors.ts';
import { type WebhookState, WebhooksRepository } from './webhooks.repository.ts';

@Injectable()
export class WebhooksService {
  readonly #repository: WebhooksRepository;
  readonly #messages: Messages;
  readonly #targets: WebhookTargets;

  constructor(repository: WebhooksRepository, messages: Messages, @Inject(WEBHOOK_TARGETS) targets: WebhookTargets) {
    this.#messages = messages;
    this.#repository = repository;
    this.#targets = targets;
  }

  /** @throws WebhookNotFound */
  async get(userId: string): Promise<WebhookView> {
    return this.#viewOf(userId, await this.#repository.find(userId));
  }

  /**
   * The attempts of the last messages, newest first.
   * @throws WebhookNotFound
   */
  async deliveries(userId: string): Promise<WebhookDeliveriesView> {
    found(await this.#repository.find(userId));
    return { items: await this.#repository.deliveries(userId) };
  }

  /**
   * Enables again a webhook that was disabled, or that is paused; does nothing to any other.
   * @throws WebhookNotFound
   */
  async enable(userId: string): Promise<WebhookView> {
    return this.#viewOf(userId, await this.#repository.enable(userId));
  }

  /**
   * A new secret each time: whoever lost the old one gets another.
   * @throws InvalidInput when the URL is none that a stranger may name; what its name stands for is looked at when it is sent to
   */
  async set(userId: string, { url }: SetWebhook): Promise<NewWebhookView> {
    if (this.#targets === 'public') {
      refuseForbidden(url);
    }
    const webhook = { url, secret: createWebhookSecret() };
    await this.#repository.set(userId, webhook);
    return webhook;
  }

  /** @throws WebhookNotFound */
  async delete(userId: string): Promise<void> {
    if (!(await this.#repository.delete(userId))) {
      throw new WebhookNotFound();
    }
  }

  /** @throws WebhookNotFound */
  async #viewOf(userId: string, webhook: WebhookState | undefined): Promise<WebhookView> {
    const { url, failingSince, disabledAt: at, disabledReason: reason } = found(webhook);
    const disabled = at === null || reason === null ? null : { at, reason };
    return { url, failingSince, disabled, messagesLeftToday: await this.#messages.leftToday(userId) };
  }
}

/** @throws WebhookNotFound */
function found(webhook: WebhookState | undefined): WebhookState {
  if (webhook === undefined) {
    throw new WebhookNotFound();
  }
  return webhook;
}

function refuseForbidden(url: string): void {
  try {
    checkPublicUrl(new URL(url));
  } catch (error) {
    throw error instanceof ForbiddenTarget
      ? new InvalidInput([{ in: 'body', pointer: '/url', detail: error.message }])
      : error;
  }
}
