import { Body, Controller, Delete, Get, HttpCode, Post, Put } from '@nestjs/common';
import { About, Answers } from '../http/decorators/answers.ts';
import { CurrentUser } from '../http/decorators/current-user.ts';
import {
  type NewWebhookView,
  newWebhookView,
  type SetWebhook,
  setWebhookBody,
  type WebhookDeliveriesView,
  type WebhookView,
  webhookDeliveriesView,
  webhookView,
} from './webhook.dto.ts';
import { WebhooksService } from './webhooks.service.ts';

@About({ name: 'Webhook', description: 'The URL that is told when a todo is completed.' })
@Controller('users/me/webhook')
export class WebhooksController {
  readonly #webhooks: WebhooksService;

  constructor(webhooks: WebhooksService) {
    this.#webhooks = webhooks;
  }

  @Get()
  @Answers({ summary: 'Get the webhook', status: 200, body: webhookView, problems: [404] })
  get(@CurrentUser() userId: string): Promise<WebhookView> {
    return this.#webhooks.get(userId);
  }

  @Put()
  @Answers({ summary: 'Set the webhook', status: 200, body: newWebhookView })
  set(@CurrentUser() userId: string, @Body({ schema: setWebhookBody }) body: SetWebhook): Promise<NewWebhookView> {
    return this.#webhooks.set(userId, body);
  }

  @Get('deliveries')
  @Answers({
    summary: 'List recent deliveries, newest first',
    status: 200,
    body: webhookDeliveriesView,
    problems: [404],
  })
  deliveries(@CurrentUser() userId: string): Promise<WebhookDeliveriesView> {
    return this.#webhooks.deliveries(userId);
  }

  @Post('enable')
  @HttpCode(200)
  @Answers({ summary: 'Re-enable the webhook', status: 200, body: webhookView, problems: [404] })
  enable(@CurrentUser() userId: string): Promise<WebhookView> {
    return this.#webhooks.enable(userId);
  }

  @Delete()
  @HttpCode(204)
  @Answers({ summary: 'Delete the webhook', status: 204, problems: [404] })
  async delete(@CurrentUser() userId: string): Promise<void> {
    await this.#webhooks.delete(userId);
  }
}
