import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { secretsProviderOf, withConfigFile } from './stack-config.ts';

const committed = `# Prod: careful.
secretsprovider: awskms://alias/state
encryptedkey: AQIDAH
config:
  aws:region: eu-central-1
  nest-fargate:apiCpuUnits: 512
`;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stack-config-test-'));
  await writeFile(join(directory, 'Pulumi.yaml'), 'name: nest-fargate\n');
  await writeFile(join(directory, 'Pulumi.prod.yaml'), committed);
});
afterEach(() => rm(directory, { recursive: true }));

test('an operation gets the committed file with what it adds, and the file stays as it is', async () => {
  let used = '';
  const text = await withConfigFile(directory, 'prod', { 'nest-fargate:release': '{"version":"1"}' }, async (file) => {
    used = file ?? '';
    return readFile(used, 'utf8');
  });
  expect(text).toBe(`${committed}  nest-fargate:release: '{"version":"1"}'\n`);
  expect(await readFile(join(directory, 'Pulumi.prod.yaml'), 'utf8')).toBe(committed);
  expect(existsSync(used)).toBe(false);
});

test('the copy goes when the operation fails, too', async () => {
  let used = '';
  const failing = withConfigFile(directory, 'prod', { 'nest-fargate:release': 'x' }, async (file) => {
    used = file ?? '';
    throw new Error('failed');
  });
  await expect(failing).rejects.toThrow('failed');
  expect(used).not.toBe('');
  expect(existsSync(used)).toBe(false);
});

test('with nothing to add, the engine reads the committed file itself', async () => {
  expect(await withConfigFile(directory, 'prod', {}, async (file) => file)).toBeUndefined();
});

test('a stack without a file gets one with what is added', async () => {
  const text = await withConfigFile(directory, 'new', { 'x:y': 'z' }, async (file) => readFile(file ?? '', 'utf8'));
  expect(text).toBe('config:\n  x:y: z\n');
});

test('the key provider of a new stack is the one that its file names', async () => {
  expect(await secretsProviderOf(directory, 'prod')).toBe('awskms://alias/state');
  expect(await secretsProviderOf(directory, 'new')).toBeUndefined();
});
