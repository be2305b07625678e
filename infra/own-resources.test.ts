import { describe, expect, it } from 'vitest';
import { rolesOf } from '../scripts/audit/policies.ts';
import { allows } from '../scripts/audit/simulate.ts';
import { parseProgram } from '../scripts/local/translate/program.ts';
import { unrealised } from '../scripts/local/translate/unrealised.ts';
import { loadOwnModule, OwnResources } from './compute/own-resources.ts';
import { loadApp } from './manifest/load.ts';
import { rules } from './policy/rules.ts';
import { containerOf, find } from './testing/find.ts';
import { graphOf, projectDirectory } from './testing/graph-of.ts';

const appDirectory = 'scripts/testing/uploads-app';
const workflows = { githubRepository: 'example/uploads', stateBucket: 'example-state', stateKey: 'alias/pulumi' };
const graph = (config = {}) => graphOf('staging', { appDirectory, ...config });

describe('resources of an app’s own', () => {
  it('are made with the names and tags of the environment, and reach the process by a variable', async () => {
    const found = await graph();

    expect(find(found, 'aws:s3/bucket:Bucket', 'uploads').inputs).toMatchObject({
      bucketPrefix: 'nest-fargate-staging-uploads-',
      tags: { Environment: 'staging' },
    });
    expect(containerOf(found, 'api')['environment']).toContainEqual({
      name: 'UPLOADS_BUCKET',
      value: '@{aws:s3/bucket:Bucket::uploads::bucket}',
    });
  });

  it('may be changed by workflows as far as the module says, which fits the number of policies of a role', async () => {
    const found = await graph(workflows);
    const deploy = rolesOf(found).find(({ name }) => name === 'nest-fargate-staging-ci-deploy')?.statements ?? [];
    const bucket = (environment: string) => `arn:aws:s3:::nest-fargate-${environment}-uploads-1`;
    const attached = found.resources.filter(
      ({ type, name }) => type === 'aws:iam/rolePolicyAttachment:RolePolicyAttachment' && name.startsWith('ci-deploy-'),
    );

    expect(allows(deploy, 's3:CreateBucket', bucket('staging'), {})).toBe(true);
    expect(allows(deploy, 's3:CreateBucket', bucket('prod'), {})).toBe(false);
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 10 by default.
    expect(attached.length).toBeLessThanOrEqual(10);
  });

  it('break no rule of the policy pack', async () => {
    const { resources } = await graph(workflows);
    const broken = resources.flatMap(({ type, name, inputs }) =>
      rules.flatMap((rule) => rule.check({ type, name, inputs })),
    );

    expect(broken).toEqual([]);
  });

  it('are named as missing on target local where nothing stands in for them, and their variables are not set', async () => {
    const found = { ...(await graph()), emulates: false };
    const [api] = parseProgram(found).services;

    expect(unrealised(found, undefined)).toEqual(
      expect.arrayContaining([
        'the app’s own resources: uploads (aws:s3/bucket:Bucket), uploads (aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock)',
        'variables that need them, which are not set: UPLOADS_BUCKET of api',
      ]),
    );
    expect(api?.task.container.environment.map(({ name }) => name)).toEqual(['PORT']);
  });

  it('are none without the module', async () => {
    expect(loadOwnModule(projectDirectory, 'app')).toBeUndefined();
    const types = (await graphOf('staging')).resources.map(({ type }) => type);
    expect(types).not.toContain('stack:infra:OwnResources');
  });

  it.each([
    [{ apii: { X: 'x' } }, 'It must be processes of the manifest: api.'],
    [{ api: { PORT: '1' } }, 'api.PORT is in the manifest, too'],
  ])('cannot return %j', (variables, problem) => {
    const app = loadApp(projectDirectory, appDirectory);
    const args = { app, own: { resources: () => variables } } as unknown as ConstructorParameters<
      typeof OwnResources
    >[1];

    expect(() => new OwnResources('own', args)).toThrow(problem);
  });
});
