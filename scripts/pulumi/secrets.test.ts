import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UserError } from '../messages/user-error.ts';
import { rejection } from '../release/testing/rejection.ts';
import { assertSecretsReadable } from './secrets.ts';

async function check(
  { url = 's3://state', exists = true, file = '', wrong = false },
  environmentVariables: Readonly<Record<string, string>>,
): Promise<string> {
  const projectDirectory = await mkdtemp(join(tmpdir(), 'secrets-'));
  await writeFile(join(projectDirectory, 'Pulumi.yaml'), 'name: example\nruntime: nodejs\n');
  await writeFile(join(projectDirectory, 'Pulumi.prod.yaml'), file);
  const workspace = {
    exists: async () => exists,
    whoAmI: async () => ({ user: 'ada', url }),
    decryptSecrets: async () => {
      if (wrong) throw new UserError({ code: 'PASSPHRASE_WRONG', message: 'wrong' });
    },
  };
  return await assertSecretsReadable(workspace, 'prod', { projectDirectory, environmentVariables });
}

it.each([
  ['a passphrase', {}, { PULUMI_CONFIG_PASSPHRASE: 'x' }, 'passphrase'],
  ['an empty passphrase', {}, { PULUMI_CONFIG_PASSPHRASE: '' }, 'passphrase'],
  ['a passphrase in a file', {}, { PULUMI_CONFIG_PASSPHRASE_FILE: '/x' }, 'passphrase'],
  [
    'a passphrase for a stack that is to be made',
    { exists: false },
    { PULUMI_CONFIG_PASSPHRASE: 'x' },
    'passphrase, for a new stack',
  ],
  ['a key', { file: 'secretsprovider: awskms://alias/pulumi' }, {}, 'awskms://alias/pulumi'],
  ['Pulumi Cloud', { url: 'https://app.pulumi.com/ada' }, {}, 'Pulumi Cloud'],
])('secrets are readable with %s', async (_, stack, variables, how) => {
  expect(await check(stack, variables)).toBe(how);
});

it.each([true, false])(
  'a passphrase that is missing is found before the first change (stack exists: %s)',
  async (exists) => {
    expect(await rejection(check({ exists }, {}))).toMatchObject({
      code: 'PASSPHRASE_MISSING',
      remedy: 'Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.',
    });
  },
);

it('a passphrase that is wrong is found by decrypting what the stack has', async () => {
  const wrong = check({ wrong: true }, { PULUMI_CONFIG_PASSPHRASE: 'y' });
  expect((await rejection(wrong)).code).toBe('PASSPHRASE_WRONG');
});
