import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { MigrationInputs } from './compute/migration/run.ts';
import { migrationProvider } from './migration-provider.ts';

const inputs: MigrationInputs = {
  region: 'eu-central-1',
  cluster: 'cluster',
  taskDefinition: 'migrate:7',
  subnets: ['subnet'],
  securityGroups: ['group'],
  containerName: 'migrate',
  logGroup: '/ecs/migrate',
  timeoutSeconds: 60,
  image: 'repository@sha256:1',
  appLogin: 'password',
  database: 'db-A',
};
const before = { ...inputs, taskArn: 'task' };

describe('the run of the migrations', () => {
  it('is repeated for another image', async () => {
    await expect(migrationProvider.diff('id', before, { ...inputs, image: 'repository@sha256:2' })).resolves.toEqual({
      changes: true,
    });
  });

  it('is repeated when the app logs in otherwise, which it has to prepare', async () => {
    await expect(migrationProvider.diff('id', before, { ...inputs, appLogin: 'iam' })).resolves.toEqual({
      changes: true,
    });
  });

  it('is repeated on a database that was replaced or restored, also when the state does not know which it was', async () => {
    await expect(migrationProvider.diff('id', before, { ...inputs, database: 'db-B' })).resolves.toEqual({
      changes: true,
    });
    const { database: _, ...older } = before;
    await expect(migrationProvider.diff('id', older as typeof before, inputs)).resolves.toEqual({ changes: true });
  });

  it.each([
    ['nothing', {}],
    ['the task definition', { taskDefinition: 'migrate:8' }],
    ['the network', { subnets: ['other'] }],
    ['the timeout', { timeoutSeconds: 600 }],
  ])('is not repeated when %s changed', async (_what, change) => {
    await expect(migrationProvider.diff('id', before, { ...inputs, ...change })).resolves.toEqual({ changes: false });
  });

  it('is never undone', () => {
    expect(migrationProvider).not.toHaveProperty('delete');
  });
});

it('starts its task with the credentials that the stack logs in with, not with those of the shell', async () => {
  const signers: (string | undefined)[] = [];
  const ecs = createServer((request, response) => {
    signers.push(/Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1]);
    const lists = String(request.headers['x-amz-target']).endsWith('ListTasks');
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify(lists ? { taskArns: [] } : { failures: [{ reason: 'a test' }] }));
  });
  await new Promise<void>((resolve) => ecs.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(ecs.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'of-the-shell');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 's');
  const config: Readonly<Record<string, string>> = { 'aws:accessKey': 'of-the-stack', 'aws:secretKey': 's' };
  try {
    await migrationProvider.configure({ config: { get: (key) => config[key] } });
    await expect(migrationProvider.create(inputs)).rejects.toThrow('ECS did not start its task (a test)');
    expect(signers).toEqual(['of-the-stack', 'of-the-stack']);

    await migrationProvider.configure({ config: { get: () => undefined } });
    await expect(migrationProvider.create(inputs)).rejects.toThrow('a test');
    expect(signers.slice(2)).toEqual(['of-the-shell', 'of-the-shell']);
  } finally {
    vi.unstubAllEnvs();
    ecs.closeAllConnections();
    ecs.close();
  }
});
