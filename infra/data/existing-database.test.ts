import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import type { Graph } from '../graph/record.ts';
import { parseSettings } from '../settings/parse.ts';
import { withAnswers } from '../testing/answers.ts';
import { existingDatabase, existingVpc } from '../testing/existing.ts';
import { containerOf, find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';
import { readInstanceSizes } from './existing-database.ts';

const existing = {
  ...existingVpc,
  ...existingDatabase,
  databaseName: 'orders',
};
/** Over the stack file of the tests. */
const stated = {
  ...existing,
  vpcCidr: '10.0.0.0/16',
  natGateways: 'single',
  databaseFinalSnapshot: 'true',
};
const app = {
  ...stated,
  appDirectory: 'scripts/testing/shop-app',
  'app:MAIL_TOKEN': existing.existingDatabaseOwnerSecretArn,
};
const bundled = () => graphOf('staging', stated);
const shop = () => graphOf('staging', app);
const variables = (graph: Graph, task: string) =>
  Object.fromEntries(
    (containerOf(graph, task)['environment'] as { name: string; value: string }[]).map(({ name, value }) => [
      name,
      value,
    ]),
  );
const secrets = (graph: Graph, task: string) =>
  Object.fromEntries(
    (containerOf(graph, task)['secrets'] as { name: string; valueFrom: string }[]).map(({ name, valueFrom }) => [
      name,
      valueFrom,
    ]),
  );
const address = '@{aws:rds/getInstance:getInstance::shared-postgres::address}';

describe('on an existing RDS instance', () => {
  it('creates nothing of one', async () => {
    const { resources } = await bundled();

    expect(resources.filter(({ type }) => /^aws:(rds|secretsmanager\/secretRotation)/.test(type))).toEqual([]);
  });

  it('connects to it with roles that are named after the database', async () => {
    const graph = await bundled();

    expect(variables(graph, 'api')).toMatchObject({
      DATABASE_HOST: address,
      DATABASE_PORT: '5432',
      DATABASE_NAME: 'orders',
      DATABASE_USER: 'orders_app',
      DATABASE_TLS: 'verify-full',
    });
    expect(variables(graph, 'api')['DATABASE_CA']).toContain('BEGIN CERTIFICATE');
    expect(graph.outputs['databaseInstance']).toBe('shared-postgres');
  });

  it('has the release command’s task create the database, with the login that the settings name', async () => {
    const graph = await shop();

    expect(variables(graph, 'migrate')).toMatchObject({
      STACK_ROLES_HOST: address,
      STACK_ROLES_OWNER: 'postgres',
      STACK_ROLES_TABLES: 'orders_owner',
      STACK_ROLES_MARK: 'Of nest-fargate-staging',
      STACK_ROLES_MAX_CONNECTIONS: '400',
    });
    expect(secrets(graph, 'migrate')['STACK_ROLES_OWNER_PASSWORD']).toBe(
      `${existing.existingDatabaseOwnerSecretArn}:password::`,
    );
  });

  it('has it created for an app that sets up its roles itself, too', async () => {
    const graph = await bundled();
    const { command } = containerOf(graph, 'migrate') as { command: string[] };

    expect(command.slice(0, 2)).toEqual(['node', '-e']);
    expect(command.slice(-2)).toEqual(['node', 'dist/migrate.js']);
    expect(variables(graph, 'migrate')).not.toHaveProperty('STACK_ROLES_TABLES');
    expect(variables(graph, 'migrate')).toHaveProperty('STACK_ROLES_MARK');
  });

  it('gives no process that keeps running a login of its owner', async () => {
    for (const graph of [await bundled(), await shop()]) {
      const tasks = ofType(graph, 'aws:ecs/taskDefinition:TaskDefinition').map(({ name }) => name);
      const withOwner = tasks.filter((task) =>
        Object.values(secrets(graph, task)).some(
          (from) => from === `${existing.existingDatabaseOwnerSecretArn}:password::`,
        ),
      );

      expect(withOwner).toEqual(['migrate']);
    }
  });

  it('is let in by its security group, with a rule for each process', async () => {
    const rules = ofType(await bundled(), 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule').filter(
      ({ inputs }) => inputs['securityGroupId'] === 'sg-0a1b2c3d',
    );

    expect(rules.map(({ name, inputs }) => [name, inputs['fromPort']]).toSorted()).toEqual([
      ['api-to-database-in', 5432],
      ['migrate-to-database-in', 5432],
      ['worker-to-database-in', 5432],
    ]);
  });

  it('shares out the connections that the settings state, and watches the instance', async () => {
    const graph = await bundled();
    const alarms = ofType(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm').filter(
      ({ inputs }) => inputs['namespace'] === 'AWS/RDS',
    );

    expect(alarms.map(({ name }) => name).toSorted()).toEqual([
      'database-connections',
      'database-cpu',
      'database-memory',
      'database-storage',
    ]);
    for (const { inputs } of alarms) expect(inputs['dimensions']).toEqual({ DBInstanceIdentifier: 'shared-postgres' });
    expect(alarms.find(({ name }) => name === 'database-connections')?.inputs['threshold']).toBe(360);
    expect(variables(graph, 'api')['DATABASE_POOL_SIZE']).toBe('10');
  });

  it('needs no subnets of its own without Valkey', async () => {
    const graph = await graphOf('staging', { ...stated, valkey: 'off', worker: 'off', existingDatabaseSubnetIds: '' });

    expect(graph.resources.filter(({ type }) => type.includes('subnetGroup'))).toEqual([]);
  });
});

describe('databaseMaxConnections', () => {
  it('is what a database of the stack is given', async () => {
    const { inputs } = find(
      await graphOf('staging', { databaseMaxConnections: '100' }),
      'aws:rds/parameterGroup:ParameterGroup',
      'database',
    );

    expect(inputs['parameters']).toContainEqual(expect.objectContaining({ name: 'max_connections', value: '100' }));
  });
});

describe('what AWS says of an existing instance', () => {
  const settings = parseSettings({ 'aws:region': 'eu-central-1', ...existing }, 'staging');
  const right = {
    engine: 'postgres',
    engineVersion: '17.6',
    port: 5432,
    dbInstanceClass: 'db.m5.large',
    allocatedStorage: 200,
    caCertIdentifier: 'rds-ca-rsa2048-g1',
    vpcSecurityGroups: ['sg-99999999', 'sg-0a1b2c3d'],
  };
  const read = (found: object) =>
    withAnswers({ getInstance: () => ({ ...right, ...found }) }, () => readInstanceSizes(settings));

  it('is by what it is watched; of a class that the stack does not know, the memory is not', async () => {
    expect(await read({})).toEqual({ storageGiB: 200 });
    expect(await read({ dbInstanceClass: 'db.t4g.micro' })).toEqual({ storageGiB: 200, memoryMiB: 1024 });
  });

  it.each([
    [{ engine: 'mysql' }, 'is "shared-postgres", whose engine is mysql'],
    [{ port: 5433 }, 'which listens on port 5433'],
    [{ caCertIdentifier: 'our-own' }, 'whose certificate authority is our-own'],
    [{ engineVersion: '16.9' }, 'pulumi config set databaseEngineVersion 16 --stack staging'],
    [{ engineVersion: '15.4' }, 'Use an instance of PostgreSQL 16 or 17.'],
    [{ dbInstanceClass: 'db.m7g.large' }, 'pulumi config set databaseInstanceClass db.m7g.large --stack staging'],
    [
      { vpcSecurityGroups: ['sg-99999999'] },
      'pulumi config set existingDatabaseSecurityGroupId sg-99999999 --stack staging',
    ],
  ])('is refused where it does not fit: %j', async (found, message) => {
    await expect(read(found)).rejects.toThrow(message);
  });
});
