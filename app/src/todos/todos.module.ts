import { Module } from '@nestjs/common';
import { CacheModule } from '../cache/cache.module.ts';
import { DatabaseModule } from '../database/database.module.ts';
import { IdempotencyModule } from '../idempotency/idempotency.module.ts';
import { WebhooksModule } from '../webhooks/webhooks.module.ts';
import { TodosController } from './todos.controller.ts';
import { TodosRepository } from './todos.repository.ts';
import { TodosService } from './todos.service.ts';

@Module({
  imports: [CacheModule, DatabaseModule, IdempotencyModule, WebhooksModule],
  controllers: [TodosController],
  providers: [TodosService, TodosRepository],
})
export class TodosModule {}
