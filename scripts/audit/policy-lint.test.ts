import { describe, expect, it } from 'vitest';
import { arnsOverlap, overlap, statementsIn } from './policies.ts';
import { lintStatement } from './policy-lint.ts';
import { serviceAuthorization } from './service-authorization.ts';

/** As the reference writes the ARN of a resource type. */
const format = (kind: string) => `arn:\${Partition}:rds:\${Region}:\${Account}:${kind}\${Name}`;

const reference = serviceAuthorization.parse({
  source: 'test',
  services: {
    chat: {
      actions: { Create: { accessLevel: 'Write', conditionKeys: ['aws:RequestTag'] } },
      resources: {},
    },
    rds: {
      actions: {
        DeleteDBInstance: { accessLevel: 'Write', resources: { db: { required: true } } },
        CreateAlias: { accessLevel: 'Write', resources: { db: {}, alias: {} } },
      },
      resources: {
        db: { arn: format('db:'), conditionKeys: ['aws:ResourceTag'] },
        alias: { arn: format('alias/') },
      },
    },
  },
});

const lint = (statement: object) => {
  const document = { Statement: { Sid: 'It', Effect: 'Allow', ...statement } };
  return statementsIn(JSON.stringify(document)).flatMap((each) =>
    lintStatement(each, reference, true).map(({ rule, message }) => `${rule}: ${message}`),
  );
};
const db = 'arn:aws:rds:*:*:db:app';
const tagged = { StringEquals: { 'aws:ResourceTag/Environment': 'prod' } };

describe('a statement', () => {
  it.each([
    ['an action that AWS does not know', { Action: 'rds:Destroy', Resource: db }, 'unknown-action', 'rds:Destroy'],
    [
      'a name where only * grants',
      { Action: 'chat:Create', Resource: db },
      'grants-nothing',
      'only * grants chat:Create',
    ],
    [
      'a resource of another kind',
      { Action: 'rds:DeleteDBInstance', Resource: 'arn:aws:rds:*:*:pg:app' },
      'grants-nothing',
      'rds:DeleteDBInstance is about db',
    ],
    ['more than it needs', { Action: 'rds:DeleteDBInstance', Resource: '*' }, 'too-wide', 'can be limited to db'],
    [
      'a resource that no action is about',
      { Action: 'rds:DeleteDBInstance', Resource: [db, 'arn:aws:rds:*:*:pg:app'] },
      'useless-resource',
      'arn:aws:rds:*:*:pg:app',
    ],
    [
      'a key that the action does not know',
      { Action: 'rds:DeleteDBInstance', Resource: db, Condition: { StringEquals: { 'aws:RequestTag/A': 'b' } } },
      'unknown-key',
      'aws:RequestTag/A',
    ],
    [
      'tags of what has none',
      { Action: 'rds:CreateAlias', Resource: [db, 'arn:aws:rds:*:*:alias/app'], Condition: tagged },
      'no-tags',
      'rds:CreateAlias never matches alias',
    ],
  ])('is found that has %s', (_, statement, rule, message) => {
    const found = lint(statement).find((each) => each.startsWith(`permissions ${rule}: `));

    expect(found).toContain(message);
  });

  it.each([
    [{ Action: 'rds:deletedbinstance', Resource: db }],
    [{ Action: ['rds:DeleteDBInstance'], Resource: '*', Condition: tagged }],
    [{ Action: 'chat:Create', Resource: '*', Condition: { StringEquals: { 'aws:RequestTag/A': 'b' } } }],
    [{ Action: 'rds:DeleteDBInstance', Resource: db, Condition: { StringEquals: { 'aws:SourceAccount': '1' } } }],
  ])('%j is right', (statement) => {
    expect(lint(statement)).toEqual([]);
  });
});

describe('two ARNs', () => {
  it.each([
    ['arn:aws:rds:*:*:db:app', 'arn:aws:rds:eu-central-1:1:db:*', true],
    ['arn:aws:rds:*:*:pg:app', 'arn:aws:rds:eu-central-1:1:db:*', false],
    ['arn:aws:s3:::logs', 'arn:aws:s3:::*', true],
    ['*', 'arn:aws:s3:::logs', true],
    ['arn:aws:logs:*:*:log-group:*prod*', 'arn:aws:logs:eu-central-1:1:log-group:/ecs/prod:*', true],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(arnsOverlap(a, b)).toBe(expected);
  });
});

describe('two patterns', () => {
  it.each([
    ['nest-prod-*', 'nest-prod-eu-api', true],
    ['nest-prod', 'nest-prod-eu', false],
    ['a*c', 'ab*', true],
    ['a*c', '*b', false],
    ['secret:app-??????', 'secret:app-AbCdEf', true],
    ['secret:app-??????', 'secret:app-eu-AbCdEf', false],
    ['*', '', true],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(overlap(a, b)).toBe(expected);
    expect(overlap(b, a)).toBe(expected);
  });
});
