import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.ts';
import { DatabaseChecks } from '../database/database-checks.ts';
import { READY_TIMEOUT_MS } from '../settings.ts';
import { systemClock } from '../shutdown/clock.ts';
import { ValkeyModule } from '../valkey/valkey.module.ts';
import { Valkey } from '../valkey/valkey.ts';
import { HealthController } from './health.controller.ts';
import { Readiness } from './readiness.ts';

@Module({
  imports: [DatabaseModule, ValkeyModule],
  controllers: [HealthController],
  providers: [
    {
      provide: Readiness,
      inject: [DatabaseChecks, Valkey, READY_TIMEOUT_MS],
      useFactory: (database: DatabaseChecks, valkey: Valkey, timeoutMs: number) =>
        new Readiness([...database.all, ...valkey.checks], timeoutMs, systemClock),
    },
  ],
})
export class HealthModule {}
