import { X509Certificate } from 'node:crypto';
import { z } from 'zod';

/** Where this process runs and as what; on every log line. */
export interface Identity {
  readonly service: string;
  readonly environment: string;
  readonly region: string;
  readonly version: string;
  readonly commit: string;
  readonly image: string;
}

/** TLS is either off or verified against named authorities: "encrypted but unverified" cannot be said. */
type DatabaseTls =
  | { readonly mode: 'disable' }
  | { readonly mode: 'verify-full'; readonly extraAuthorities: readonly string[] };

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password: string;
  readonly tls: DatabaseTls;
  readonly connectTimeoutMs: number;
}

export interface DatabaseSettings extends DatabaseAddress {
  /** Connections that this process may hold open in all. */
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
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

export interface ApiEnv {
  readonly identity: Identity;
  readonly logLevel: LogLevel;
  readonly http: HttpSettings;
  readonly database: DatabaseSettings;
  readonly readyTimeoutMs: number;
  readonly shutdown: ShutdownSettings;
}

export interface MigrateEnv {
  readonly identity: Identity;
  readonly logLevel: LogLevel;
  readonly database: DatabaseAddress;
}

export type LogLevel = (typeof logLevels)[number];

type Variables = Readonly<Record<string, string | undefined>>;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
const secrets: ReadonlySet<string> = new Set(['DATABASE_PASSWORD', 'DATABASE_CA']);

/** Every problem of an environment in one message. Values of secrets are never part of it. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

const text = (rule: string) => z.string(rule).min(1, rule);

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`);

function wholeNumber(least: number, most: number, unit = '') {
  const rule = `must be a whole number from ${least} to ${most}${unit === '' ? '' : ` ${unit}`}`;
  return z
    .string(rule)
    .regex(/^\d{1,9}$/, rule)
    .transform(Number)
    .refine((value) => value >= least && value <= most, rule);
}

const certificates = () =>
  z
    .string()
    .transform((pem) => pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
    .refine((found) => found.length > 0 && found.every(isCertificate), 'must hold certificates in PEM form');

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}

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

const addressVariables = () => ({
  DATABASE_HOST: text('must be the host name of the Postgres server'),
  DATABASE_PORT: wholeNumber(1, 65_535),
  DATABASE_NAME: text('must be the name of the database'),
  DATABASE_USER: text('must be the name of the database user'),
  DATABASE_PASSWORD: text('must be the password of the database user'),
  DATABASE_TLS: oneOf(['verify-full', 'disable']).default('verify-full'),
  DATABASE_CA: certificates().optional(),
  DATABASE_CONNECT_TIMEOUT_MS: wholeNumber(100, 60_000, 'milliseconds'),
});

const apiVariables = () => ({
  ...identityVariables(),
  ...addressVariables(),
  PORT: wholeNumber(1, 65_535),
  // One connection is kept for the readiness check, so one alone would leave none for requests.
  DATABASE_POOL_SIZE: wholeNumber(2, 1_000, 'connections'),
  DATABASE_STATEMENT_TIMEOUT_MS: wholeNumber(100, 3_600_000, 'milliseconds'),
  READY_TIMEOUT_MS: wholeNumber(50, 60_000, 'milliseconds'),
  KEEP_ALIVE_TIMEOUT_SECONDS: wholeNumber(1, 4_100, 'seconds'),
  HEADERS_TIMEOUT_SECONDS: wholeNumber(1, 4_200, 'seconds'),
  REQUEST_TIMEOUT_SECONDS: wholeNumber(1, 4_000, 'seconds'),
  BODY_LIMIT_KIB: wholeNumber(1, 102_400, 'KiB'),
  DRAIN_DELAY_SECONDS: wholeNumber(0, 110, 'seconds'),
  SHUTDOWN_TIMEOUT_SECONDS: wholeNumber(1, 119, 'seconds'),
});

const migrateVariables = () => ({ ...identityVariables(), ...addressVariables() });

/** Every variable that `node dist/main.js` reads. */
export const apiVariableNames = (): readonly string[] => Object.keys(apiVariables());
/** Every variable that `node dist/migrate.js` reads. */
export const migrateVariableNames = (): readonly string[] => Object.keys(migrateVariables());

// biome-ignore lint/style/noProcessEnv: this file is the only reader of the environment.
const processVariables: Variables = process.env;

/** @throws EnvironmentError that lists every problem. */
export function loadApiEnv(variables: Variables = processVariables): ApiEnv {
  const values = parse(variables, z.object(apiVariables()), apiRules);
  return Object.freeze({
    identity: identityFrom(values),
    logLevel: values.LOG_LEVEL,
    http: {
      port: values.PORT,
      keepAliveTimeoutMs: values.KEEP_ALIVE_TIMEOUT_SECONDS * 1_000,
      headersTimeoutMs: values.HEADERS_TIMEOUT_SECONDS * 1_000,
      requestTimeoutMs: values.REQUEST_TIMEOUT_SECONDS * 1_000,
      bodyLimitBytes: values.BODY_LIMIT_KIB * 1_024,
    },
    database: {
      ...addressFrom(values),
      poolSize: values.DATABASE_POOL_SIZE,
      statementTimeoutMs: values.DATABASE_STATEMENT_TIMEOUT_MS,
    },
    readyTimeoutMs: values.READY_TIMEOUT_MS,
    shutdown: {
      drainDelayMs: values.DRAIN_DELAY_SECONDS * 1_000,
      timeoutMs: values.SHUTDOWN_TIMEOUT_SECONDS * 1_000,
    },
  });
}

/** @throws EnvironmentError that lists every problem. */
export function loadMigrateEnv(variables: Variables = processVariables): MigrateEnv {
  const values = parse(variables, z.object(migrateVariables()), tlsRules);
  return Object.freeze({
    identity: identityFrom(values),
    logLevel: values.LOG_LEVEL,
    database: addressFrom(values),
  });
}

/** The port alone, for the health check inside the container. */
export function loadPort({ PORT }: Variables = processVariables): number {
  return Number(PORT ?? 3_000);
}

type Rule = (variables: Variables) => string | undefined;

const tlsRules: readonly Rule[] = [
  ({ DATABASE_TLS, DATABASE_CA }) =>
    DATABASE_TLS === 'disable' && DATABASE_CA !== undefined
      ? 'DATABASE_CA is set while DATABASE_TLS is "disable": nothing would be verified with it'
      : undefined,
];

const apiRules: readonly Rule[] = [
  ...tlsRules,
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

function parse<Output>(variables: Variables, schema: z.ZodType<Output>, rules: readonly Rule[]): Output {
  // An empty variable is how compose files and task definitions spell "not set".
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  const broken = result.success ? [] : result.error.issues.map((issue) => describe(issue, given));
  const contradictions = rules.flatMap((rule) => rule(given) ?? []);
  const problems = [...new Set([...broken, ...contradictions])];
  if (result.success && problems.length === 0) {
    return result.data;
  }
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new EnvironmentError(
    `The environment is not valid, ${count}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
  );
}

function describe(issue: z.core.$ZodIssue, given: Variables): string {
  const name = String(issue.path[0]);
  const value = given[name];
  if (value === undefined) {
    return `${name} is missing: it ${issue.message}`;
  }
  return secrets.has(name) ? `${name} ${issue.message}` : `${name} ${issue.message}, not ${JSON.stringify(value)}`;
}

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

function addressFrom(values: Parsed<ReturnType<typeof addressVariables>>): DatabaseAddress {
  return {
    host: values.DATABASE_HOST,
    port: values.DATABASE_PORT,
    name: values.DATABASE_NAME,
    user: values.DATABASE_USER,
    password: values.DATABASE_PASSWORD,
    tls:
      values.DATABASE_TLS === 'disable'
        ? { mode: 'disable' }
        : { mode: 'verify-full', extraAuthorities: values.DATABASE_CA ?? [] },
    connectTimeoutMs: values.DATABASE_CONNECT_TIMEOUT_MS,
  };
}
