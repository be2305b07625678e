import type { App, Variables } from '../infra/manifest/app.ts';

/** Of whoever reads and writes rows; `src/env/` reads all of these. */
const service: Variables = {
  DATABASE_USER: '{database.user}',
  DATABASE_PASSWORD: '{database.password}',
  DATABASE_AUTHENTICATION: '{database.authentication}',
  DATABASE_POOL_SIZE: '{database.poolSize}',
  DATABASE_STATEMENT_TIMEOUT_MS: '{database.statementTimeoutMs}',
  VALKEY_HOST: '{valkey.host}',
  VALKEY_PORT: '{valkey.port}',
  VALKEY_USER: '{valkey.user}',
  VALKEY_PASSWORD: '{valkey.password}',
  VALKEY_CA: '{valkey.ca}',
  VALKEY_TLS: '{valkey.tls}',
  METRICS_PORT: '{metrics.port}',
  METRICS_NAMESPACE: '{metrics.namespace}',
  OTEL_EXPORTER_OTLP_ENDPOINT: '{traces.endpoint}',
  SHUTDOWN_TIMEOUT_SECONDS: '{shutdownTimeoutSeconds}',
  PORT: '{port}',
};

/** What the stack has to know about this app: docs/your-app.md explains every field. */
export const app = {
  processes: {
    api: {
      command: ['node', 'dist/main.js'],
      http: { port: 3000, liveness: '/health', readiness: '/ready', version: '/version', docs: '/docs' },
      healthCheck: ['node', 'dist/healthcheck.js'],
      secrets: ['AUTH_SECRETS'],
      variables: {
        ...service,
        KEEP_ALIVE_TIMEOUT_SECONDS: '{keepAliveTimeoutSeconds}',
        HEADERS_TIMEOUT_SECONDS: '{headersTimeoutSeconds}',
        REQUEST_TIMEOUT_SECONDS: '{requestTimeoutSeconds}',
        READY_TIMEOUT_MS: '{readyTimeoutMs}',
        READY_GRACE_SECONDS: '{readyGraceSeconds}',
        DRAIN_DELAY_SECONDS: '{drainDelaySeconds}',
        BODY_LIMIT_KIB: '100',
        // Checks of a password and new accounts, per client address: users behind one NAT share an address.
        AUTH_REQUESTS_PER_MINUTE: '60',
        // Per user, across all tasks.
        REQUESTS_PER_MINUTE: '30000',
        TODOS_PER_USER: '10000',
        // Within 24 hours; each stores a response of up to 9 KB.
        IDEMPOTENCY_KEYS_PER_USER: '10000',
        // In a day (UTC).
        WEBHOOK_MESSAGES_PER_USER: '10000',
        // Logins that can be refreshed; a further one ends the one that was not used for longest.
        SESSIONS_PER_USER: '100',
      },
    },
    worker: {
      command: ['node', 'dist/worker.js'],
      health: { port: 3000, path: '/health' },
      healthCheck: ['node', 'dist/healthcheck.js'],
      variables: { ...service, WORKER_CONCURRENCY: '{jobConcurrency}', MAIL_FROM: '{mail.from}' },
    },
  },
  // Its own roles: src/migrate/app-role.ts.
  databaseAccess: 'release-command',
  release: {
    command: ['node', 'dist/migrate.js'],
    migrations: { tool: 'stack', folder: 'migrations' },
    variables: {
      DATABASE_USER: '{database.user}',
      DATABASE_PASSWORD: '{database.password}',
      APP_DATABASE_USER: '{database.app.user}',
      APP_DATABASE_PASSWORD: '{database.app.password}',
      APP_DATABASE_AUTHENTICATION: '{database.authentication}',
    },
  },
  variables: {
    NODE_ENV: 'production',
    ENVIRONMENT: '{environment}',
    SERVICE_NAME: '{process}',
    AWS_REGION: '{region}',
    LOG_LEVEL: '{logLevel}',
    RELEASE_IMAGE: '{release.image}',
    NODE_OPTIONS: '{node.heap}',
    DATABASE_HOST: '{database.host}',
    DATABASE_PORT: '{database.port}',
    DATABASE_NAME: '{database.name}',
    DATABASE_CA: '{database.ca}',
    DATABASE_TLS: '{database.tls}',
    DATABASE_CONNECT_TIMEOUT_MS: '{database.connectTimeoutMs}',
  },
  secrets: {
    AUTH_SECRETS: {
      generate: true,
      description: 'Signing keys of access tokens: the first one signs, all of them verify',
    },
  },
  smokeTest: 'smoke.ts',
} satisfies App;
