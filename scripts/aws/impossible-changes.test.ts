import { expect, test } from 'vitest';
import { parseSettings } from '../../infra/settings/parse.ts';
import type { StackState } from '../pulumi/stack-export.ts';
import { assertChangesPossible } from './impossible-changes.ts';

const settings = (values: Readonly<Record<string, string>> = {}) =>
  parseSettings(
    {
      'aws:region': 'eu-central-1',
      ...Object.fromEntries(Object.entries(values).map(([key, value]) => [`nest-fargate:${key}`, value])),
    },
    'staging',
    { project: 'nest-fargate', secretKeys: new Set() },
  );

const resource = (type: string, outputs: Readonly<Record<string, unknown>>) => ({
  urn: `urn:pulumi:staging::nest-fargate::${type}::x`,
  type,
  protect: false,
  outputs,
});
const state: StackState = {
  pendingOperations: [],
  resources: [
    resource('aws:ec2/vpc:Vpc', { cidrBlock: '10.0.0.0/16' }),
    resource('aws:ec2/subnet:Subnet', { availabilityZone: 'eu-central-1a' }),
    resource('aws:ec2/subnet:Subnet', { availabilityZone: 'eu-central-1b' }),
    resource('aws:ec2/subnet:Subnet', { availabilityZone: 'eu-central-1b' }),
    resource('aws:rds/instance:Instance', { engineVersion: '17', engineVersionActual: '17.6' }),
  ],
};

test.each([
  ['vpcCidr', '10.1.0.0/16', 'vpcCidr cannot change from 10.0.0.0/16 to 10.1.0.0/16 on staging'],
  ['availabilityZones', '3', 'availabilityZones cannot change from 2 to 3 on staging'],
  ['databaseEngineVersion', '16', 'databaseEngineVersion cannot change from 17.6 to 16 on staging'],
])('a change of %s is refused with what to do instead', (key, value, message) => {
  expect(() => assertChangesPossible('staging', settings({ [key]: value }), state)).toThrow(
    expect.objectContaining({
      code: 'CHANGE_IMPOSSIBLE',
      message: expect.stringContaining(message),
      remedy: expect.stringMatching(/^Set it back\. /),
    }),
  );
});

test.each([
  ['nothing changes', {}],
  ['the minor version changes', { databaseEngineVersion: '17.4' }],
])('no objection where %s', (_name, values) => {
  expect(() => assertChangesPossible('staging', settings(values), state)).not.toThrow();
});

test('a first update may have any value', () => {
  const other = settings({ vpcCidr: '10.1.0.0/16', availabilityZones: '3', databaseEngineVersion: '16' });
  expect(() => assertChangesPossible('staging', other, undefined)).not.toThrow();
  expect(() => assertChangesPossible('staging', other, { resources: [], pendingOperations: [] })).not.toThrow();
});
