import { expect, it } from 'vitest';
import type { App } from '../manifest/app.ts';
import { composedSecretName } from './task.ts';

const program = (...names: readonly string[]) => ({
  command: ['node', 'x.js'],
  variables: Object.fromEntries(names.map((name) => [name, '{database.password}'])),
});

it('secrets that are made for variables have a name of their own each, whatever processes and variables are called', () => {
  const app: App = {
    processes: {
      api: { ...program('ADMIN_URL', 'URL'), http: { port: 1, liveness: '/' } },
      'api-admin': program('URL', 'OTHER'),
    },
    release: program('URL'),
    variables: { SHARED_URL: '{database.password}' },
  };
  const names = [
    ['api', 'ADMIN_URL'],
    ['api', 'URL'],
    ['api', 'SHARED_URL'],
    ['api-admin', 'URL'],
    ['api-admin', 'OTHER'],
    ['api-admin', 'SHARED_URL'],
    ['migrate', 'URL'],
  ].map(([process = '', variable = '']) => composedSecretName(app, process, variable));
  expect(names).toEqual([
    'api-admin-url',
    'api-url',
    'api-shared-url',
    'api-admin--url',
    'api-admin-other',
    'api-admin-shared-url',
    'migrate-url',
  ]);
  expect(new Set(names).size).toBe(names.length);
});
