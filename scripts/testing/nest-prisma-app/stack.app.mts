import type { App } from '../../../infra/manifest/app.ts';

export const app = {
  processes: {
    api: {
      command: ['node', 'dist/main.js'],
      http: { port: 3000, liveness: '/health/live', readiness: '/health/ready', version: '/version' },
      variables: {
        PORT: '{port}',
        // The app counts in milliseconds.
        KEEP_ALIVE_MS: '{keepAliveTimeoutSeconds}000',
        DRAIN_MS: '{drainDelaySeconds}000',
        DATABASE_POOL: '{database.poolSize}',
        APP_VERSION: '{release.version}',
      },
    },
  },
  release: {
    command: ['node', 'node_modules/prisma/build/index.js', 'migrate', 'deploy'],
    migrations: { tool: 'prisma', folder: 'prisma/migrations' },
  },
  variables: {
    DATABASE_URL:
      'postgresql://{database.user}:{database.password}@{database.host}:{database.port}/{database.name}?sslmode=verify-full',
    NODE_EXTRA_CA_CERTS: '{authorities.file}',
  },
  smokeTest: 'smoke.mjs',
} satisfies App;
