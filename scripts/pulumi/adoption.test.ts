import { expect, test } from 'vitest';
import { importFile } from './adoption.ts';

const urn = (type: string, name: string) => `urn:pulumi:staging::nest-fargate::${type}::${name}`;
const image = urn('stack:infra:Image', 'image');
const repository = urn('stack:infra:Image$aws:ecr/repository:Repository', 'image');
const provider = urn('pulumi:providers:aws', 'default_7_48_0');
const stack = urn('pulumi:pulumi:Stack', 'nest-fargate-staging');
const resource = (known: string, type: string) => ({ urn: known, type, protect: false, outputs: {} });
const adoption = { urn: repository, parent: image, id: 'nest-fargate-staging' };

test('a resource is imported below the parent and with the provider that the state has', () => {
  const resources = [resource(image, 'stack:infra:Image'), resource(provider, 'pulumi:providers:aws')];
  expect(importFile([adoption], { resources }, [], {})).toEqual({
    nameTable: { 'parent-1': image, 'provider-aws': provider },
    resources: [
      {
        type: 'aws:ecr/repository:Repository',
        name: 'adopted-1',
        logicalName: 'image',
        id: 'nest-fargate-staging',
        parent: 'parent-1',
        provider: 'provider-aws',
      },
    ],
  });
});

test('in an empty state its parents are made first, each once, with the version of the program’s provider', () => {
  const outer = urn('stack:infra:Outer', 'outer');
  const components = [
    { urn: outer, parent: stack },
    { urn: image, parent: outer },
  ];
  const other = { urn: urn('stack:infra:Image$aws:ecr/repository:Repository', 'b'), parent: image, id: 'b' };
  const { resources, nameTable } = importFile([adoption, other], { resources: [] }, components, { aws: '7.48.0' });
  expect(nameTable).toEqual({});
  expect(resources).toEqual([
    { type: 'stack:infra:Outer', name: 'parent-2', logicalName: 'outer', component: true },
    { type: 'stack:infra:Image', name: 'parent-1', logicalName: 'image', component: true, parent: 'parent-2' },
    expect.objectContaining({ logicalName: 'image', parent: 'parent-1', version: '7.48.0' }),
    expect.objectContaining({ logicalName: 'b', parent: 'parent-1', version: '7.48.0' }),
  ]);
});

test('what the stack itself owns has no parent in the file', () => {
  const topic = { urn: urn('aws:sns/topic:Topic', 'alarms'), parent: stack, id: 'arn' };
  const { resources } = importFile([topic], { resources: [resource(stack, 'pulumi:pulumi:Stack')] }, [], { aws: '7' });
  expect(resources).toEqual([expect.not.objectContaining({ parent: expect.anything() })]);
});
