import { describe, expect, it } from 'vitest';
import { arnsOverlap, type PolicyStatement, rolesOf } from '../scripts/audit/policies.ts';
import { lintPolicies } from '../scripts/audit/policy-lint.ts';
import { readReference } from '../scripts/audit/reference-file.ts';
import { allows } from '../scripts/audit/simulate.ts';
import { ofType } from './graph/query.ts';
import type { Graph } from './graph/record.ts';
import { rules } from './policy/rules.ts';
import { containerOf, find } from './testing/find.ts';
import { graphOf } from './testing/graph-of.ts';

const workflows = { githubRepository: 'example/shop', stateBucket: 'example-state', stateKey: 'alias/pulumi' };
/** Its secrets are set by a person, one is generated; api and worker have permissions. */
const graph = (config: Readonly<Record<string, string>> = {}) =>
  graphOf('staging', { appDirectory: 'scripts/testing/shop-app', ...workflows, ...config });

const account = '@{aws:index/getCallerIdentity:getCallerIdentity::caller::accountId}';
const parameter = (name: string) =>
  `arn:aws:ssm:eu-central-1:${account}:parameter/nest-fargate-secrets/staging/${name}`;
const secretsOf = async (process: string, config = {}) => containerOf(await graph(config), process)['secrets'];

function statementsOf(found: Graph, role: string): readonly PolicyStatement[] {
  return rolesOf(found).find(({ name }) => name === `nest-fargate-staging-${role}`)?.statements ?? [];
}

function boundaryOf(found: Graph): readonly PolicyStatement[] {
  const boundary = find(found, 'aws:iam/policy:Policy', 'boundary');
  const role = { type: 'aws:iam/rolePolicy:RolePolicy', inputs: { role: 'it', policy: boundary.inputs['policy'] } };
  return rolesOf({ ...found, resources: [{ ...boundary, ...role }] })[0]?.statements ?? [];
}

describe('a secret that a person sets', () => {
  it('is a parameter by its ARN, for the processes that name it', async () => {
    expect(await secretsOf('api')).toEqual(
      expect.arrayContaining([
        { name: 'PAYMENT_KEY', valueFrom: parameter('PAYMENT_KEY') },
        { name: 'SESSION_KEY', valueFrom: '@{aws:secretsmanager/secret:Secret::session-key::arn}' },
      ]),
    );
    expect(JSON.stringify(await secretsOf('worker'))).toContain(parameter('MAIL_TOKEN'));
    expect(JSON.stringify([await secretsOf('api'), await secretsOf('migrate')])).not.toContain('MAIL_TOKEN');
  });

  it('is no resource of the program, so that no state has its value', async () => {
    const made = ofType(await graph(), 'aws:secretsmanager/secret:Secret', 'aws:ssm/parameter:Parameter');

    expect(made.map(({ name }) => name).filter((name) => /payment|mail/i.test(name))).toEqual([]);
  });

  it('can be read by the execution roles of these processes, and by no workflow', async () => {
    const found = await graph();
    const mayRead = rolesOf(found)
      .filter(({ statements }) =>
        statements.some(
          ({ actions, resources }) =>
            actions.some((action) => action.startsWith('ssm:Get')) &&
            resources.some((resource) =>
              arnsOverlap(
                resource,
                'arn:aws:ssm:eu-central-1:123456789012:parameter/nest-fargate-secrets/staging/MAIL_TOKEN',
              ),
            ),
        ),
      )
      .map(({ name }) => name);

    expect(mayRead).toEqual(['nest-fargate-staging-worker-execution']);
  });

  it('may be named by an ARN of the stack file, which alone may then be read', async () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:payments-AbCdEf';
    const found = await graph({ 'app:PAYMENT_KEY': `${arn}:key::` });
    const [read] = statementsOf(found, 'api-execution').filter(({ resources }) => resources.includes(arn));

    expect(containerOf(found, 'api')['secrets']).toContainEqual({ name: 'PAYMENT_KEY', valueFrom: `${arn}:key::` });
    expect(read?.actions).toEqual(['secretsmanager:GetSecretValue']);
    expect(allows(boundaryOf(found), 'secretsmanager:GetSecretValue', arn, {})).toBe(true);
    expect(allows(boundaryOf(await graph()), 'secretsmanager:GetSecretValue', arn, {})).toBe(false);
  });

  it('is refused in a stack file, without being shown, and so is what the stack generates', async () => {
    await expect(graph({ 'app:PAYMENT_KEY': 'sk_live_1234' })).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('sk_live_1234') }),
    );
    await expect(graph({ 'app:PAYMENT_KEY': 'sk_live_1234' })).rejects.toThrow('secrets set PAYMENT_KEY staging');
    await expect(graph({ 'app:SESSION_KEY': 'x' })).rejects.toThrow('left to the stack');
  });

  it('is decrypted with the environment’s own key where it has one, and reached without a NAT gateway', async () => {
    const found = await graph({ encryption: 'customer-managed', natGateways: 'none', vpcEndpoints: 'all' });
    const [decrypt] = statementsOf(found, 'worker-execution').filter(({ sid }) => sid === 'DecryptSecrets');
    const endpoints = (of: Graph) => ofType(of, 'aws:ec2/vpcEndpoint:VpcEndpoint').map(({ name }) => name);

    expect(decrypt?.conditions).toEqual({
      StringEquals: {
        'kms:ViaService': ['secretsmanager.eu-central-1.amazonaws.com', 'ssm.eu-central-1.amazonaws.com'],
      },
    });
    expect(endpoints(found)).toContain('network-ssm');
    const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:payments-AbCdEf';
    const named = { 'app:PAYMENT_KEY': arn, 'app:MAIL_TOKEN': arn, natGateways: 'none', vpcEndpoints: 'all' };
    expect(endpoints(await graph(named))).not.toContain('network-ssm');
  });
});

describe('permissions of a manifest', () => {
  it('are those of the task role of the process, within the boundary', async () => {
    const found = await graph();
    const own = 'arn:aws:s3:::shop-staging-uploads/a';

    for (const statements of [statementsOf(found, 'api-task'), boundaryOf(found)]) {
      expect(allows(statements, 's3:PutObject', own, {})).toBe(true);
      expect(allows(statements, 's3:PutObject', 'arn:aws:s3:::shop-prod-uploads/a', {})).toBe(false);
      expect(allows(statements, 's3:DeleteObject', own, {})).toBe(false);
    }
    expect(allows(statementsOf(found, 'worker-task'), 's3:PutObject', own, {})).toBe(false);
    expect(allows(statementsOf(found, 'worker-task'), 'xray:PutTraceSegments', '*', {})).toBe(true);
  });

  it('contradict nothing of AWS’s reference, and no rule of the policy pack', async () => {
    const found = await graph({ encryption: 'customer-managed' });
    const variant = { name: 'shop', environment: 'staging', config: {}, graph: found };
    const about = lintPolicies([variant], readReference()).filter(({ resource }) =>
      /App\d|Secrets|Parameters/.test(resource),
    );
    const broken = found.resources.flatMap(({ type, name, inputs }) =>
      rules.flatMap((rule) => rule.check({ type, name, inputs })),
    );

    expect(about).toEqual([]);
    expect(broken).toEqual([]);
  });
});
