import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { labelsOf } from '../translate/stacks.ts';
import { assertOwn } from './current.ts';

const checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
writeFileSync(join(checkout, 'package.json'), '{}');
const place = { projectDirectory: checkout, instance: 'shop', environment: 'eu-staging' };
const labels = (changes: Partial<typeof place> = {}) => {
  const { projectDirectory, instance, environment } = { ...place, ...changes };
  return labelsOf(environment, { instance, checkout: projectDirectory });
};

it('takes what carries its own labels', async () => {
  await expect(assertOwn(place, labels())).resolves.toBeUndefined();
});

it('takes what a checkout left that is gone', async () => {
  await expect(assertOwn(place, labels({ projectDirectory: '/no/such/checkout' }))).resolves.toBeUndefined();
});

it.each([
  ['was not made by this project', {}, 'The Docker network shop-eu-staging was not created by this project.'],
  [
    'is of another environment under the same name',
    labels({ instance: 'shop-eu', environment: 'staging' }),
    'The Docker network shop-eu-staging belongs to staging of instance "shop-eu".',
  ],
  [
    'is of another checkout',
    labels({ projectDirectory: join(import.meta.dirname, '../../..') }),
    `The instance "shop" belongs to the checkout at ${join(import.meta.dirname, '../../..')}.`,
  ],
])('refuses what %s', async (_, found, message) => {
  await expect(assertOwn(place, found)).rejects.toMatchObject({ code: 'INSTANCE_TAKEN', message });
});
