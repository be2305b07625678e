import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.ts';
import { IdempotentWrites } from './idempotent-writes.ts';

@Module({ imports: [DatabaseModule], providers: [IdempotentWrites], exports: [IdempotentWrites] })
export class IdempotencyModule {}
