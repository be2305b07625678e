import { Module } from '@nestjs/common';
import { systemClock } from '../clock/clock.ts';
import { DatabaseModule } from '../database/database.module.ts';
import type { ReadinessTimes } from '../env/env.ts';
import { READINESS_TIMES } from '../env/tokens.ts';
import { ValkeyModule } from '../valkey/valkey.module.ts';
import { Valkey } from '../valkey/valkey.ts';
import { DatabaseChecks } from './database-checks.ts';
import { HealthController } from './health.controller.ts';
import { Readiness } from './readiness.ts';
import { valkeyChecks } from './valkey-check.ts';

@Module({
  imports: [DatabaseModule, ValkeyModule],
  controllers: [HealthController],
  providers: [
    DatabaseChecks,
    {
      provide: Readiness,
      inject: [DatabaseChecks, Valkey, READINESS_TIMES],
      useFactory: (database: DatabaseChecks, valkey: Valkey, times: ReadinessTimes) =>
        new Readiness([...database.all, ...valkeyChecks(valkey)], times, systemClock),
    },
  ],
})
export class HealthModule {}
