import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';

import { ensureSecrets, fingerprintsOf, readSecrets, secretVariables } from './secrets.ts';

const password = { name: 'database-password', variable: 'STACK_SECRET_DATABASE_PASSWORD' };
const key = { name: 'signing-key', variable: 'STACK_SECRET_SIGNING_KEY' };

let path = '';
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'secrets-')), 'secrets.json');
});

it('generates what is missing and keeps what is there', async () => {
  const first = await ensureSecrets(path, [password]);
  const second = await ensureSecrets(path, [password, key]);
  expect(second['database-password']).toBe(first['database-password']);
  expect(second['signing-key']).toMatch(/^[\w-]{32}$/);
  expect(await readSecrets(path)).toEqual(second);
});

it('makes two environments different secrets', async () => {
  expect(await ensureSecrets(path, [password])).not.toEqual(await ensureSecrets(`${path}2`, [password]));
});

it('lets nobody else read them', async () => {
  await ensureSecrets(path, [password]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('tells whether values changed without telling them', () => {
  expect(fingerprintsOf({ a: 'x' })).not.toEqual(fingerprintsOf({ a: 'y' }));
  expect(fingerprintsOf({ a: 'x', b: 'y' })['a']).toBe(fingerprintsOf({ a: 'x' })['a']);
  expect(fingerprintsOf({ a: 'hunter2' })['a']).not.toContain('hunter2');
});

it('hands them over by the names of variables', () => {
  expect(secretVariables([password], { 'database-password': 'x' })).toEqual({ STACK_SECRET_DATABASE_PASSWORD: 'x' });
});
