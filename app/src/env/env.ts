import { z } from 'zod';
import {
  type AppRole,
  addressFrom,
  appRoleFrom,
  type DatabaseAddress,
  type DatabaseSettings,
  databaseFrom,
  databaseRules,
  databaseVariables,
  ownerRules,
  ownerVariables,
} from './database.ts';
import {
  optionalValkeyFrom,
  optionalValkeyVariables,
  type Quotas,
  quotaVariables,
  type RateLimits,
  rateLimitVariables,
  type TelemetrySettings,
  telemetryFrom,
  telemetryRules,
  telemetryVariables,
  type ValkeySettings,
  valkeyFrom,
  valkeyRules,
  valkeyVariables,
  type WebhookTargets,
  webhookVariables,
} from './services.ts';
import { oneOf, parse, type Rule, secretTexts, text, type Variables, wholeNumber } from './values.ts';

/** Where this process runs and as what; on every log line. */
export interface Identity {
  readonly service: string;
  readonly environment: string;
  readonly region: string;
  readonly version: string;
  readonly commit: string;
  readonly image: string;
}

export interface HttpSettings {
  readonly port: number;
  readonly keepAliveTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly bodyLimitBytes: number;
}

interface ShutdownSettings {
  readonly drainDelayMs: number;
  readonly timeoutMs: number;
}

/** What every process has that runs until it is told to stop. */
export interface ServiceEnv {
  readonly identity: Identity;
  readonly logLevel: LogLevel;
  readonly database: DatabaseSettings;
  readonly telemetry: TelemetrySettings;
  readonly webhookTargets: WebhookTargets;
  readonly shutdown: ShutdownSettings;
}

export interface ReadinessTimes {
  /** Of each check. */
  readonly timeoutMs: number;
  /** For how long an outage is tolerated before `/ready` says so. */
  readonly graceMs: number;
}

export interface ApiEnv extends ServiceEnv {
  readonly valkey: ValkeySettings | undefined;
  readonly http: HttpSettings;
  readonly readiness: ReadinessTimes;
  /** What access tokens are signed with: the first signs, all verify. */
  readonly authSecrets: readonly string[];
  readonly rateLimits: RateLimits;
  readonly quotas: Quotas;
}

export interface WorkerEnv extends ServiceEnv {
  /** Where the jobs are taken from: without it there is nothing to do. */
  readonly valkey: ValkeySettings;
  /** Of the listener that the container's health check asks. */
  readonly port: number;
  /** Jobs in progress at the same time. */
  readonly concurrency: number;
  /** The sender of mails; absent: mails become log lines. */
  readonly mailFrom: string | undefined;
}

export interface MigrateEnv {
  readonly identity: Identity;
  readonly logLevel: LogLevel;
  readonly database: DatabaseAddress;
  readonly appRole: AppRole;
}

export type LogLevel = (typeof logLevels)[number];

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
// Built when asked for: the health check reads one variable and must not load the schemas.
const identityVariables = () => ({
  NODE_ENV: oneOf(['production', 'development', 'test']),
  ENVIRONMENT: text('must name the environment, such as staging'),
  SERVICE_NAME: text('must name the service, such as api'),
  AWS_REGION: text('must name the region, such as eu-central-1'),
  LOG_LEVEL: oneOf(logLevels),
  RELEASE_VERSION: text('must be the version that the image was built as'),
  RELEASE_COMMIT: text('must be the commit that the image was built from'),
  RELEASE_IMAGE: text('must be the reference of the running image').default('unknown'),
});

const serviceVariables = () => ({
  ...identityVariables(),
  ...databaseVariables(),
  ...telemetryVariables(),
  ...webhookVariables(),
  PORT: wholeNumber(1, 65_535),
  SHUTDOWN_TIMEOUT_SECONDS: wholeNumber(1, 119, 'seconds'),
});

const apiVariables = () => ({
  ...serviceVariables(),
  ...optionalValkeyVariables(),
  ...rateLimitVariables(),
  ...quotaVariables(),
  AUTH_SECRETS: secretTexts(32),
  READY_TIMEOUT_MS: wholeNumber(50, 60_000, 'milliseconds'),
  READY_GRACE_SECONDS: wholeNumber(0, 600, 'seconds'),
  KEEP_ALIVE_TIMEOUT_SECONDS: wholeNumber(1, 4_100, 'seconds'),
  HEADERS_TIMEOUT_SECONDS: wholeNumber(1, 4_200, 'seconds'),
  REQUEST_TIMEOUT_SECONDS: wholeNumber(1, 4_000, 'seconds'),
  BODY_LIMIT_KIB: wholeNumber(1, 102_400, 'KiB'),
  DRAIN_DELAY_SECONDS: wholeNumber(0, 110, 'seconds'),
});

const workerVariables = () => ({
  ...serviceVariables(),
  ...valkeyVariables(),
  WORKER_CONCURRENCY: wholeNumber(1, 1_000, 'jobs'),
  MAIL_FROM: text('must be the address that mails are from').optional(),
});

const migrateVariables = () => ({ ...identityVariables(), ...ownerVariables() });

/** Every variable that `node dist/main.js` reads. */
export const apiVariableNames = (): readonly string[] => Object.keys(apiVariables());
/** Every variable that `node dist/worker.js` reads. */
export const workerVariableNames = (): readonly string[] => Object.keys(workerVariables());
/** Every variable that `node dist/migrate.js` reads. */
export const migrateVariableNames = (): readonly string[] => Object.keys(migrateVariables());

// biome-ignore lint/style/noProcessEnv: this file is the only reader of the environment.
const processVariables: Variables = process.env;

/** @throws EnvironmentError that lists every problem. */
export function loadApiEnv(variables: Variables = processVariables): ApiEnv {
  const values = parse(variables, z.object(apiVariables()), apiRules);
  return Object.freeze({
    ...serviceFrom(values),
    valkey: optionalValkeyFrom(values),
    http: {
      port: values.PORT,
      keepAliveTimeoutMs: values.KEEP_ALIVE_TIMEOUT_SECONDS * 1_000,
      headersTimeoutMs: values.HEADERS_TIMEOUT_SECONDS * 1_000,
      requestTimeoutMs: values.REQUEST_TIMEOUT_SECONDS * 1_000,
      bodyLimitBytes: values.BODY_LIMIT_KIB * 1_024,
    },
    readiness: { timeoutMs: values.READY_TIMEOUT_MS, graceMs: values.READY_GRACE_SECONDS * 1_000 },
    authSecrets: values.AUTH_SECRETS,
    rateLimits: { perMinute: values.REQUESTS_PER_MINUTE, authPerMinute: values.AUTH_REQUESTS_PER_MINUTE },
    quotas: {
      todosPerUser: values.TODOS_PER_USER,
      idempotencyKeysPerUser: values.IDEMPOTENCY_KEYS_PER_USER,
      webhookMessagesPerUser: values.WEBHOOK_MESSAGES_PER_USER,
      sessionsPerUser: values.SESSIONS_PER_USER,
    },
    shutdown: {
      drainDelayMs: values.DRAIN_DELAY_SECONDS * 1_000,
      timeoutMs: values.SHUTDOWN_TIMEOUT_SECONDS * 1_000,
    },
  });
}

/** @throws EnvironmentError that lists every problem. */
export function loadWorkerEnv(variables: Variables = processVariables): WorkerEnv {
  const values = parse(variables, z.object(workerVariables()), serviceRules);
  return Object.freeze({
    ...serviceFrom(values),
    valkey: valkeyFrom(values),
    port: values.PORT,
    concurrency: values.WORKER_CONCURRENCY,
    mailFrom: values.MAIL_FROM,
    // No balancer sends it anything that would have to be drained.
    shutdown: { drainDelayMs: 0, timeoutMs: values.SHUTDOWN_TIMEOUT_SECONDS * 1_000 },
  });
}

/** @throws EnvironmentError that lists every problem. */
export function loadMigrateEnv(variables: Variables = processVariables): MigrateEnv {
  const values = parse(variables, z.object(migrateVariables()), ownerRules);
  return Object.freeze({
    identity: identityFrom(values),
    logLevel: values.LOG_LEVEL,
    database: addressFrom(values),
    appRole: appRoleFrom(values),
  });
}

/** The port alone, for the health check inside the container. */
export function loadPort({ PORT }: Variables = processVariables): number {
  return Number(PORT ?? 3_000);
}

const serviceRules: readonly Rule[] = [...databaseRules, ...valkeyRules, ...telemetryRules];

const apiRules: readonly Rule[] = [
  ...serviceRules,
  // Node closes a connection that is idle for longer than headersTimeout whatever keepAliveTimeout says.
  ({ HEADERS_TIMEOUT_SECONDS, KEEP_ALIVE_TIMEOUT_SECONDS }) =>
    Number(HEADERS_TIMEOUT_SECONDS) <= Number(KEEP_ALIVE_TIMEOUT_SECONDS)
      ? 'HEADERS_TIMEOUT_SECONDS must be greater than KEEP_ALIVE_TIMEOUT_SECONDS'
      : undefined,
  ({ DRAIN_DELAY_SECONDS, SHUTDOWN_TIMEOUT_SECONDS }) =>
    Number(DRAIN_DELAY_SECONDS) >= Number(SHUTDOWN_TIMEOUT_SECONDS)
      ? 'DRAIN_DELAY_SECONDS must be less than SHUTDOWN_TIMEOUT_SECONDS'
      : undefined,
];

type Parsed<Shape extends z.core.$ZodShape> = z.output<z.ZodObject<Shape>>;

function identityFrom(values: Parsed<ReturnType<typeof identityVariables>>): Identity {
  return {
    service: values.SERVICE_NAME,
    environment: values.ENVIRONMENT,
    region: values.AWS_REGION,
    version: values.RELEASE_VERSION,
    commit: values.RELEASE_COMMIT,
    image: values.RELEASE_IMAGE,
  };
}

function serviceFrom(values: Parsed<ReturnType<typeof serviceVariables>>) {
  return {
    identity: identityFrom(values),
    logLevel: values.LOG_LEVEL,
    database: databaseFrom(values),
    telemetry: telemetryFrom(values),
    webhookTargets: values.WEBHOOK_TARGETS,
  };
}
