import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readConfig, readProjectFile } from '../../infra/graph/stack-files.ts';
import { parseSettings } from '../../infra/settings/parse.ts';
import { withoutExisting } from './overridden-settings.ts';

const root = resolve(import.meta.dirname, '../..');

/** What target local gives the program: what the files say, and what it overrides. */
function settingsOn(directory: string) {
  const { name } = readProjectFile(directory);
  return parseSettings({ ...readConfig(directory, 'staging'), ...withoutExisting(directory, 'staging') }, 'staging', {
    project: name,
  });
}

it('of this project leave settings that can be used, whatever defaults they have', () => {
  expect(settingsOn(root).existing).toEqual({});
});

it('take out what names a resource that is not on this machine', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'overridden-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const file of ['Pulumi.yaml', 'Pulumi.staging.yaml']) cpSync(join(root, file), join(directory, file));
  const path = join(directory, 'Pulumi.staging.yaml');
  const arn = 'arn:aws:ecs:eu-central-1:123456789012:cluster/shared';
  await writeFile(path, `${await readFile(path, 'utf8')}  nest-fargate:existingClusterArn: ${arn}\n`);
  expect(withoutExisting(directory, 'staging')).toEqual({ existingClusterArn: '' });
  expect(settingsOn(directory).existing).toEqual({});
});
