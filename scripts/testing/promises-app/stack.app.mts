import type { App, AppProcess } from '../../../infra/manifest/app.ts';

/** One process for each promise that an app may break, and otherwise keeps. */
function breaking(promise: string, port: number): AppProcess {
  return {
    command: ['node', 'server.js'],
    http: {
      port,
      liveness: `/${promise}/health`,
      readiness: `/${promise}/ready`,
      version: `/${promise}/version`,
      route: { path: `/${promise}/*` },
    },
    variables: { ...http, BREAKS: promise, PREFIX: `/${promise}` },
  };
}

const http = {
  PORT: '{port}',
  KEEP_ALIVE_SECONDS: '{keepAliveTimeoutSeconds}',
  DRAIN_SECONDS: '{drainDelaySeconds}',
  POOL_SIZE: '{database.poolSize}',
  VERSION: '{release.version}',
};

export const app = {
  processes: {
    // Gets the smoke test, which is what writes.
    web: {
      command: ['node', 'server.js'],
      http: { port: 8080, liveness: '/health', readiness: '/ready', version: '/version' },
      variables: { ...http, BREAKS: 'disk', PREFIX: '' },
    },
    connections: breaking('connections', 8081),
    'keep-alive': breaking('keep-alive', 8082),
    schema: breaking('schema', 8083),
    certificate: breaking('certificate', 8084),
    liveness: breaking('liveness', 8085),
    stop: breaking('stop', 8086),
  },
  release: { command: ['node', 'migrate.js'], migrations: 'none' },
  variables: {
    DATABASE_URL:
      'postgresql://{database.user}:{database.password}@{database.host}:{database.port}/{database.name}?sslmode=verify-full',
    NODE_EXTRA_CA_CERTS: '{authorities.file}',
  },
  smokeTest: 'smoke.mjs',
} satisfies App;
