import { expect, test } from 'vitest';
import { parseSettings } from '../../infra/settings/parse.ts';
import { existingListener, existingVpc } from '../../infra/testing/existing.ts';
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

const inVpc = (vpcId: string): StackState => ({
  pendingOperations: [],
  resources: [resource('aws:ec2/securityGroup:SecurityGroup', { vpcId })],
});

test.each([
  ['its own to an existing one', existingVpc, state, 'from nothing (a VPC of the stack) to vpc-0a1b2c3d on staging'],
  ['an existing one to its own', {}, inVpc('vpc-0a1b2c3d'), 'from vpc-0a1b2c3d to nothing (a VPC of the stack) on'],
  ['one existing to another', existingVpc, inVpc('vpc-99999999'), 'from vpc-99999999 to vpc-0a1b2c3d on staging'],
])('an environment does not move from %s', (_name, values, before, message) => {
  expect(() => assertChangesPossible('staging', settings(values), before)).toThrow(
    expect.objectContaining({
      code: 'CHANGE_IMPOSSIBLE',
      message: expect.stringContaining(`existingVpcId cannot change ${message}`),
    }),
  );
});

test('an environment does not move to an existing cluster, and not from one to another', () => {
  const shared = 'arn:aws:ecs:eu-central-1:123456789012:cluster/shared';
  const service = resource('aws:ecs/service:Service', { cluster: `${shared}2` });
  const own = { ...state, resources: [service, resource('aws:ecs/cluster:Cluster', {})] };
  const refused = expect.objectContaining({ message: expect.stringContaining('existingClusterArn cannot change') });

  for (const before of [own, { ...state, resources: [service] }]) {
    expect(() => assertChangesPossible('staging', settings({ existingClusterArn: shared }), before)).toThrow(refused);
  }
  expect(() => assertChangesPossible('staging', settings(), { ...state, resources: [service] })).toThrow(refused);
  expect(() =>
    assertChangesPossible('staging', settings({ existingClusterArn: `${shared}2` }), {
      ...state,
      resources: [service],
    }),
  ).not.toThrow();
  expect(() => assertChangesPossible('staging', settings(), own)).not.toThrow();
});

test('an environment does not move to an existing load balancer, and not from one to another', () => {
  const { existingListenerArn: listenerArn } = existingListener;
  const asked = settings({ ...existingVpc, ...existingListener });
  const having = (...resources: StackState['resources']) => ({ ...inVpc('vpc-0a1b2c3d'), resources });
  const refused = expect.objectContaining({ message: expect.stringContaining('existingListenerArn cannot change') });

  expect(() =>
    assertChangesPossible('staging', asked, having(resource('aws:lb/loadBalancer:LoadBalancer', {}))),
  ).toThrow(refused);
  expect(() =>
    assertChangesPossible('staging', asked, having(resource('aws:lb/listenerRule:ListenerRule', { listenerArn: 'x' }))),
  ).toThrow(refused);
  expect(() =>
    assertChangesPossible('staging', settings(), having(resource('aws:lb/listenerRule:ListenerRule', { listenerArn }))),
  ).toThrow(refused);
  expect(() =>
    assertChangesPossible('staging', asked, having(resource('aws:lb/listenerRule:ListenerRule', { listenerArn }))),
  ).not.toThrow();
});

test('a VPC of its own is known by its component, whatever else the state has of it', () => {
  const group = resource('aws:ec2/securityGroup:SecurityGroup', { vpcId: 'vpc-0a1b2c3d' });
  const before = { ...state, resources: [group, resource('awsx:ec2:Vpc', {})] };

  expect(() => assertChangesPossible('staging', settings(), before)).not.toThrow();
  expect(() => assertChangesPossible('staging', settings(existingVpc), before)).toThrow('existingVpcId cannot change');
});

test('an existing VPC that stays is no change', () => {
  expect(() => assertChangesPossible('staging', settings(existingVpc), inVpc('vpc-0a1b2c3d'))).not.toThrow();
});

test('a first update may have any value', () => {
  const other = settings({ vpcCidr: '10.1.0.0/16', availabilityZones: '3', databaseEngineVersion: '16' });
  expect(() => assertChangesPossible('staging', other, undefined)).not.toThrow();
  expect(() => assertChangesPossible('staging', other, { resources: [], pendingOperations: [] })).not.toThrow();
});
