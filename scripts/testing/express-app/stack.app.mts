import type { App } from '../../../infra/manifest/app.ts';

export const app = {
  processes: {
    api: {
      command: ['npm', 'start'],
      http: { port: 8080, liveness: '/healthz' },
      variables: { DATABASE_POOL: '{database.poolSize}', GREETING: 'hello' },
      secrets: ['SESSION_KEY'],
    },
  },
  release: { command: ['npm', 'run', 'migrate'] },
  variables: {
    DATABASE_URL:
      'postgresql://{database.user}:{database.password}@{database.host}:{database.port}/{database.name}?sslmode=verify-full',
    NODE_EXTRA_CA_CERTS: '{authorities.file}',
    // npm writes there.
    npm_config_cache: '/tmp/npm',
    npm_config_update_notifier: 'false',
  },
  secrets: { SESSION_KEY: { generate: true, description: 'Signs session cookies' } },
} satisfies App;
