import { describe, expect, it } from 'vitest';
import { graphOf } from '../../infra/testing/graph-of.ts';
import type { AwsClients } from './clients.ts';
import { assertMayChange, isOfWorkflows } from './workflow-permissions.ts';

/** STS as whoever asks. */
function as(arn: string): Pick<AwsClients, 'sts'> {
  const sts = { send: () => Promise.resolve({ Account: '123456789012', Arn: arn }) };
  return { sts: sts as unknown as AwsClients['sts'] };
}

const workflow = 'arn:aws:sts::123456789012:assumed-role/nest-fargate-prod-ci-deploy/GitHubActions';
const changes = ['~ ci › iam/Policy ci-deploy-data (policy)'];

it('finds all that ContinuousDelivery and the boundary consist of, and nothing else', async () => {
  const { resources } = await graphOf('prod', { githubRepository: 'example/api' });
  const own = resources.filter(isOfWorkflows).map(({ name }) => name);
  const ofOthers = resources.filter((resource) => resource.type.startsWith('aws:iam/') && !isOfWorkflows(resource));

  expect(own).toEqual(expect.arrayContaining(['boundary', 'ci-deploy', 'ci-preview', 'ci-read', 'ci-github']));
  expect(ofOthers.map(({ name }) => name)).toContain('api-task');
  expect(ofOthers.filter(({ name }) => /^(ci-|boundary)/.test(name))).toEqual([]);
});

describe('a change of what workflows may do', () => {
  it('is refused to the workflow itself, before anything changes', async () => {
    await expect(assertMayChange(changes, 'prod', as(workflow))).rejects.toMatchObject({
      code: 'OWN_PERMISSIONS',
      details: changes[0],
    });
  });

  it.each([
    ['a person', 'arn:aws:iam::123456789012:user/ops', changes],
    ['the role of another environment', workflow.replace('prod', 'prod-eu'), changes],
    ['the workflow, if there is none', workflow, []],
  ])('is allowed to %s', async (_, arn, made) => {
    await expect(assertMayChange(made, 'prod', as(arn))).resolves.toBeUndefined();
  });
});
