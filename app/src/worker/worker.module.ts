import { type DynamicModule, Module } from '@nestjs/common';
import { Database } from '../database/database.ts';
import { entities } from '../entities.ts';
import type { WorkerEnv } from '../env/env.ts';
import { DATABASE_SETTINGS, ENTITIES, IDENTITY, LOGGER } from '../env/tokens.ts';
import type { Logger } from '../logging/logger.ts';
import { JobStore } from '../outbox/job-store.ts';

@Module({})
class WorkerModule {}

/** Root of the worker: the database alone is shared with the API. */
export function workerModule(env: Pick<WorkerEnv, 'database' | 'identity'>, logger: Logger): DynamicModule {
  return {
    module: WorkerModule,
    providers: [
      { provide: LOGGER, useValue: logger },
      { provide: IDENTITY, useValue: env.identity },
      { provide: DATABASE_SETTINGS, useValue: env.database },
      { provide: ENTITIES, useValue: entities },
      Database,
      JobStore,
    ],
  };
}
