import { expect, test } from 'vitest';
import { contentsOf } from './contents.ts';

const resource = (type: string, name: string) => ({
  urn: `urn:pulumi:prod::nest-fargate::stack:infra:Service$${type}::${name}`,
  type,
  outputs: {},
  protect: false,
});

test('what a stack has on AWS is named by type and logical name, without components and providers', () => {
  const resources = [
    resource('pulumi:pulumi:Stack', 'nest-fargate-prod'),
    resource('stack:infra:Service', 'api'),
    resource('pulumi:providers:aws', 'default'),
    resource('aws:ecs/service:Service', 'api'),
    resource('aws:rds/instance:Instance', 'database'),
  ];
  const state = { resources, pendingOperations: [] } as unknown as Parameters<typeof contentsOf>[0];

  expect(contentsOf(state)).toEqual(['Instance database', 'Service api']);
});
