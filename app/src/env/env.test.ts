import { describe, expect, it } from 'vitest';
import { apiVariableNames, loadApiEnv, loadMigrateEnv, loadPort, loadWorkerEnv, migrateVariableNames } from './env.ts';
import { EnvironmentError } from './values.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const valid: Variables = {
  NODE_ENV: 'production',
  ENVIRONMENT: 'staging',
  SERVICE_NAME: 'api',
  AWS_REGION: 'eu-central-1',
  LOG_LEVEL: 'info',
  RELEASE_VERSION: '1.0.0-abc',
  RELEASE_COMMIT: 'abc',
  RELEASE_IMAGE: 'repository@sha256:abc',
  DATABASE_HOST: 'db.internal',
  DATABASE_PORT: '5432',
  DATABASE_NAME: 'todo',
  DATABASE_USER: 'todo',
  DATABASE_PASSWORD: 'do-not-print-me',
  DATABASE_POOL_SIZE: '10',
  DATABASE_CONNECT_TIMEOUT_MS: '2000',
  DATABASE_STATEMENT_TIMEOUT_MS: '10000',
  AUTH_SECRETS: 'do-not-print-me-0123456789-abcdef',
  READY_TIMEOUT_MS: '1000',
  READY_GRACE_SECONDS: '0',
  PORT: '3000',
  KEEP_ALIVE_TIMEOUT_SECONDS: '65',
  HEADERS_TIMEOUT_SECONDS: '66',
  REQUEST_TIMEOUT_SECONDS: '30',
  BODY_LIMIT_KIB: '100',
  DRAIN_DELAY_SECONDS: '5',
  SHUTDOWN_TIMEOUT_SECONDS: '40',
};

/** What the migrations need besides. */
const appRole: Variables = { APP_DATABASE_USER: 'app', APP_DATABASE_PASSWORD: 'do-not-print-me-either' };

const optional = [
  'DATABASE_AUTHENTICATION',
  'DATABASE_TLS',
  'DATABASE_CA',
  'VALKEY_HOST',
  'VALKEY_PORT',
  'VALKEY_USER',
  'VALKEY_PASSWORD',
  'VALKEY_TLS',
  'VALKEY_CA',
  'METRICS_PORT',
  'METRICS_NAMESPACE',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'WEBHOOK_TARGETS',
  'REQUESTS_PER_MINUTE',
  'AUTH_REQUESTS_PER_MINUTE',
  'TODOS_PER_USER',
  'IDEMPOTENCY_KEYS_PER_USER',
  'WEBHOOK_MESSAGES_PER_USER',
  'SESSIONS_PER_USER',
];

function problemsOf(change: Variables): string {
  try {
    loadApiEnv({ ...valid, ...change });
    return 'none';
  } catch (error) {
    if (error instanceof EnvironmentError) {
      return error.message;
    }
    throw error;
  }
}

const one = (line: string) => `The environment is not valid, 1 problem:\n  ${line}`;

describe('a valid environment', () => {
  it('becomes settings in the units that the code works in', () => {
    expect(loadApiEnv(valid)).toEqual({
      identity: {
        service: 'api',
        environment: 'staging',
        region: 'eu-central-1',
        version: '1.0.0-abc',
        commit: 'abc',
        image: 'repository@sha256:abc',
      },
      logLevel: 'info',
      http: {
        port: 3000,
        keepAliveTimeoutMs: 65_000,
        headersTimeoutMs: 66_000,
        requestTimeoutMs: 30_000,
        bodyLimitBytes: 102_400,
      },
      database: {
        host: 'db.internal',
        port: 5432,
        name: 'todo',
        user: 'todo',
        authentication: { mode: 'password', password: 'do-not-print-me' },
        tls: { mode: 'verify-full', extraAuthorities: [] },
        connectTimeoutMs: 2_000,
        poolSize: 10,
        statementTimeoutMs: 10_000,
      },
      readiness: { timeoutMs: 1_000, graceMs: 0 },
      authSecrets: ['do-not-print-me-0123456789-abcdef'],
      valkey: undefined,
      telemetry: { metrics: undefined, tracing: undefined },
      webhookTargets: 'public',
      rateLimits: { perMinute: 30_000, authPerMinute: 30 },
      quotas: {
        todosPerUser: 10_000,
        idempotencyKeysPerUser: 10_000,
        webhookMessagesPerUser: 10_000,
        sessionsPerUser: 100,
      },
      shutdown: { drainDelayMs: 5_000, timeoutMs: 40_000 },
    });
  });

  it('may turn TLS off, in words', () => {
    expect(loadApiEnv({ ...valid, DATABASE_TLS: 'disable' }).database.tls).toEqual({ mode: 'disable' });
  });

  it('needs no more for the migrations than the database, who it is, and the role of the app', () => {
    const names = new Set(migrateVariableNames());
    const needed = Object.fromEntries(Object.entries({ ...valid, ...appRole }).filter(([name]) => names.has(name)));
    expect(Object.keys(needed)).toHaveLength(16);
    expect(loadMigrateEnv(needed)).toMatchObject({
      database: { host: 'db.internal', authentication: { mode: 'password', password: 'do-not-print-me' } },
      appRole: { user: 'app', authentication: { mode: 'password', password: 'do-not-print-me-either' } },
    });
  });

  it('may have tokens of IAM in the place of the app’s password', () => {
    const iam = { mode: 'iam', region: 'eu-central-1' };
    const { DATABASE_PASSWORD: _, ...rest } = valid;
    expect(loadApiEnv({ ...rest, DATABASE_AUTHENTICATION: 'iam' }).database.authentication).toEqual(iam);
    expect(
      loadMigrateEnv({ ...valid, APP_DATABASE_USER: 'app', APP_DATABASE_AUTHENTICATION: 'iam' }).appRole.authentication,
    ).toEqual(iam);
  });

  it('has a list of secrets for access tokens, the first of which signs', () => {
    const secrets = ['a'.repeat(32), 'b'.repeat(64)];
    expect(loadApiEnv({ ...valid, AUTH_SECRETS: secrets.join(',') }).authSecrets).toEqual(secrets);
  });

  it('of a worker has what its jobs need, and no drain delay', () => {
    const worker = loadWorkerEnv({
      ...valid,
      WORKER_CONCURRENCY: '8',
      METRICS_PORT: '9464',
      VALKEY_HOST: 'valkey.internal',
      VALKEY_PASSWORD: 'do-not-print-me',
    });
    expect(worker).toMatchObject({
      port: 3000,
      concurrency: 8,
      mailFrom: undefined,
      webhookTargets: 'public',
      telemetry: { metrics: { port: 9464, namespace: undefined } },
      shutdown: { drainDelayMs: 0, timeoutMs: 40_000 },
    });
  });

  it('has Valkey as a whole or not at all', () => {
    const given = { ...valid, VALKEY_HOST: 'valkey.internal', VALKEY_PASSWORD: 'do-not-print-me' };
    expect(loadApiEnv(given).valkey).toEqual({
      host: 'valkey.internal',
      port: 6379,
      user: 'default',
      password: 'do-not-print-me',
      tls: { mode: 'verify-full', extraAuthorities: [] },
    });
    const half = 'VALKEY_HOST and VALKEY_PASSWORD are set together or not at all';
    expect(problemsOf({ VALKEY_HOST: 'valkey.internal' })).toBe(one(half));
    expect(problemsOf({ VALKEY_PASSWORD: 'do-not-print-me' })).toBe(one(half));
  });

  it('lists the names of its variables', () => {
    expect(apiVariableNames().toSorted()).toEqual([...Object.keys(valid), ...optional].toSorted());
  });

  it('has a port for the health check, even when it is not set', () => {
    expect([loadPort({ PORT: '8080' }), loadPort({})]).toEqual([8080, 3000]);
  });
});

describe('a wrong environment', () => {
  it.each<[Variables, string]>([
    [{ DATABASE_HOST: undefined }, 'DATABASE_HOST is missing: it must be the host name of the Postgres server'],
    [{ DATABASE_HOST: '' }, 'DATABASE_HOST is missing: it must be the host name of the Postgres server'],
    [{ PORT: undefined }, 'PORT is missing: it must be a whole number from 1 to 65535'],
    [{ PORT: '80x' }, 'PORT must be a whole number from 1 to 65535, not "80x"'],
    [{ PORT: '0' }, 'PORT must be a whole number from 1 to 65535, not "0"'],
    [{ PORT: '-1' }, 'PORT must be a whole number from 1 to 65535, not "-1"'],
    [{ PORT: ' 3000' }, 'PORT must be a whole number from 1 to 65535, not " 3000"'],
    [{ PORT: '1e3' }, 'PORT must be a whole number from 1 to 65535, not "1e3"'],
    [{ NODE_ENV: 'prod' }, 'NODE_ENV must be one of production, development, test, not "prod"'],
    [{ LOG_LEVEL: 'INFO' }, 'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, not "INFO"'],
    [{ DATABASE_TLS: 'require' }, 'DATABASE_TLS must be one of verify-full, disable, not "require"'],
    [{ DATABASE_PASSWORD: undefined }, 'DATABASE_PASSWORD is missing: it must be the password of the database user'],
    [{ DATABASE_AUTHENTICATION: 'iam' }, 'DATABASE_PASSWORD is set while DATABASE_AUTHENTICATION is "iam"'],
    [
      { AUTH_SECRETS: undefined },
      'AUTH_SECRETS is missing: it must hold texts of 32 characters or more, separated by commas',
    ],
    [
      { AUTH_SECRETS: `${'a'.repeat(32)},short` },
      'AUTH_SECRETS must hold texts of 32 characters or more, separated by commas',
    ],
    [{ DATABASE_CA: 'not a certificate' }, 'DATABASE_CA must hold certificates in PEM form'],
    [
      { DATABASE_CA: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----' },
      'DATABASE_CA must hold certificates in PEM form',
    ],
    [{ DATABASE_POOL_SIZE: '1' }, 'DATABASE_POOL_SIZE must be a whole number from 2 to 1000 connections, not "1"'],
    [{ READY_TIMEOUT_MS: '0.5' }, 'READY_TIMEOUT_MS must be a whole number from 50 to 60000 milliseconds, not "0.5"'],
    [
      { SHUTDOWN_TIMEOUT_SECONDS: '120' },
      'SHUTDOWN_TIMEOUT_SECONDS must be a whole number from 1 to 119 seconds, not "120"',
    ],
    [{ HEADERS_TIMEOUT_SECONDS: '65' }, 'HEADERS_TIMEOUT_SECONDS must be greater than KEEP_ALIVE_TIMEOUT_SECONDS'],
    [{ DRAIN_DELAY_SECONDS: '40' }, 'DRAIN_DELAY_SECONDS must be less than SHUTDOWN_TIMEOUT_SECONDS'],
  ])('%j is refused', (change, line) => {
    expect(problemsOf(change)).toBe(one(line));
  });

  it('is told all at once', () => {
    expect(problemsOf({ PORT: 'x', DATABASE_NAME: undefined, DRAIN_DELAY_SECONDS: '99' })).toBe(
      [
        'The environment is not valid, 3 problems:',
        '  DATABASE_NAME is missing: it must be the name of the database',
        '  PORT must be a whole number from 1 to 65535, not "x"',
        '  DRAIN_DELAY_SECONDS must be less than SHUTDOWN_TIMEOUT_SECONDS',
      ].join('\n'),
    );
  });

  it('cannot name authorities for a connection that verifies nothing', () => {
    expect(problemsOf({ DATABASE_TLS: 'disable', DATABASE_CA: 'secret-pem' })).toBe(
      [
        'The environment is not valid, 2 problems:',
        '  DATABASE_CA must hold certificates in PEM form',
        '  DATABASE_CA is set while DATABASE_TLS is "disable": nothing would be verified with it',
      ].join('\n'),
    );
  });

  it('never shows a secret', () => {
    const everythingWrong = Object.fromEntries(Object.keys(valid).map((name) => [name, `\u0000${name}`]));
    expect(problemsOf({ ...everythingWrong, DATABASE_PASSWORD: 'do-not-print-me', DATABASE_CA: 'nor-me' })).not.toMatch(
      /do-not-print-me|nor-me/,
    );
  });
});
