import { describe, expect, it } from 'vitest';
import { ofType } from './graph/query.ts';
import { rules } from './policy/rules.ts';
import { containerOf, find } from './testing/find.ts';
import { graphOf } from './testing/graph-of.ts';

/** An Express app with `DATABASE_URL`, without worker, cache and roles of its own. */
const graph = (config: Readonly<Record<string, string>> = {}) =>
  graphOf('staging', { appDirectory: 'scripts/testing/express-app', ...config });
const secretType = 'aws:secretsmanager/secretVersion:SecretVersion';
const textOf = async (name: string, config = {}) => find(await graph(config), secretType, name).inputs['secretString'];

describe('another app on AWS', () => {
  it('has what its manifest uses, and nothing else', async () => {
    const { resources } = await graph();
    const names = resources.map(({ name }) => name);

    expect(resources.filter(({ type }) => type.startsWith('aws:elasticache/'))).toEqual([]);
    expect(names.filter((name) => name.startsWith('worker'))).toEqual([]);
    expect(ofType(await graph(), 'aws:ecs/service:Service').map(({ name }) => name)).toEqual(['api']);
  });

  it('gets its URL as a secret of its own, each process with the role that it logs in as', async () => {
    const password = (name: string) => `@{aws:secretsmanager/secretVersion:SecretVersion::${name}::secretString}`;
    const host = '@{aws:rds/instance:Instance::database::address}';

    expect(await textOf('api-database-url')).toBe(
      `postgresql://app:${password('app-password')}@${host}:5432/app?sslmode=verify-full`,
    );
    expect(await textOf('migrate-database-url')).toBe(
      `postgresql://app_owner:${password('tables-password')}@${host}:5432/app?sslmode=verify-full`,
    );
    expect(containerOf(await graph(), 'api')['secrets']).toContainEqual({
      name: 'DATABASE_URL',
      valueFrom: '@{aws:secretsmanager/secret:Secret::api-database-url::arn}',
    });
  });

  it('may read exactly the secrets of its container', async () => {
    const policies = ofType(await graph(), 'aws:iam/rolePolicy:RolePolicy').map(({ name }) => name);

    expect(policies.filter((name) => name.includes('-read-')).toSorted()).toEqual([
      'api-execution-read-database-url',
      'api-execution-read-session-key',
      'migrate-execution-read-database-url',
      'migrate-execution-read-stack-roles-owner-password',
      'migrate-execution-read-stack-roles-rows-password',
      'migrate-execution-read-stack-roles-tables-password',
    ]);
  });

  it('sets up its roles before its release command, in a definition that ECS accepts', async () => {
    const container = containerOf(await graph(), 'migrate');

    expect(container['command']).toEqual([
      '/bin/sh',
      '-c',
      expect.stringContaining('exec "$@"'),
      'sh',
      'node',
      '-e',
      expect.stringContaining('STACK_ROLES_'),
      'npm',
      'run',
      'migrate',
    ]);
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html: 64 KB per task definition.
    expect(JSON.stringify(container).length).toBeLessThan(48_000);
  });

  it('is known to have migrations of which nothing is known', async () => {
    const { release } = (await graph()).outputs;

    expect(release).toMatchObject({ migrations: [{ name: expect.stringMatching(/^what-3\.1\.0-/), kind: 'unknown' }] });
  });

  it.each([{}, { databaseProxy: 'true' }, { natGateways: 'none', vpcEndpoints: 'all' }])(
    'breaks no rule of the policy pack with %j',
    async (config) => {
      const { resources } = await graph(config);
      const found = resources.flatMap(({ type, name, inputs }) =>
        rules.flatMap((rule) => rule.check({ type, name, inputs })),
      );

      expect(found).toEqual([]);
    },
  );
});
