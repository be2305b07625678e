import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import type { Graph } from '../graph/record.ts';
import { containerOf, find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';

const instanceOf = (graph: Graph) => find(graph, 'aws:rds/instance:Instance', 'database');

describe('the database', () => {
  it('is encrypted, private, backed up and kept up to date', async () => {
    expect(instanceOf(await graphOf()).inputs).toMatchObject({
      engine: 'postgres',
      engineVersion: '17',
      storageEncrypted: true,
      publiclyAccessible: false,
      backupRetentionPeriod: 7,
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: true,
      performanceInsightsEnabled: true,
      vpcSecurityGroupIds: ['@{aws:ec2/securityGroup:SecurityGroup::database::id}'],
      dbSubnetGroupName: '@{aws:rds/subnetGroup:SubnetGroup::database::name}',
    });
  });

  it('is in the subnets from which no route leads out', async () => {
    const { inputs } = find(await graphOf(), 'aws:rds/subnetGroup:SubnetGroup', 'database');

    expect(inputs['subnetIds']).toEqual([
      '@{awsx:ec2:Vpc::network::isolatedSubnetIds[0]}',
      '@{awsx:ec2:Vpc::network::isolatedSubnetIds[1]}',
    ]);
  });

  it('has an owner whose password the program never sees, and RDS rotates', async () => {
    const graph = await graphOf();
    const { inputs } = instanceOf(graph);

    expect(inputs['manageMasterUserPassword']).toBe(true);
    expect(inputs).not.toHaveProperty('password');
    expect(find(graph, 'aws:secretsmanager/secretRotation:SecretRotation', 'database-password').inputs).toEqual({
      secretId: '@{aws:rds/instance:Instance::database::masterUserSecrets[0].secretArn}',
      rotationEnabled: true,
      rotationRules: { automaticallyAfterDays: 7 },
      rotateImmediately: false,
    });
  });

  it('has a user for the app, with a password that is made once', async () => {
    const graph = await graphOf();
    const version = find(graph, 'aws:secretsmanager/secretVersion:SecretVersion', 'app-password');

    expect(version.inputs['secretId']).toBe('@{aws:secretsmanager/secret:Secret::app-password::id}');
    expect(version.ignoreChanges).toEqual(['secretString']);
    expect(instanceOf(graph).inputs['iamDatabaseAuthenticationEnabled']).toBe(false);
    expect(instanceOf(graph).ignoreChanges).toEqual(['iamDatabaseAuthenticationEnabled']);
    for (const task of ['aws:ecs/service:Service', 'pulumi-nodejs:dynamic/stack:MigrationRun']) {
      for (const { dependencies } of ofType(graph, task)) expect(dependencies).toContain(version.urn);
    }
  });

  it('takes tokens of IAM instead, of exactly that user', async () => {
    const graph = await graphOf('staging', { databaseAuthentication: 'iam' });
    const policy = JSON.parse(
      String(find(graph, 'aws:iam/rolePolicy:RolePolicy', 'api-task-database').inputs['policy']),
    );

    expect(instanceOf(graph).inputs['iamDatabaseAuthenticationEnabled']).toBe(true);
    expect(instanceOf(graph).ignoreChanges).toEqual([]);
    expect(ofType(graph, 'aws:secretsmanager/secret:Secret').map(({ name }) => name)).not.toContain('app-password');
    expect(policy.Statement).toContainEqual({
      Sid: 'ConnectToDatabase',
      Effect: 'Allow',
      Action: 'rds-db:connect',
      Resource:
        'arn:aws:rds-db:eu-central-1:@{aws:index/getCallerIdentity:getCallerIdentity::caller::accountId}:dbuser:@{aws:rds/instance:Instance::database::resourceId}/app_iam',
    });
    expect(ofType(graph, 'aws:iam/rolePolicy:RolePolicy').map(({ name }) => name)).not.toContain('migrate-task');
  });

  it('takes only TLS, and as many connections as the contract counts on', async () => {
    const { inputs } = find(
      await graphOf('staging', { databaseInstanceClass: 'db.t4g.small' }),
      'aws:rds/parameterGroup:ParameterGroup',
      'database',
    );

    expect(inputs['family']).toBe('postgres17');
    expect(inputs['parameters']).toEqual([
      { name: 'rds.force_ssl', value: '1' },
      { name: 'max_connections', value: '160', applyMethod: 'pending-reboot' },
      { name: 'log_min_duration_statement', value: '1000' },
      { name: 'idle_in_transaction_session_timeout', value: '60000' },
    ]);
  });

  it('logs slow statements, ends idle transactions and is maintained when the settings say', async () => {
    const graph = await graphOf('staging', {
      databaseSlowStatementMs: '250',
      databaseIdleInTransactionTimeoutMs: '5000',
      databaseBackupWindow: '22:00-22:30',
      databaseMaintenanceWindow: 'sat:23:00-sun:00:00',
    });

    expect(find(graph, 'aws:rds/parameterGroup:ParameterGroup', 'database').inputs['parameters']).toEqual(
      expect.arrayContaining([
        { name: 'log_min_duration_statement', value: '250' },
        { name: 'idle_in_transaction_session_timeout', value: '5000' },
      ]),
    );
    expect(instanceOf(graph).inputs).toMatchObject({
      backupWindow: '22:00-22:30',
      maintenanceWindow: 'sat:23:00-sun:00:00',
    });
  });

  it('has parameters of its major version', async () => {
    const { inputs } = find(
      await graphOf('staging', { databaseEngineVersion: '16.4' }),
      'aws:rds/parameterGroup:ParameterGroup',
      'database',
    );

    expect(inputs['family']).toBe('postgres16');
  });

  it.each([
    ['true', true],
    ['false', false],
  ])('with deletionProtection %s is protected by RDS and by Pulumi: %s', async (deletionProtection, expected) => {
    const instance = instanceOf(await graphOf('staging', { deletionProtection }));

    expect(instance.inputs['deletionProtection']).toBe(expected);
    expect(instance.protect).toBe(expected);
  });

  it.each([
    ['true', false],
    ['false', true],
  ])('with databaseFinalSnapshot %s skips it: %s', async (databaseFinalSnapshot, skipFinalSnapshot) => {
    expect(instanceOf(await graphOf('staging', { databaseFinalSnapshot })).inputs).toMatchObject({
      skipFinalSnapshot,
      finalSnapshotIdentifier: 'nest-fargate-staging-final-@{awsx:ec2:Vpc::network::vpcId}',
    });
  });

  it('has log groups before RDS makes them itself, to be kept for ever', async () => {
    const graph = await graphOf();
    const groups = ['database-postgresql', 'database-upgrade'].map((name) =>
      find(graph, 'aws:cloudwatch/logGroup:LogGroup', name),
    );

    expect(groups.map(({ inputs }) => inputs['name'])).toEqual([
      '/aws/rds/instance/nest-fargate-staging/postgresql',
      '/aws/rds/instance/nest-fargate-staging/upgrade',
    ]);
    expect(instanceOf(graph).dependencies).toEqual(expect.arrayContaining(groups.map(({ urn }) => urn)));
  });

  it('lets in the tasks and nobody else', async () => {
    const into = ofType(await graphOf(), 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule').filter(
      ({ inputs }) => inputs['securityGroupId'] === '@{aws:ec2/securityGroup:SecurityGroup::database::id}',
    );

    expect(
      into.map(({ inputs }) => [inputs['referencedSecurityGroupId'], inputs['fromPort'], inputs['toPort']]),
    ).toEqual([
      ['@{aws:ec2/securityGroup:SecurityGroup::migrate::id}', 5432, 5432],
      ['@{aws:ec2/securityGroup:SecurityGroup::api::id}', 5432, 5432],
      ['@{aws:ec2/securityGroup:SecurityGroup::worker::id}', 5432, 5432],
    ]);
    for (const rule of into) expect(rule.inputs).not.toHaveProperty('cidrIpv4');
  });

  it('is what the containers are configured with', async () => {
    const { environment, secrets } = containerOf(await graphOf('staging', { databaseName: 'todos' }), 'api');

    expect(environment).toContainEqual({
      name: 'DATABASE_HOST',
      value: '@{aws:rds/instance:Instance::database::address}',
    });
    expect(environment).toContainEqual({ name: 'DATABASE_NAME', value: 'todos' });
    expect(secrets).toContainEqual({
      name: 'DATABASE_PASSWORD',
      valueFrom: '@{aws:secretsmanager/secret:Secret::app-password::arn}:password::',
    });
  });
});
