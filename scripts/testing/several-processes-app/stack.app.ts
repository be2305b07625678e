import type { App, Variables } from '../../../infra/manifest/app.ts';

const http: Variables = {
  PORT: '{port}',
  DRAIN_DELAY_SECONDS: '{drainDelaySeconds}',
  KEEP_ALIVE_TIMEOUT_SECONDS: '{keepAliveTimeoutSeconds}',
};

export const app = {
  processes: {
    web: {
      command: ['node', 'dist/http.js'],
      http: { port: 8080, liveness: '/healthz', readiness: '/readyz', version: '/version' },
      variables: { ...http, PREFIX: '', GREETING: 'hello' },
    },
    mailer: { command: ['node', 'dist/mailer.js'], scaling: ['cpu'], variables: { JOBS: '{jobConcurrency}' } },
  },
  variables: { PROCESS: '{process}' },
} satisfies App;
