import type { App, Variables } from '../manifest/app.ts';

const service: Variables = {
  PORT: '{port}',
  PGUSER: '{database.user}',
  PGPASSWORD: '{database.password}',
  POOL: '{database.poolSize}',
  CACHE: 'rediss://{valkey.host}:{valkey.port}',
  CACHE_PASSWORD: '{valkey.password}',
};

/** An app that uses every kind of field, with names of its own. */
export const exampleApp = {
  processes: {
    api: {
      command: ['node', 'server.js'],
      http: { port: 8080, liveness: '/healthz', readiness: '/readyz', version: '/about' },
      secrets: ['SIGNING_KEY'],
      variables: { ...service, IDLE_SECONDS: '{keepAliveTimeoutSeconds}', DRAIN: '{drainDelaySeconds}' },
    },
    worker: {
      command: ['node', 'jobs.js'],
      health: { port: 9000, path: '/alive' },
      healthCheck: ['/bin/probe'],
      variables: { ...service, JOBS: '{jobConcurrency}' },
    },
  },
  databaseAccess: 'release-command',
  release: {
    command: ['npm', 'run', 'migrate'],
    variables: {
      PGUSER: '{database.user}',
      PGPASSWORD: '{database.password}',
      APP_ROLE: '{database.app.user}',
      APP_ROLE_PASSWORD: '{database.app.password}',
      APP_ROLE_LOGIN: '{database.authentication}',
    },
  },
  variables: {
    NODE_OPTIONS: '--enable-source-maps {node.heap}',
    STAGE: '{environment}',
    TRACES: '{traces.endpoint}',
    LOG_FORMAT: 'json',
    PGHOST: '{database.host}',
  },
  secrets: { SIGNING_KEY: { generate: true, description: 'Signs cookies' } },
  egress: { smtp: 587 },
  smokeTest: 'smoke.ts',
} satisfies App;
