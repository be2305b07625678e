import type { App } from '../../../infra/manifest/app.ts';

export const app = {
  processes: {
    api: {
      command: ['node', 'server.js'],
      http: { port: 8080, liveness: '/health', readiness: '/ready', version: '/version' },
      variables: {
        PORT: '{port}',
        KEEP_ALIVE_SECONDS: '{keepAliveTimeoutSeconds}',
        DRAIN_SECONDS: '{drainDelaySeconds}',
        // Below the idle timeout of the load balancer.
        PING_SECONDS: '20',
        APP_VERSION: '{release.version}',
      },
    },
  },
} satisfies App;
