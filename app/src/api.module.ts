import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AuthModule } from './auth/auth.module.ts';
import { AuthenticationGuard } from './auth/authentication.guard.ts';
import { DocsModule } from './docs/docs.module.ts';
import { entities } from './entities.ts';
import type { ApiEnv } from './env/env.ts';
import {
  AUTH_SECRETS,
  CONTAINED_MIGRATIONS,
  DATABASE_SETTINGS,
  DOCS_DIRECTORY,
  ENTITIES,
  IDENTITY,
  LOGGER,
  QUOTAS,
  RATE_LIMITS,
  READINESS_TIMES,
  VALKEY_SETTINGS,
  WEBHOOK_TARGETS,
} from './env/tokens.ts';
import { HealthModule } from './health/health.module.ts';
import { PreconditionGuard } from './http/precondition.guard.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { SchemaPipe } from './http/validation.ts';
import type { Logger } from './logging/logger.ts';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.ts';
import { RateLimitModule } from './rate-limit/rate-limit.module.ts';
import { TodosModule } from './todos/todos.module.ts';
import { UsersModule } from './users/users.module.ts';
import { WebhooksModule } from './webhooks/webhooks.module.ts';

@Global()
@Module({})
class ApiModule {}

/** What the build put beside the bundle. */
export interface BuiltFiles {
  readonly docsDirectory: string;
  /** Names, in the order in which they are applied. */
  readonly migrations: readonly string[];
}

/** Every module with endpoints, in the order of the reference. */
export const modulesOfApi: readonly Type[] = [
  TodosModule,
  AuthModule,
  UsersModule,
  WebhooksModule,
  HealthModule,
  DocsModule,
];

/** Root of the API. Guards (in the order in which they are asked), filter and pipe are registered here, for every endpoint. */
export function apiModule(env: ApiEnv, logger: Logger, files: BuiltFiles): DynamicModule {
  const settings = [
    { provide: LOGGER, useValue: logger },
    { provide: IDENTITY, useValue: env.identity },
    { provide: DATABASE_SETTINGS, useValue: env.database },
    { provide: ENTITIES, useValue: entities },
    { provide: VALKEY_SETTINGS, useValue: env.valkey },
    { provide: RATE_LIMITS, useValue: env.rateLimits },
    { provide: QUOTAS, useValue: env.quotas },
    { provide: WEBHOOK_TARGETS, useValue: env.webhookTargets },
    { provide: AUTH_SECRETS, useValue: env.authSecrets },
    { provide: READINESS_TIMES, useValue: env.readiness },
    { provide: CONTAINED_MIGRATIONS, useValue: files.migrations },
    { provide: DOCS_DIRECTORY, useValue: files.docsDirectory },
  ];
  return {
    module: ApiModule,
    imports: [...modulesOfApi, RateLimitModule],
    providers: [
      ...settings,
      { provide: APP_GUARD, useClass: AuthenticationGuard },
      { provide: APP_GUARD, useClass: RateLimitGuard },
      { provide: APP_GUARD, useClass: PreconditionGuard },
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_PIPE, useClass: SchemaPipe },
    ],
    exports: settings.map(({ provide }) => provide),
  };
}
