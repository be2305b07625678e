import type { App } from '../../../infra/manifest/app.ts';

/** Takes payments and uploads: secrets that a person sets, and permissions on AWS. */
export const app = {
  processes: {
    api: {
      command: ['node', 'server.js'],
      http: { port: 8080, liveness: '/healthz', readiness: '/readyz' },
      secrets: ['PAYMENT_KEY', 'SESSION_KEY'],
      permissions: [
        { actions: ['s3:GetObject', 's3:PutObject'], resources: ['arn:{partition}:s3:::shop-{environment}-uploads/*'] },
      ],
    },
    worker: {
      command: ['node', 'jobs.js'],
      secrets: ['PAYMENT_KEY', 'MAIL_TOKEN'],
      permissions: [
        {
          actions: ['xray:PutTraceSegments'],
          resources: ['*'],
          reason: 'X-Ray has no resource-level permissions for it.',
        },
      ],
    },
  },
  release: { command: ['node', 'migrate.js'], migrations: 'none' },
  secrets: {
    PAYMENT_KEY: { description: 'Key of the payment provider' },
    MAIL_TOKEN: { description: 'Token of the mail provider' },
    SESSION_KEY: { generate: true, description: 'Signs session cookies' },
  },
} satisfies App;
