import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { rejection } from '../release/testing/rejection.ts';
import { assertEnvironment, listEnvironments } from './environments.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'environments-'));
  for (const name of ['Pulumi.yaml', 'Pulumi.staging.yaml', 'Pulumi.prod.yaml', 'Pulumi.eu-1.yaml', 'other.yaml']) {
    await writeFile(join(directory, name), '');
  }
});

it('an environment is what has a stack file', async () => {
  expect(await listEnvironments(directory)).toEqual(['eu-1', 'prod', 'staging']);
  await assertEnvironment(directory, 'eu-1');
});

it('names those that exist when it does not, and the nearest one', async () => {
  expect(await rejection(assertEnvironment(directory, 'prdo'))).toMatchObject({
    code: 'ENVIRONMENT_UNKNOWN',
    message: 'There is no environment prdo.',
    rule: 'An environment is what has a file Pulumi.<environment>.yaml.',
    remedy: 'Did you mean prod? There are: eu-1, prod, staging.',
  });
  expect((await rejection(assertEnvironment(directory, 'production-eu'))).remedy).toBe(
    'There are: eu-1, prod, staging.',
  );
});

it('finds the stack files where stackConfigDir says', async () => {
  const project = await mkdtemp(join(tmpdir(), 'environments-'));
  await writeFile(join(project, 'Pulumi.yaml'), 'name: app\nstackConfigDir: stacks\n');
  await mkdir(join(project, 'stacks'));
  await writeFile(join(project, 'stacks', 'Pulumi.qa.yaml'), '');

  expect(await listEnvironments(project)).toEqual(['qa']);
});
