import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Graph, RecordedResource } from '../../infra/graph/record.ts';
import { graphOf } from '../../infra/testing/graph-of.ts';
import { checkApiModels } from './api-models.ts';
import { installRuleSets } from './tools.ts';

const installed = await installRuleSets();
const missing = 'missing' in installed ? installed.missing : undefined;
const python = 'bin' in installed ? join(installed.bin, 'python') : '';

/** Staging with other inputs of one resource. */
async function changed(type: string, inputs: Readonly<Record<string, unknown>>): Promise<Graph> {
  const graph = await graphOf('staging');
  const change = (resource: RecordedResource) =>
    resource.type === type ? { ...resource, inputs: { ...resource.inputs, ...inputs } } : resource;
  return { ...graph, resources: graph.resources.map(change) };
}

async function check(type: string, inputs: Readonly<Record<string, unknown>>) {
  const graph = await changed(type, inputs);
  const { findings } = await checkApiModels(python, [{ name: 'changed', environment: 'staging', config: {}, graph }]);
  return findings.map(({ rule, message }) => `${rule}: ${message}`);
}

describe.skipIf(missing)(`a call against the models of AWS${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it.each([
    [
      'a number above its maximum',
      'aws:ecs/cluster:Cluster',
      { settings: [{ name: 'x', value: 'y' }] },
      /none of containerInsights/,
    ],
    ['a bad name', 'aws:ecr/repository:Repository', { name: 'Upper' }, /"?'Upper' does not match/],
    [
      'a wrong type',
      'aws:rds/instance:Instance',
      { allocatedStorage: 'much' },
      /Invalid type for parameter AllocatedStorage/,
    ],
    [
      'a text that is too long',
      'aws:ssm/parameter:Parameter',
      { description: 'x'.repeat(1025) },
      /1025 characters are more than 1024/,
    ],
    [
      'a name that only the reference limits',
      'aws:lb/loadBalancer:LoadBalancer',
      { name: 'a'.repeat(33) },
      /API_CreateLoadBalancer/,
    ],
    ['a policy that is too long', 'aws:iam/role:Role', { assumeRolePolicy: 'x'.repeat(2049) }, /iam-quotas/],
  ])('finds %s', async (_, type, inputs, message) => {
    const found = await check(type, inputs);

    expect(found).toContainEqual(expect.stringMatching(message));
  });

  it('is refused for an input that no call is known to take', async () => {
    await expect(check('aws:sns/topic:Topic', { fifoTopic: true })).rejects.toThrow(
      'takes fifoTopic of aws:sns/topic:Topic',
    );
  });
});
