import type { App } from '../../../infra/manifest/app.ts';

export const app = {
  processes: {
    api: {
      command: ['node', 'server.js'],
      http: { port: 8080, liveness: '/healthz' },
      variables: { GREETING: 'hello' },
      permissions: [
        {
          actions: ['s3:GetObject', 's3:PutObject'],
          resources: ['arn:{partition}:s3:::nest-fargate-{environment}-files-*/*'],
        },
        {
          actions: ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
          resources: ['arn:{partition}:sqs:{region}:*:nest-fargate-{environment}-*'],
        },
      ],
    },
  },
} satisfies App;
