import { Module } from '@nestjs/common';
import { ValkeyModule } from '../valkey/valkey.module.ts';
import { Cache } from './cache.ts';

@Module({ imports: [ValkeyModule], providers: [Cache], exports: [Cache] })
export class CacheModule {}
