import { expect, it, onTestFinished } from 'vitest';
import { passwordsAskedFor } from './support/password-server.ts';
import { eventually, RunningApp } from './support/running-app.ts';

it('the built app presents tokens of IAM to the database, another one for each connection, and logs none', async () => {
  const { port, given } = await passwordsAskedFor();
  const app = await RunningApp.spawn({
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(port),
    DATABASE_NAME: 'todos',
    DATABASE_USER: 'app',
    DATABASE_TLS: 'disable',
    DATABASE_AUTHENTICATION: 'iam',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example-secret-key',
  });
  onTestFinished(() => app.kill());
  await eventually(() => new Set(given).size > 1, 'two tokens');
  for (const token of given) {
    expect(token).toMatch(/^127\.0\.0\.1:\d+\/\?.*Action=connect&DBUser=app&.*X-Amz-Signature=[0-9a-f]{64}/);
  }
  expect(JSON.stringify(app.logs)).not.toMatch(/X-Amz-Signature|example-secret-key/);
});
