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
    admin: {
      command: ['node', 'dist/http.js'],
      http: {
        port: 8081,
        liveness: '/admin/healthz',
        readiness: '/admin/readyz',
        version: '/admin/version',
        route: { path: '/admin/*' },
      },
      variables: { ...http, PREFIX: '/admin', GREETING: 'hello, admin' },
    },
    mailer: { command: ['node', 'dist/mailer.js'], scaling: ['cpu'], variables: { JOBS: '{jobConcurrency}' } },
    heartbeat: { command: ['node', 'dist/heartbeat.js'], schedule: { cron: '* * * * *', timeZone: 'Europe/Berlin' } },
    import: { command: ['node', 'dist/import.js'], once: true },
  },
  variables: { PROCESS: '{process}' },
} satisfies App;
