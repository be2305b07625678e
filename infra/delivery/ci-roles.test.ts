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

  it('has a role for pull requests where that is asked for, for their GitHub environment alone', async () => {
    const graph = await graphOf('staging', { ...on, pullRequestRole: 'true' });
    const trust = trustOf(graph, 'ci-pull-requests');

    expect(trust.Condition.StringEquals[subject]).toBe('repo:example/api:environment:pull-requests');
    expect(graph.outputs['deliveryRoles']).toHaveProperty('pullRequests');
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    expect(policiesOf(graph, 'ci-pull-requests').length).toBeLessThanOrEqual(10);
    for (const { inputs } of ofType(graph, policyType)) {
      expect(String(inputs['policy']).replaceAll(/\s/g, '').length, String(inputs['name'])).toBeLessThanOrEqual(6144);
    }
    expect((await graphOf('staging', on)).outputs['deliveryRoles']).not.toHaveProperty('pullRequests');
  });

  it('refuses a role for pull requests that nobody could assume, or that reached the networks of others', async () => {
    await expect(graphOf('staging', { pullRequestRole: 'true' })).rejects.toThrow(/false without githubRepository/);
    const withoutNat = { ...on, natGateways: 'none', vpcEndpoints: 'all', pullRequestRole: 'true' };
    await expect(graphOf('staging', withoutNat)).rejects.toThrow(/false when natGateways is none/);
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
    const read = ['ci-read', 'ci-read-further'].map(token);
    const change = ['compute', 'data', 'edge', 'network', 'observability', 'options', 'roles'];

    expect(policiesOf(graph, 'ci-preview')).toEqual(read);
    expect(policiesOf(graph, 'ci-deploy').toSorted()).toEqual(
      [...change.map((part) => token(`ci-deploy-${part}`)), ...read].toSorted(),
    );
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: managed policies of a role, by default.
    expect(policiesOf(graph, 'ci-deploy').length).toBeLessThanOrEqual(10);
  });

  it('names each action, and every resource where neither a name nor a tag limits it', async () => {
    const statements = statementsOf(await graphOf('prod', on)).filter(({ Resource }) => Resource === '*');
    const limited = ({ Condition }: { Condition?: object }) =>
      /Re(source|quest)Tag/.test(JSON.stringify(Condition ?? {}));

    expect(
      statementsOf(await graphOf('prod', on))
        .flatMap(({ Action }) => Action)
        .join(),
    ).not.toContain('*');
    expect(statements.filter((statement) => !limited(statement)).map(({ Sid }) => Sid)).toEqual([
      'FirewallAndItsLog',
      'SavedQueries',
      'PolicyOfEventLog',
      'Unsubscribe',
      'CreateHealthCheck',
      'ListTasks',
      'ReadWhatHasNoName',
      'WithoutResources',
    ]);
  });

  it('passes on each role to the one service that takes it', async () => {
    const passing = statementsOf(await graphOf('prod', on)).filter(({ Action }) => Action.includes('iam:PassRole'));
    const rolesFor = (service: string) =>
      passing
        .filter(({ Condition }) => Condition.StringEquals['iam:PassedToService'] === service)
        .flatMap(({ Resource }) => Resource)
        .map((role: string) => role.replace('arn:aws:iam::*:role/nest-fargate-prod-', ''));

    expect(passing).toHaveLength(5);
    expect(rolesFor('ecs-tasks.amazonaws.com').toSorted()).toEqual(
      ['api', 'migrate', 'worker'].flatMap((process) => [`${process}-execution`, `${process}-task`]),
    );
    expect(rolesFor('ecs.amazonaws.com')).toEqual(['traffic']);
    expect(rolesFor('rds.amazonaws.com')).toEqual(['database-proxy']);
    expect(rolesFor('vpc-flow-logs.amazonaws.com')).toEqual(['flow-logs']);
    expect(rolesFor('chatbot.amazonaws.com')).toEqual(['alarms-slack']);
  });

  it('may do nothing to a hosted zone without a domain', async () => {
    const zones = async (settings: Readonly<Record<string, string>>) =>
      statementsOf(await graphOf('prod', { ...on, ...settings }))
        .flatMap(({ Resource }) => Resource)
        .filter((resource: string) => /hostedzone\/[^*]/.test(resource));

    expect(await zones({})).toEqual([]);
    expect(new Set(await zones({ domainName: 'api.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' }))).toEqual(
      new Set(['arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ']),
    );
  });

  it.each([
    [
      'alias/pulumi',
      'arn:aws:kms:*:*:key/*',
      { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/pulumi' } },
    ],
    ['arn:aws:kms:eu-central-1:123456789012:key/1-2', 'arn:aws:kms:eu-central-1:123456789012:key/1-2', undefined],
  ])('decrypts the state with %s', async (stateKey, resource, condition) => {
    const [statement] = statementsOf(await graphOf('prod', { ...on, stateKey }), 'ci-read').filter(
      ({ Sid }) => Sid === 'DecryptState',
    );

    expect(statement).toMatchObject({ Action: ['kms:Decrypt'], Resource: resource });
    expect(statement.Condition).toEqual(condition);
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

describe('a promotion into another account', () => {
  const reader = 'arn:aws:iam::210987654321:role/nest-fargate-prod-ci-deploy';
  const role = 'arn:aws:iam::123456789012:role/nest-fargate-staging-ci-evidence';

  it('is let in by the source, with or without workflows, to read and to keep an image', async () => {
    const graph = await graphOf('staging', { evidenceReaders: reader });

    expect(trustOf(graph, 'ci-evidence')).toEqual({
      Effect: 'Allow',
      Principal: { AWS: [reader] },
      Action: 'sts:AssumeRole',
    });
    const actions: string[] = statementsOf(graph).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => !/:(Get|Describe|List|BatchGet)/.test(action))).toEqual(['ecr:PutImage']);
    expect(actions.join()).not.toMatch(/secretsmanager|kms|logs/);
    expect(graph.outputs['deliveryRoles']).toHaveProperty('evidence');
  });

  it('may assume that role, which its own stack file names, and no other', async () => {
    const graph = await graphOf('prod', { ...on, promoteFromRole: role });
    const assumed = statementsOf(graph).filter(({ Action }) => Action.includes('sts:AssumeRole'));

    expect(assumed.map(({ Resource }) => Resource)).toEqual([role]);
    expect(statementsOf(await graphOf('prod', on)).flatMap(({ Action }) => Action)).not.toContain('sts:AssumeRole');
  });
});
