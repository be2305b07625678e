import { describe, expect, it } from 'vitest';
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
