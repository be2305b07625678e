import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { createGivenSecretStore } from '../state/given-secrets.ts';
import { folderOf } from '../state/place.ts';
import { ensureSecrets } from '../state/secrets.ts';
import { knownSecrets } from './known-secrets.ts';

it('are those that were generated and those that a person gave', async () => {
  const place = {
    projectDirectory: mkdtempSync(join(tmpdir(), 'secrets-')),
    instance: 'example',
    environment: 'staging',
  };
  const folder = folderOf(place);
  mkdirSync(dirname(folder.secrets), { recursive: true });
  const generated = await ensureSecrets(folder.secrets, [{ name: 'database-password', variable: 'X' }]);
  await createGivenSecretStore(folder.givenSecrets).set('STRIPE_KEY', 'sk_live_1');

  expect(await knownSecrets(place)).toEqual([generated['database-password'], 'sk_live_1']);
});
