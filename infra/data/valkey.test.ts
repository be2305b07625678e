import { describe, expect, it } from 'vitest';
import { ofType } from '../graph/query.ts';
import { containerOf, find } from '../testing/find.ts';
import { graphOf } from '../testing/graph-of.ts';

const type = 'aws:elasticache/replicationGroup:ReplicationGroup';

describe('Valkey', () => {
  it('is encrypted on the way and at rest, and asks for a password', async () => {
    expect(find(await graphOf(), type, 'valkey').inputs).toMatchObject({
      replicationGroupId: 'nest-fargate-staging',
      engine: 'valkey',
      engineVersion: '8.0',
      port: 6379,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      authToken: '@{aws:secretsmanager/secretVersion:SecretVersion::valkey-password::secretString}',
      authTokenUpdateStrategy: 'ROTATE',
      securityGroupIds: ['@{aws:ec2/securityGroup:SecurityGroup::valkey::id}'],
    });
  });

  it('is where no route leads out', async () => {
    const { inputs } = find(await graphOf(), 'aws:elasticache/subnetGroup:SubnetGroup', 'valkey');

    expect(inputs['subnetIds']).toEqual([
      '@{awsx:ec2:Vpc::network::isolatedSubnetIds[0]}',
      '@{awsx:ec2:Vpc::network::isolatedSubnetIds[1]}',
    ]);
  });

  it('forgets no job', async () => {
    const { inputs } = find(await graphOf(), 'aws:elasticache/parameterGroup:ParameterGroup', 'valkey');

    expect(inputs['family']).toBe('valkey8');
    expect(inputs['parameters']).toContainEqual({ name: 'maxmemory-policy', value: 'noeviction' });
  });

  it.each([
    ['0', 1, false],
    ['2', 3, true],
  ])('with %s replicas has %i nodes; fails over: %s', async (valkeyReplicas, numCacheClusters, failsOver) => {
    expect(find(await graphOf('staging', { valkeyReplicas }), type, 'valkey').inputs).toMatchObject({
      numCacheClusters,
      automaticFailoverEnabled: failsOver,
      multiAzEnabled: failsOver,
    });
  });

  it('is kept and maintained as the settings say', async () => {
    const graph = await graphOf('staging', {
      valkeyNodeType: 'cache.m7g.large',
      valkeySnapshotRetentionDays: '7',
      valkeySnapshotWindow: '22:00-23:00',
      valkeyMaintenanceWindow: 'sat:23:00-sun:00:00',
    });

    expect(find(graph, type, 'valkey').inputs).toMatchObject({
      nodeType: 'cache.m7g.large',
      snapshotRetentionLimit: 7,
      snapshotWindow: '22:00-23:00',
      maintenanceWindow: 'sat:23:00-sun:00:00',
    });
  });

  it('lets in what works with it and nobody else', async () => {
    const into = ofType(await graphOf(), 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule').filter(
      ({ inputs }) => inputs['securityGroupId'] === '@{aws:ec2/securityGroup:SecurityGroup::valkey::id}',
    );

    expect(
      into.map(({ inputs }) => [inputs['referencedSecurityGroupId'], inputs['fromPort'], inputs['toPort']]),
    ).toEqual([
      ['@{aws:ec2/securityGroup:SecurityGroup::api::id}', 6379, 6379],
      ['@{aws:ec2/securityGroup:SecurityGroup::worker::id}', 6379, 6379],
    ]);
  });

  it('is what the API is configured with, and the migration is not', async () => {
    const graph = await graphOf();

    expect(containerOf(graph, 'api')['environment']).toContainEqual({
      name: 'VALKEY_HOST',
      value: `@{${type}::valkey::primaryEndpointAddress}`,
    });
    expect(containerOf(graph, 'api')['secrets']).toContainEqual({
      name: 'VALKEY_PASSWORD',
      valueFrom: '@{aws:secretsmanager/secret:Secret::valkey-password::arn}',
    });
    expect(JSON.stringify(containerOf(graph, 'migrate'))).not.toContain('VALKEY');
  });

  it.each(['true', 'false'])('with deletionProtection %s is protected likewise', async (deletionProtection) => {
    const { protect } = find(await graphOf('staging', { deletionProtection }), type, 'valkey');

    expect(String(protect)).toBe(deletionProtection);
  });
});

describe('without Valkey', () => {
  it('nothing of it is left', async () => {
    const graph = await graphOf('staging', { valkey: 'off', worker: 'off' });

    expect(graph.resources.filter(({ urn }) => /valkey|elasticache/i.test(urn))).toEqual([]);
    expect(JSON.stringify(containerOf(graph, 'api'))).not.toContain('VALKEY');
  });
});
