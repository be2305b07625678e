import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.ts';
import { DatabaseChecks } from '../database/database-checks.ts';
import { READY_TIMEOUT_MS } from '../settings.ts';
import { systemClock } from '../shutdown/clock.ts';
import { HealthController } from './health.controller.ts';
import { Readiness } from './readiness.ts';

@Module({
  imports: [DatabaseModule],
  controllers: [HealthController],
  providers: [
    {
      provide: Readiness,
      inject: [DatabaseChecks, READY_TIMEOUT_MS],
      useFactory: (database: DatabaseChecks, timeoutMs: number) => new Readiness(database.all, timeoutMs, systemClock),
    },
  ],
})
export class HealthModule {}
