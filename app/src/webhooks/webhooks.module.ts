import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.ts';
import { Messages } from './messages.ts';
import { WebhooksController } from './webhooks.controller.ts';
import { WebhooksRepository } from './webhooks.repository.ts';
import { WebhooksService } from './webhooks.service.ts';

@Module({
  imports: [DatabaseModule],
  controllers: [WebhooksController],
  providers: [WebhooksService, WebhooksRepository, Messages],
  exports: [Messages],
})
export class WebhooksModule {}
