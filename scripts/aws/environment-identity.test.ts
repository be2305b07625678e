import { describe, expect, it } from 'vitest';
import type { StackState } from '../pulumi/stack-export.ts';
import { rejection } from '../release/testing/rejection.ts';
import {
  assertSameEnvironment,
  type EnvironmentIdentity,
  type IdentityFacts,
  parseIdentity,
} from './environment-identity.ts';

const current: EnvironmentIdentity = {
  account: '111111111111',
  partition: 'aws',
  region: 'eu-central-1',
  project: 'nest-fargate',
  stack: 'prod',
  backend: 's3://state',
};
const cluster = 'the ECS cluster nest-fargate-prod';

function stateOf(...arns: readonly string[]): StackState {
  const stack = { urn: 'urn:stack', type: 'pulumi:pulumi:Stack', protect: false, outputs: {} };
  const resources = arns.map((arn) => ({
    urn: `urn:${arn}`,
    type: 'aws:ecs/cluster:Cluster',
    protect: false,
    outputs: { arn },
  }));
  return { resources: [stack, ...resources], pendingOperations: [] };
}

function facts(given: Partial<Omit<IdentityFacts, 'state'>> & { readonly state?: StackState } = {}): IdentityFacts {
  const { state, ...others } = given;
  const path = '/nest-fargate/prod/identity';
  return {
    environment: 'prod',
    path,
    current,
    recorded: undefined,
    found: [],
    ...others,
    state: () => Promise.resolve(state),
  };
}

const here = stateOf('arn:aws:ecs:eu-central-1:111111111111:cluster/nest-fargate-prod');

describe('an environment with a record', () => {
  it('is the one that was made with the same account, region, project, stack and backend', async () => {
    await expect(assertSameEnvironment(facts({ recorded: { ...current } }))).resolves.toBeUndefined();
  });

  it.each([
    ['account', '222222222222', 'AWS account'],
    ['region', 'us-east-1', 'AWS region'],
    ['partition', 'aws-cn', 'AWS partition'],
    ['project', 'renamed', 'project in Pulumi.yaml'],
    ['stack', 'staging', 'stack'],
    ['backend', 's3://empty', 'Pulumi backend'],
  ] as const)('is another one when its %s differs, and both sides are named', async (key, value, label) => {
    const refused = await rejection(
      assertSameEnvironment(facts({ recorded: { ...current }, current: { ...current, [key]: value } })),
    );

    expect(refused.code).toBe('ANOTHER_ENVIRONMENT');
    expect(refused.message).toContain(`${label}: prod was made with ${current[key]}, this command uses ${value}`);
  });

  it('names the login that reaches the backend, and what to do after a move', async () => {
    const refused = await rejection(
      assertSameEnvironment(facts({ recorded: { ...current }, current: { ...current, backend: '' } })),
    );

    expect(refused.message).toContain('this command uses none');
    expect(refused.remedy).toContain('pulumi login s3://state');
    expect(refused.remedy).toContain('/nest-fargate/prod/identity');
  });
});

describe('an environment without a record', () => {
  it('is a new one when neither AWS nor the backend has anything of it', async () => {
    await expect(assertSameEnvironment(facts())).resolves.toBeUndefined();
    await expect(assertSameEnvironment(facts({ state: stateOf() }))).resolves.toBeUndefined();
  });

  it('is taken over when the state is of this account and region', async () => {
    await expect(assertSameEnvironment(facts({ found: [cluster], state: here }))).resolves.toBeUndefined();
  });

  it('is refused when AWS has it and the backend does not, or only an empty stack', async () => {
    for (const given of [{ found: [cluster] }, { found: [cluster], state: stateOf() }]) {
      const refused = await rejection(assertSameEnvironment(facts(given)));
      expect(refused.code).toBe('STACK_UNKNOWN_TO_BACKEND');
      expect(refused.message).toBe(
        'AWS has the ECS cluster nest-fargate-prod in account 111111111111, eu-central-1, but s3://state has no state of the stack prod.',
      );
    }
  });

  it('is refused when the state is of another account', async () => {
    const state = stateOf('arn:aws:ecs:eu-central-1:222222222222:cluster/nest-fargate-prod');
    const refused = await rejection(assertSameEnvironment(facts({ state })));

    expect(refused.code).toBe('ANOTHER_ENVIRONMENT');
    expect(refused.message).toContain(
      'is of account 222222222222, eu-central-1; this command uses account 111111111111',
    );
  });

  it('is refused when the state is of another region, with the way out', async () => {
    const state = stateOf('arn:aws:ecs:us-east-1:111111111111:cluster/nest-fargate-prod');
    const refused = await rejection(assertSameEnvironment(facts({ state })));

    expect(refused.remedy).toContain('set aws:region back to us-east-1 in Pulumi.prod.yaml');
  });

  it('is refused when the backend has a cluster that AWS lacks', async () => {
    const refused = await rejection(assertSameEnvironment(facts({ state: here })));

    expect(refused.code).toBe('STACK_UNKNOWN_TO_AWS');
  });
});

describe('a recorded identity', () => {
  it('is read back as it was written', () => {
    expect(parseIdentity(JSON.stringify(current))).toEqual(current);
  });

  it.each(['', 'none', '{}', '{"account": 1}'])('that is %j is none', (text) => {
    expect(parseIdentity(text)).toBeUndefined();
  });
});
