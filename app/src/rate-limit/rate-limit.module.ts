import { Module } from '@nestjs/common';
import { ValkeyModule } from '../valkey/valkey.module.ts';
import { RateLimiter } from './rate-limiter.ts';

@Module({ imports: [ValkeyModule], providers: [RateLimiter], exports: [RateLimiter] })
export class RateLimitModule {}
