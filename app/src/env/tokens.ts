/** Injection tokens of what an entry point knows before Nest starts. */
export const LOGGER = Symbol('Logger');
export const IDENTITY = Symbol('Identity');
export const DATABASE_SETTINGS = Symbol('DatabaseSettings');
/** Classes that TypeORM maps to tables. */
export const ENTITIES = Symbol('entities');
/** Undefined: there is none. */
export const VALKEY_SETTINGS = Symbol('ValkeySettings');
export const RATE_LIMITS = Symbol('RateLimits');
export const QUOTAS = Symbol('Quotas');
/** Which hosts a webhook may be on. */
export const WEBHOOK_TARGETS = Symbol('webhookTargets');
/** What access tokens are signed with. */
export const AUTH_SECRETS = Symbol('authSecrets');
export const READINESS_TIMES = Symbol('readinessTimes');
/** Names of the migrations that this release contains. */
export const CONTAINED_MIGRATIONS = Symbol('containedMigrations');
/** Where the build put what /docs serves. */
export const DOCS_DIRECTORY = Symbol('docsDirectory');
