import type { App } from '../../../infra/manifest/app.ts';

export const app = {
  processes: {
    api: {
      command: ['node', 'dist/main.js'],
      http: { port: 3000, liveness: '/health', readiness: '/ready', version: '/version' },
      variables: {
        PORT: '{port}',
        DRAIN_DELAY_SECONDS: '{drainDelaySeconds}',
        KEEP_ALIVE_TIMEOUT_SECONDS: '{keepAliveTimeoutSeconds}',
        RELEASE_IMAGE: '{release.image}',
      },
    },
  },
  release: { command: ['node', 'dist/migrate.js'], migrations: 'none' },
  folders: { '/app/uploads': 8 },
  egress: { smtp: 587 },
  smokeTest: 'smoke.js',
} satisfies App;
