import { beforeAll, describe, expect, it } from 'vitest';
import { knownCalls } from '../../../scripts/audit/api-models.ts';
import { readAcceptances } from '../../../scripts/audit/audit.ts';
import { callsOf } from '../../../scripts/audit/create-calls/call.ts';
import { judge } from '../../../scripts/audit/findings.ts';
import { arnsOverlap, type PolicyStatement, rolesOf } from '../../../scripts/audit/policies.ts';
import { formatOf, lintPolicies } from '../../../scripts/audit/policy-lint.ts';
import { readReference } from '../../../scripts/audit/reference-file.ts';
import { actionOf } from '../../../scripts/audit/service-authorization.ts';
import { allows, type Context } from '../../../scripts/audit/simulate.ts';
import { account, arnOf, standIns } from '../../../scripts/audit/stand-ins.ts';
import { allVariants, type EvaluatedVariant, evaluateAll, type Variant } from '../../../scripts/audit/variants.ts';
import { ofType } from '../../graph/query.ts';
import type { Graph, RecordedResource } from '../../graph/record.ts';
import { fixtureProject } from '../../testing/graph-of.ts';

const reference = readReference();
const everything = allVariants.find(({ name }) => name === 'everything') as Variant;
const longName = allVariants.find(({ name }) => name === 'a long name') as Variant;
const ownSecrets = allVariants.find(({ name }) => name === 'secrets and permissions') as Variant;
const withIam = allVariants.find(({ name }) => name === 'without NAT gateways') as Variant;

const several = allVariants.find(({ name }) => name === 'several processes') as Variant;
const pullRequests = allVariants.filter(({ name }) => /pull request/.test(name));
const withExisting = allVariants.filter(({ name }) => name.startsWith('existing '));

/** Environments whose names begin as that of another. */
const neighbours = ['prod-eu', 'prod-api', 'prod-ci', 'prod-final', 'staging'];

const named = (environment: string): Variant => ({ ...everything, name: environment, environment });

function tagsOf(environment: string, key: string): Context {
  return { [`aws:${key}/Project`]: 'nest-fargate', [`aws:${key}/Environment`]: environment };
}

function statementsOf(graph: Graph, role: string): readonly PolicyStatement[] {
  const name = `nest-fargate-${graph.environment}-${role}`;
  return rolesOf(graph).find((each) => each.name === name)?.statements ?? [];
}

function arnsIn(graph: Graph): readonly string[] {
  return [...new Set(graph.resources.flatMap((resource) => arnOf(graph, resource) ?? []))];
}

/** RDS creates it with the database. */
const ownerSecret = `arn:aws:secretsmanager:eu-central-1:${account}:secret:rds!db-12345678-AbCdEf`;

function isWrite(action: string): boolean {
  return !['Read', 'List'].includes(actionOf(reference, action)?.accessLevel ?? '');
}

let variants: readonly EvaluatedVariant[];
const graphOf = (name: string): Graph => {
  const found = variants.find((variant) => variant.name === name);
  if (found === undefined) throw new Error(`There is no variant ${name}.`);
  return found.graph;
};

beforeAll(async () => {
  const wanted = [
    everything,
    withIam,
    longName,
    ownSecrets,
    several,
    ...pullRequests,
    ...withExisting,
    ...neighbours.map(named),
  ];
  variants = await evaluateAll(fixtureProject, wanted);
}, 120_000);

it('say nothing that AWS’s Service Authorization Reference contradicts', () => {
  const { open } = judge(lintPolicies(variants, reference), readAcceptances(), ['permissions']);

  expect(open).toEqual([]);
});

describe('the deploy role', () => {
  const others = [
    // Made by a person, with the first update.
    'aws:iam/openIdConnectProvider:OpenIdConnectProvider',
    'aws:iam/policy:Policy',
    'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
  ];
  const isOfWorkflows = ({ type, name }: RecordedResource) => type === 'aws:iam/role:Role' && name.startsWith('ci-');

  it.each(['everything', 'without NAT gateways', 'a long name'])('may create every resource of %s', (variant) => {
    const graph = graphOf(variant);
    const created = graph.resources.filter(
      (resource) =>
        resource.custom &&
        resource.type.startsWith('aws:') &&
        !others.includes(resource.type) &&
        !isOfWorkflows(resource),
    );
    const missing = created.flatMap((resource) => notAllowed(graph, resource, statementsOf(graph, 'ci-deploy')));

    expect(created.length).toBeGreaterThan(140);
    expect([...new Set(missing)]).toEqual([]);
  });

  it.each(['existing resources', 'existing servers'])('may create what is the stack’s beside %s', (variant) => {
    const graph = graphOf(variant);
    const statements = statementsOf(graph, 'ci-deploy');
    const created = graph.resources.filter(
      (resource) =>
        resource.custom &&
        resource.type.startsWith('aws:') &&
        !others.includes(resource.type) &&
        !isOfWorkflows(resource),
    );
    const own = { ...tagsOf('staging', 'RequestTag'), ...tagsOf('staging', 'ResourceTag') };
    const at = (kind: string, id: string) => `arn:aws:ec2:eu-central-1:${account}:${kind}/${id}`;

    expect(created.length).toBeGreaterThan(80);
    expect([...new Set(created.flatMap((resource) => notAllowed(graph, resource, statements)))]).toEqual([]);
    expect(allows(statements, 'ec2:CreateSecurityGroup', at('vpc', 'vpc-0a1b2c3d4e5f60718'), {})).toBe(true);
    for (const action of ['CreateSubnet', 'CreateRoute', 'CreateVpcEndpoint', 'DeleteVpc', 'ModifyVpcAttribute']) {
      expect(allows(statements, `ec2:${action}`, at('vpc', 'vpc-0a1b2c3d4e5f60718'), own), action).toBe(false);
    }
  });

  it('may create what starts processes on a schedule, and what tells when they fail', () => {
    const graph = graphOf('several processes');
    const created = graph.resources.filter(({ type }) => /^aws:(scheduler|cloudwatch\/event)/.test(type));
    const statements = statementsOf(graph, 'ci-deploy');
    const group = `arn:aws:scheduler:eu-central-1:${account}:schedule-group/nest-fargate-`;

    expect(created.map(({ name }) => name).toSorted()).toEqual([
      'heartbeat',
      'heartbeat-failed',
      'heartbeat-failed',
      'schedules',
      'stopped-tasks',
      'stopped-tasks',
    ]);
    expect(created.flatMap((resource) => notAllowed(graph, resource, statements))).toEqual([]);
    expect(allows(statements, 'scheduler:CreateScheduleGroup', `${group}staging`, {})).toBe(true);
    expect(allows(statements, 'scheduler:DeleteScheduleGroup', `${group}prod`, {})).toBe(false);
  });

  it('cannot change an existing database', () => {
    const statements = statementsOf(graphOf('existing servers'), 'ci-deploy');
    const database = `arn:aws:rds:eu-central-1:${account}:db:shared-postgres`;
    const own = { ...tagsOf('staging', 'RequestTag'), ...tagsOf('staging', 'ResourceTag') };
    const secret = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1a2b3c4d-AbCdEf`;

    for (const action of ['ModifyDBInstance', 'DeleteDBInstance', 'RebootDBInstance', 'AddTagsToResource']) {
      expect(allows(statements, `rds:${action}`, database, own), action).toBe(false);
    }
    expect(allows(statements, 'secretsmanager:GetSecretValue', secret, own)).toBe(false);
    const group = (id: string) => `arn:aws:ec2:eu-central-1:${account}:security-group/${id}`;
    expect(allows(statements, 'ec2:AuthorizeSecurityGroupIngress', group('sg-0a1b2c3d4e5f60719'), {})).toBe(true);
    expect(allows(statements, 'ec2:AuthorizeSecurityGroupIngress', group('sg-1'), {})).toBe(false);
    expect(allows(statements, 'ec2:AuthorizeSecurityGroupEgress', group('sg-0a1b2c3d4e5f60719'), {})).toBe(false);
  });

  it('cannot change an existing load balancer, and rules of others', () => {
    const statements = statementsOf(graphOf('existing servers'), 'ci-deploy');
    const at = (kind: string, id: string) => `arn:aws:elasticloadbalancing:eu-central-1:123456789012:${kind}/${id}`;
    const listener = at('listener', 'app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2');
    const rule = `${listener.replace(':listener/', ':listener-rule/')}/1`;
    const [asked, own] = [tagsOf('staging', 'RequestTag'), tagsOf('staging', 'ResourceTag')];

    expect(allows(statements, 'elasticloadbalancing:CreateRule', listener, asked)).toBe(true);
    expect(allows(statements, 'elasticloadbalancing:CreateRule', listener, {})).toBe(false);
    for (const verb of ['ModifyRule', 'DeleteRule', 'SetRulePriorities', 'AddTags']) {
      expect(allows(statements, `elasticloadbalancing:${verb}`, rule, own), verb).toBe(true);
      expect(
        allows(statements, `elasticloadbalancing:${verb}`, rule, { ...asked, ...tagsOf('prod', 'ResourceTag') }),
        verb,
      ).toBe(false);
    }
    for (const verb of [
      'DeleteListener',
      'ModifyListener',
      'ModifyLoadBalancerAttributes',
      'DeleteLoadBalancer',
      'SetSecurityGroups',
    ]) {
      for (const arn of [listener, at('loadbalancer', 'app/shared/50dc6c495c0c9188')]) {
        expect(allows(statements, `elasticloadbalancing:${verb}`, arn, { ...asked, ...own }), verb).toBe(false);
      }
    }
  });

  it.each([
    // A tag key in the request alone would say nothing of what is there.
    ['rds:CreateDBInstance', `arn:aws:rds:eu-central-1:${account}:og:default:postgres-17`],
    ['wafv2:CreateWebACL', `arn:aws:wafv2:eu-central-1:${account}:regional/managedruleset/AWS/Common`],
    [
      'elasticloadbalancing:CreateWebACLAssociation',
      `arn:aws:elasticloadbalancing:eu-central-1:${account}:loadbalancer/app/nest-fargate-prod/1`,
    ],
    [
      'cloudwatch:PutMetricAlarm',
      `arn:aws:cloudwatch:eu-central-1:${account}:alarm:TargetTracking-service/nest-fargate-prod/nest-fargate-prod-api-AlarmHigh-1`,
    ],
    ['elasticloadbalancing:SetWebAcl', '*'],
    ['logs:CreateLogDelivery', '*'],
    ['sns:Unsubscribe', '*'],
  ])('may %s on what AWS adds: %s', (action, resource) => {
    expect(allows(statementsOf(graphOf('everything'), 'ci-deploy'), action, resource, {})).toBe(true);
  });

  it('may empty the default security group of its own VPC, and of no other', () => {
    const group = `arn:aws:ec2:eu-central-1:${account}:security-group/sg-1`;
    const of = (vpc: string) => ({ 'ec2:Vpc': `arn:aws:ec2:eu-central-1:${account}:vpc/${vpc}` });
    const statements = statementsOf(graphOf('everything'), 'ci-deploy');

    expect(allows(statements, 'ec2:RevokeSecurityGroupIngress', group, of('vpc-0123456789abcdef0'))).toBe(true);
    expect(allows(statements, 'ec2:RevokeSecurityGroupIngress', group, of('vpc-1'))).toBe(false);
  });

  it.each(neighbours)('cannot change anything of %s', (neighbour) => {
    const statements = statementsOf(graphOf('everything'), 'ci-deploy');
    const actions = [...new Set(statements.flatMap((statement) => statement.actions))].filter(isWrite);
    // Whoever asks chooses the tags in the request; those of the resource are what they are.
    const context = { ...tagsOf('prod', 'RequestTag'), ...tagsOf(neighbour, 'ResourceTag') };
    const reached = arnsIn(graphOf(neighbour)).flatMap((arn) =>
      actions
        .filter((action) => typesOf(action).some((type) => arnsOverlap(formatOf(action, type, reference), arn)))
        .filter((action) => allows(statements, action, arn, context))
        .filter((action) => !(isNumbered(arn) && /:(Create|Allocate|Register)/.test(action)))
        .map((action) => `${action} ${arn.replace(neighbour, '<neighbour>')}`),
    );

    expect(reached.toSorted()).toEqual([...unavoidable].toSorted());
  });

  it('creates and changes roles with the boundary only, and cannot change the boundary or its own roles', () => {
    const graph = graphOf('everything');
    const statements = statementsOf(graph, 'ci-deploy');
    const role = (name: string) => `arn:aws:iam::${account}:role/nest-fargate-prod-${name}`;
    const policy = `arn:aws:iam::${account}:policy/nest-fargate-prod-boundary`;
    const bounded = { 'iam:PermissionsBoundary': policy };
    const changes = [
      'iam:CreateRole',
      'iam:PutRolePolicy',
      'iam:UpdateAssumeRolePolicy',
      'iam:PutRolePermissionsBoundary',
    ];

    for (const action of changes) {
      expect(allows(statements, action, role('api-task'), bounded), action).toBe(true);
      expect(allows(statements, action, role('api-task'), {}), action).toBe(false);
      expect(allows(statements, action, role('ci-deploy'), bounded), action).toBe(false);
      expect(allows(statements, action, role('admin-task'), bounded), action).toBe(false);
    }
    const onPolicies = statements.filter(
      ({ actions, resources }) =>
        actions.some((action) => action.startsWith('iam:') && isWrite(action)) &&
        resources.some((resource) => arnsOverlap(resource, policy)),
    );
    expect(onPolicies).toEqual([]);
    expect(statements.flatMap(({ actions }) => actions)).not.toContain('iam:DeleteRolePermissionsBoundary');
  });

  it('writes records of its domain alone', () => {
    const statements = statementsOf(graphOf('everything'), 'ci-deploy');
    const change = (zone: string, name: string) =>
      allows(statements, 'route53:ChangeResourceRecordSets', `arn:aws:route53:::hostedzone/${zone}`, {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': name,
        'route53:ChangeResourceRecordSetsRecordTypes': 'A',
      });

    expect(change('Z0123456789ABCDEFGHIJ', 'api.example.com')).toBe(true);
    expect(change('Z0123456789ABCDEFGHIJ', '_0123.api.example.com')).toBe(true);
    expect(change('Z0123456789ABCDEFGHIJ', 'www.example.com')).toBe(false);
    expect(change('ZOTHER', 'api.example.com')).toBe(false);
  });
});

/** AWS generates its id, so that what exists is not what is created. */
function isNumbered(arn: string): boolean {
  return /:ec2:/.test(arn);
}

/** What has neither a name nor tags, or is shared in the account on purpose: every environment reaches it. */
const unavoidable: readonly string[] = [
  // A promotion tags the image in the registry of the environment that built it.
  `ecr:PutImage arn:aws:ecr:eu-central-1:${account}:repository/nest-fargate-<neighbour>`,
  ...['DeregisterDBProxyTargets', 'ModifyDBProxyTargetGroup', 'RegisterDBProxyTargets'].map(
    (action) => `rds:${action} arn:aws:rds:eu-central-1:${account}:target-group:prx-tg-0123456789abcdef0`,
  ),
  ...['ChangeTagsForResource', 'DeleteHealthCheck', 'UpdateHealthCheck'].map(
    (action) => `route53:${action} arn:aws:route53:::healthcheck/12345678-1234-1234-1234-123456789012`,
  ),
];

describe('the preview role', () => {
  it('reads no secret, no log and no object but the state', () => {
    const statements = statementsOf(graphOf('everything'), 'ci-preview');
    const actions = statements.flatMap((statement) => statement.actions);
    const reads = statements.filter((statement) => statement.actions.includes('s3:GetObject'));

    expect(
      actions.filter((action) =>
        /GetSecretValue|BatchGetSecretValue|LogEvents|rds-db:|ssm:GetParameters$/.test(action),
      ),
    ).toEqual([]);
    expect(
      reads.flatMap(({ resources }) => resources).every((resource) => resource.includes(':example-state/.pulumi/')),
    ).toBe(true);
  });

  it('changes nothing but the lock of the state', () => {
    const statements = statementsOf(graphOf('everything'), 'ci-preview');
    const writes = statements.flatMap(({ actions, resources }) =>
      actions.filter(isWrite).map((action) => [action, resources]),
    );

    expect(writes).toEqual([
      ['s3:DeleteObject', ['arn:aws:s3:::example-state/.pulumi/locks/organization/nest-fargate/prod/*']],
      ['s3:PutObject', ['arn:aws:s3:::example-state/.pulumi/locks/organization/nest-fargate/prod/*']],
      ['kms:Decrypt', ['arn:aws:kms:*:*:key/*']],
    ]);
  });

  it('decrypts with the key of the state alone', () => {
    const statements = statementsOf(graphOf('everything'), 'ci-preview');
    const key = `arn:aws:kms:eu-central-1:${account}:key/1`;

    expect(allows(statements, 'kms:Decrypt', key, { 'kms:ResourceAliases': 'alias/pulumi' })).toBe(true);
    expect(allows(statements, 'kms:Decrypt', key, { 'kms:ResourceAliases': 'alias/other' })).toBe(false);
  });

  it.each(neighbours)('sees neither the state nor the lock of %s', (neighbour) => {
    const statements = statementsOf(graphOf('everything'), 'ci-preview');

    for (const path of [
      `stacks/nest-fargate/${neighbour}.json`,
      `locks/organization/nest-fargate/${neighbour}/1.json`,
    ]) {
      expect(allows(statements, 's3:GetObject', `arn:aws:s3:::example-state/.pulumi/${path}`, {}), path).toBe(false);
    }
  });
});

describe('the role of pull requests', () => {
  const statements = () => statementsOf(graphOf('pull requests'), 'ci-pull-requests');
  const ofPerson = [
    'aws:iam/openIdConnectProvider:OpenIdConnectProvider',
    'aws:iam/policy:Policy',
    'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
  ];
  /** Environments of the account that last, also those whose names begin alike. */
  const lasting = ['prod', 'prod-eu', 'staging', 'a long name'];

  it.each(['a pull request', 'a pull request with a long name'])('may create every resource of %s', (variant) => {
    const graph = graphOf(variant);
    const created = graph.resources.filter(({ custom, type }) => custom && type.startsWith('aws:'));

    expect(created.filter(({ type }) => ofPerson.includes(type))).toEqual([]);
    expect(created.length).toBeGreaterThan(100);
    expect([...new Set(created.flatMap((resource) => notAllowed(graph, resource, statements())))]).toEqual([]);
  });

  it.each(lasting)('reaches nothing of %s', (name) => {
    const variant = name === 'prod' ? 'everything' : name;
    const graph = graphOf(variant);
    const { environment } = graph;
    const actions = [...new Set(statements().flatMap((statement) => statement.actions))].filter(
      (action) => isWrite(action) || /GetSecretValue|LogEvents|GetObject$/.test(action),
    );
    const context = { ...tagsOf('pr-1', 'RequestTag'), ...tagsOf(environment, 'ResourceTag') };
    const reached = [
      ...arnsIn(graph),
      `arn:aws:s3:::example-state/.pulumi/stacks/nest-fargate/${environment}.json`,
    ].flatMap((arn) =>
      actions
        .filter((action) => typesOf(action).some((type) => arnsOverlap(formatOf(action, type, reference), arn)))
        .filter((action) => allows(statements(), action, arn, context))
        .filter((action) => !(isNumbered(arn) && /:(Create|Allocate|Register)/.test(action)))
        .map((action) => `${action} ${arn.replace(environment, '<neighbour>')}`),
    );

    expect(reached.filter((each) => !unavoidable.includes(each))).toEqual([]);
    expect(reached.filter((each) => each.startsWith('ecr:'))).toEqual([]);
  });

  it('creates roles with the shared boundary only, and can change neither that nor its own role', () => {
    const role = (name: string) => `arn:aws:iam::${account}:role/nest-fargate-${name}`;
    const bounded = { 'iam:PermissionsBoundary': `arn:aws:iam::${account}:policy/nest-fargate-staging-pr-boundary` };
    const other = { 'iam:PermissionsBoundary': `arn:aws:iam::${account}:policy/nest-fargate-pr-1-boundary` };

    for (const action of ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy']) {
      expect(allows(statements(), action, role('pr-1-api-task'), bounded), action).toBe(true);
      expect(allows(statements(), action, role('pr-1-api-task'), other), action).toBe(false);
      expect(allows(statements(), action, role('pr-1-api-task'), {}), action).toBe(false);
      expect(allows(statements(), action, role('staging-api-task'), bounded), action).toBe(false);
      expect(allows(statements(), action, role('staging-ci-pull-requests'), bounded), action).toBe(false);
    }
    const policies = ['staging-pr-boundary', 'pr-1-boundary', 'staging-ci-pull-requests-read'].map(
      (name) => `arn:aws:iam::${account}:policy/nest-fargate-${name}`,
    );
    const onPolicies = statements().filter(
      ({ actions, resources }) =>
        actions.some((action) => action.startsWith('iam:') && isWrite(action)) &&
        resources.some((resource) => policies.some((policy) => arnsOverlap(resource, policy))),
    );
    expect(onPolicies).toEqual([]);
    expect(statements().flatMap(({ actions }) => actions)).not.toContain('iam:DeleteRolePermissionsBoundary');
  });

  it('gives every role of a pull request its boundary, which takes nothing from it and reaches no other environment', () => {
    const graph = graphOf('a pull request');
    const roles = ofType(graph, 'aws:iam/role:Role');
    const [boundary] = ofType(graphOf('pull requests'), 'aws:iam/policy:Policy').filter(({ name }) =>
      name.endsWith('boundary-pull-requests'),
    );
    const most = statementsIn(graphOf('pull requests'), boundary);
    const secret = (id: string) => `arn:aws:secretsmanager:eu-central-1:${account}:secret:rds!db-${id}-AbCdEf`;
    const of = (environment: string) => ({
      'aws:ResourceTag/aws:rds:primaryDBInstanceArn': `arn:aws:rds:eu-central-1:${account}:db:nest-fargate-${environment}`,
      ...tagsOf(environment, 'ResourceTag'),
    });
    const denied = rolesOf(graph).flatMap(({ name, statements }) =>
      statements.flatMap(({ actions, resources }) =>
        actions.flatMap((action) =>
          resources
            .filter((resource) => !allows(most, action, resource, of('pr-1234')))
            .map((resource) => `${name} ${action} ${resource}`),
        ),
      ),
    );

    expect(roles.length).toBeGreaterThan(4);
    expect(
      roles.filter(
        ({ inputs }) => !/:policy\/nest-fargate-staging-pr-boundary$/.test(String(inputs['permissionsBoundary'])),
      ),
    ).toEqual([]);
    expect(denied).toEqual([]);
    expect(allows(most, 'secretsmanager:GetSecretValue', secret('1'), of('pr-1234'))).toBe(true);
    expect(allows(most, 'secretsmanager:GetSecretValue', secret('1'), of('prod'))).toBe(false);
    expect(allows(most, 'secretsmanager:GetSecretValue', secret('1'), {})).toBe(false);
  });
});

describe('the boundary', () => {
  it.each(['everything', 'without NAT gateways', 'a long name'])(
    'is on every role that a deployment of %s creates',
    (variant) => {
      const roles = ofType(graphOf(variant), 'aws:iam/role:Role');
      const unbounded = roles
        .filter(({ inputs }) => inputs['permissionsBoundary'] === undefined)
        .map(({ name }) => name);

      expect(roles.length).toBeGreaterThan(7);
      expect(unbounded).toEqual(['ci-deploy', 'ci-preview']);
    },
  );

  it.each(['everything', 'without NAT gateways', 'a long name', 'secrets and permissions'])(
    'takes nothing from a role of %s',
    (variant) => {
      const graph = graphOf(variant);
      const [boundary] = ofType(graph, 'aws:iam/policy:Policy').filter(({ name }) => name === 'boundary');
      const most = statementsIn(graph, boundary);
      const context = tagsOf(graph.environment, 'ResourceTag');
      const roles = rolesOf(graph).filter(({ name }) => !name.includes('-ci-'));
      const denied = roles.flatMap(({ name, statements }) =>
        statements.flatMap(({ actions, resources }) =>
          actions.flatMap((action) =>
            resources
              .filter((resource) => !allows(most, action, resource, context))
              .map((resource) => `${name} ${action} ${resource}`),
          ),
        ),
      );

      expect(roles.length).toBeGreaterThan(4);
      expect(denied).toEqual([]);
    },
  );

  it('gives a role nothing of another environment that has tags or a name', () => {
    const graph = graphOf('everything');
    const [boundary] = ofType(graph, 'aws:iam/policy:Policy').filter(({ name }) => name === 'boundary');
    const most = statementsIn(graph, boundary);
    const context = tagsOf('prod-eu', 'ResourceTag');
    const actions = [...new Set(most.flatMap((statement) => statement.actions))];
    const reached = arnsIn(graphOf('prod-eu')).flatMap((arn) =>
      actions
        .filter((action) => typesOf(action).some((type) => arnsOverlap(formatOf(action, type, reference), arn)))
        .filter((action) => allows(most, action, arn, context))
        .map((action) => `${action} ${arn}`),
    );

    expect(reached).toEqual(
      ['BatchCheckLayerAvailability', 'BatchGetImage', 'GetDownloadUrlForLayer'].map(
        (action) => `ecr:${action} arn:aws:ecr:eu-central-1:${account}:repository/nest-fargate-prod-eu`,
      ),
    );
  });
});

function statementsIn(graph: Graph, policy: RecordedResource | undefined): readonly PolicyStatement[] {
  const role = { type: 'aws:iam/rolePolicy:RolePolicy', inputs: { role: 'it', policy: policy?.inputs['policy'] } };
  const only = { ...graph, resources: [{ ...(policy as RecordedResource), ...role }] };
  return rolesOf(only)[0]?.statements ?? [];
}

function typesOf(action: string): readonly string[] {
  return Object.keys(actionOf(reference, action)?.resources ?? {});
}

/** Names of permissions that differ from those of the calls. */
const permissionNames: Readonly<Record<string, string>> = {
  elbv2: 'elasticloadbalancing',
  'iam:CreateOpenIDConnectProvider': 'iam:CreateOpenIDConnectProvider',
  's3:PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
};

function permissionOf(service: string, operation: string): string {
  const prefix = permissionNames[service] ?? service;
  return permissionNames[`${service}:${operation}`] ?? `${prefix}:${operation}`;
}

function boundaryIn({ environment }: Graph): string {
  const name = environment.startsWith('pr-') ? 'staging-pr-boundary' : `${environment}-boundary`;
  return `arn:aws:iam::${account}:policy/nest-fargate-${name}`;
}

/** The calls that create a resource, of those that the statements do not allow, with what they are about. */
function notAllowed(
  graph: Graph,
  resource: RecordedResource,
  statements: readonly PolicyStatement[],
): readonly string[] {
  const { type, name, inputs } = resource;
  const filled = standIns(graph)(inputs) as Readonly<Record<string, unknown>>;
  const own = arnOf(graph, resource);
  const created = {
    ...tagsOf(graph.environment, 'RequestTag'),
    'iam:PermissionsBoundary': String(filled['permissionsBoundary'] ?? boundaryIn(graph)),
  };
  return callsOf(knownCalls(type, inputs), name, filled).flatMap(({ service, operation }) => {
    const action = permissionOf(service, operation);
    const known = actionOf(reference, action);
    if (known === undefined) return [`${action} is not granted at all, for ${type} ${name}`];
    const required = Object.entries(known.resources).filter(([, { required: always }]) => always);
    if (required.length === 0 && Object.keys(known.resources).length === 0) {
      return allows(statements, action, '*', created) ? [] : [`${action} of ${type} ${name}`];
    }
    return required.flatMap(([kind]) => {
      const format = formatOf(action, kind, reference);
      if (own !== undefined && arnsOverlap(format, own)) {
        const existing = { ...created, ...tagsOf(graph.environment, 'ResourceTag') };
        const allowed = allows(statements, action, own, created) || allows(statements, action, own, existing);
        return allowed ? [] : [`${action} on ${own}`];
      }
      const candidates = [...arnsIn(graph), ownerSecret].filter((arn) => arnsOverlap(format, arn));
      const existing = {
        ...tagsOf(graph.environment, 'ResourceTag'),
        'iam:PermissionsBoundary': created['iam:PermissionsBoundary'],
      };
      const allowed = candidates.some((arn) => allows(statements, action, arn, existing));
      return candidates.length === 0 || allowed ? [] : [`${action} on ${kind}, for ${type} ${name}`];
    });
  });
}
