import { Module } from '@nestjs/common';
import { systemClock } from '../clock/clock.ts';
import { DatabaseModule } from '../database/database.module.ts';
import { READY_TIMEOUT_MS } from '../env/tokens.ts';
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
      inject: [DatabaseChecks, Valkey, READY_TIMEOUT_MS],
      useFactory: (database: DatabaseChecks, valkey: Valkey, timeoutMs: number) =>
        new Readiness([...database.all, ...valkeyChecks(valkey)], timeoutMs, systemClock),
    },
  ],
})
export class HealthModule {}
