import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createGivenSecretStore, readGivenSecrets } from './given-secrets.ts';

it('are borrowed from another environment where there are none, and stay where there are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'given-'));
  const pathOf = (environment: string) => join(folder, `${environment}.json`);
  const open = (environment: string) => createGivenSecretStore(pathOf(environment), pathOf);
  expect(await open('pr-1').borrow('staging')).toBe(false);
  await open('staging').set('STRIPE_KEY', 'sk_1');
  expect(await open('pr-1').borrow('staging')).toBe(true);
  await open('staging').set('STRIPE_KEY', 'sk_2');
  expect(await open('pr-1').borrow('staging')).toBe(false);
  expect((await readGivenSecrets(pathOf('pr-1')))['STRIPE_KEY']?.value).toBe('sk_1');
  expect((await readGivenSecrets(pathOf('staging')))['STRIPE_KEY']?.value).toBe('sk_2');
});
