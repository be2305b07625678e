import { expect, it } from 'vitest';
import { withOtherId } from './stack-export.ts';

const resource = (name: string, type: string, id?: string) => ({
  urn: `urn:${name}`,
  type,
  ...(id === undefined ? {} : { id }),
});
const exported = (...resources: object[]) =>
  JSON.stringify({ version: 3, deployment: { secrets_providers: { type: 'passphrase' }, resources } });

it('withOtherId changes the id of the one resource of a type, and nothing else', () => {
  const database = {
    ...resource('database', 'aws:rds/instance:Instance', 'db-old'),
    outputs: { password: { ciphertext: 'v1:x' } },
  };
  const service = resource('api', 'aws:ecs/service:Service', 'arn:api');
  const { text, urn } = withOtherId(exported(database, service), 'aws:rds/instance:Instance', 'db-new');
  expect(urn).toBe('urn:database');
  expect(JSON.parse(text)).toEqual(JSON.parse(exported({ ...database, id: 'db-new' }, service)));
});

it.each([
  ['none', []],
  ['two', [resource('a', 'aws:rds/instance:Instance', 'db-1'), resource('b', 'aws:rds/instance:Instance', 'db-2')]],
])('withOtherId refuses a state with %s of them', (_count, resources) => {
  expect(() => withOtherId(exported(...resources), 'aws:rds/instance:Instance', 'db-new')).toThrow(/The state has/);
});
