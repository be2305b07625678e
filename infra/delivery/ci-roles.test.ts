import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import type { Graph } from '../graph/record.ts';
import { find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';

const on = { githubRepository: 'example/api', stateBucket: 'example-state' };
const policyType = 'aws:iam/policy:Policy';
const subject = 'token.actions.githubusercontent.com:sub';

const json = (text: unknown) => JSON.parse(String(text));
const trustOf = (graph: Graph, role: string) =>
  json(find(graph, 'aws:iam/role:Role', role).inputs['assumeRolePolicy']).Statement[0];
const statementsOf = (graph: Graph, name?: string) =>
  ofType(graph, policyType)
    .filter((policy) => name === undefined || policy.name === name)
    .flatMap(({ inputs }) => json(inputs['policy']).Statement);
const policiesOf = (graph: Graph, role: string) =>
  ofType(graph, 'aws:iam/rolePolicyAttachment:RolePolicyAttachment')
    .filter(({ inputs }) => inputs['role'] === `nest-fargate-${graph.environment}-${role}`)
    .map(({ inputs }) => inputs['policyArn']);

describe('without a repository', () => {
  it('has no role for a workflow', async () => {
    const graph = await graphOf();

    expect(ofType(graph, policyType)).toEqual([]);
    expect(ofType(graph, 'aws:iam/openIdConnectProvider:OpenIdConnectProvider')).toEqual([]);
    expect(graph.outputs['deliveryRoles']).toEqual({});
  });
});

describe('with a repository', () => {
  it.each([
    ['example/api', 'staging', 'ci-deploy', 'repo:example/api:environment:staging'],
    ['example/api', 'prod', 'ci-preview', 'repo:example/api:environment:prod-preview'],
    ['example@12/api@345', 'prod', 'ci-deploy', 'repo:example@12/api@345:environment:prod'],
  ])('%s in %s pins the subject of %s', async (githubRepository, environment, role, expected) => {
    const trust = trustOf(await graphOf(environment, { githubRepository }), role);

    expect(trust).toEqual({
      Effect: 'Allow',
      Principal: { Federated: '@{aws:iam/openIdConnectProvider:OpenIdConnectProvider::ci-github::arn}' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com', [subject]: expected },
      },
    });
  });

  it('takes the identity provider that exists', async () => {
    const githubOidcProviderArn = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com';
    const graph = await graphOf('prod', { ...on, githubOidcProviderArn });

    expect(ofType(graph, 'aws:iam/openIdConnectProvider:OpenIdConnectProvider')).toEqual([]);
    expect(trustOf(graph, 'ci-deploy').Principal).toEqual({ Federated: githubOidcProviderArn });
  });

  it('lets a preview read, and a deployment change', async () => {
    const graph = await graphOf('prod', on);
    const token = (name: string) => `@{aws:iam/policy:Policy::${name}::arn}`;

    expect(policiesOf(graph, 'ci-preview')).toEqual([token('ci-read')]);
    expect(policiesOf(graph, 'ci-deploy').toSorted()).toEqual(
      ['ci-deploy-compute', 'ci-deploy-data', 'ci-deploy-network', 'ci-deploy-options', 'ci-read'].map(token),
    );
  });

  it('has nothing in a preview that changes anything but the lock of the state', async () => {
    const statements = statementsOf(await graphOf('prod', on), 'ci-read');
    const changing = statements
      .flatMap(({ Sid, Action }) => Action.map((action: string) => [Sid, action]))
      .filter(([, action]) => !/:(Describe|Get|List|Filter|BatchGet)/.test(action));

    expect(changing).toEqual([
      ['LockState', 's3:DeleteObject'],
      ['LockState', 's3:PutObject'],
    ]);
    expect(statements.find(({ Sid }) => Sid === 'LockState').Resource).toBe(
      'arn:aws:s3:::example-state/.pulumi/locks/*',
    );
  });

  it('names each action, and every resource where there is a name', async () => {
    const statements = statementsOf(await graphOf('prod', on));

    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    expect(statements.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid)).toEqual([
      'RegisterTaskDefinitions',
      'SavedQueries',
      'CreateNetwork',
      'TagWhatIsCreated',
      'ChangeOwnNetwork',
      'CreateKey',
      'CreateHealthCheck',
      'ReadWhatHasNoName',
    ]);
  });

  it('passes on the roles of tasks, and to ECS alone', async () => {
    const passing = statementsOf(await graphOf('prod', on)).filter(({ Action }) => Action.includes('iam:PassRole'));

    expect(passing.map(({ Resource, Condition }) => [Resource, Condition.StringEquals])).toEqual([
      [
        ['arn:aws:iam::*:role/nest-fargate-prod-*-execution', 'arn:aws:iam::*:role/nest-fargate-prod-*-task'],
        { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      ],
      ['arn:aws:iam::*:role/nest-fargate-prod-traffic', { 'iam:PassedToService': 'ecs.amazonaws.com' }],
      ['arn:aws:iam::*:role/nest-fargate-prod-flow-logs', { 'iam:PassedToService': 'vpc-flow-logs.amazonaws.com' }],
      ['arn:aws:iam::*:role/nest-fargate-prod-database-proxy', { 'iam:PassedToService': 'rds.amazonaws.com' }],
    ]);
  });

  it('cannot change the roles of the workflows', async () => {
    const changes = statementsOf(await graphOf('prod', on)).filter(({ Action }) =>
      Action.some((action: string) => /^iam:(Put|Attach|Update|Create|Delete)/.test(action)),
    );

    expect(changes.flatMap(({ Resource }) => Resource)).toEqual([
      'arn:aws:iam::*:role/nest-fargate-prod-*-execution',
      'arn:aws:iam::*:role/nest-fargate-prod-*-task',
      'arn:aws:iam::*:role/nest-fargate-prod-flow-logs',
      'arn:aws:iam::*:role/nest-fargate-prod-traffic',
      'arn:aws:iam::*:role/aws-service-role/*',
      'arn:aws:iam::*:role/nest-fargate-prod-database-proxy',
    ]);
  });

  it('keeps each policy within what IAM takes', async () => {
    for (const { name, inputs } of ofType(await graphOf('staging', on), policyType)) {
      expect(String(inputs['policy']).length, name).toBeLessThanOrEqual(6144);
    }
  });

  it('says the partition of the region', async () => {
    const graph = await graphOf('staging', { ...on, 'aws:region': 'cn-north-1' });

    expect(JSON.stringify(statementsOf(graph))).not.toContain('arn:aws:');
    expect(JSON.stringify(statementsOf(graph))).toContain('arn:aws-cn:s3:::example-state');
  });

  it('says which role is whose', async () => {
    expect((await graphOf('staging', on)).outputs['deliveryRoles']).toEqual({
      deploy: '@{aws:iam/role:Role::ci-deploy::arn}',
      preview: '@{aws:iam/role:Role::ci-preview::arn}',
    });
  });
});

describe('the session of a role', () => {
  const sessionOf = async (role: string, settings: Readonly<Record<string, string>> = {}) =>
    find(await graphOf('prod', { ...on, ...settings }), 'aws:iam/role:Role', role).inputs['maxSessionDuration'];
  const bakes = (minutes: string) => ({
    deploymentStrategy: 'canary',
    canaryBakeMinutes: minutes,
    bakeMinutes: minutes,
  });

  it.each([
    ['rolls', {}, 3600],
    ['bakes for twice half an hour', bakes('30'), 3 * 3600],
    ['bakes for longer than a session can last', bakes('300'), 43_200],
  ])('lasts as long as a promotion that %s may take', async (_, settings, seconds) => {
    expect(await sessionOf('ci-deploy', settings)).toBe(seconds);
  });

  it('stays at an hour for the one that only reads', async () => {
    expect(await sessionOf('ci-preview', bakes('30'))).toBe(3600);
  });
});
